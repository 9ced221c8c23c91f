"""What a station says to people: one JSON object a line on stderr, which the supervisor logs."""

import contextlib
import json
import logging
import select
import sys

from inspectd.observe.timestamp import utc_now


def report(event: str, **fields: str | float) -> None:
    """Write one event. Never raises or waits: a closed or stuck stderr must not stop the line."""
    if not _can_write():
        return
    head = {"timestamp": utc_now(), "logger": "station", "event": event}
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(json.dumps(head | fields) + "\n")
        sys.stderr.flush()


def _can_write() -> bool:
    """Whether stderr takes some 4 KiB at once (pipe(7): writable means PIPE_BUF bytes are free)."""
    with contextlib.suppress(OSError, ValueError):
        return bool(select.select((), (sys.stderr.fileno(),), (), 0)[1])
    return True


class ReportHandler(logging.Handler):
    """Brings what drivers and libraries say by `logging` into the same lines."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; called by `logging`."""
        message = record.getMessage()
        report("log", source=record.name, level=record.levelname.lower(), message=message)


def one_line(error: BaseException) -> str:
    """An exception as "Type: message" on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")
