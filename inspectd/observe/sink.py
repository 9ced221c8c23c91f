"""Where log lines end: a file descriptor, written by a thread of its own.

A full pipe on stderr (a stuck journald, a paused terminal) blocks the writer of it. That must
never be the line: `write` only queues, the queue is bounded, and what does not fit is counted and
said in the log itself as soon as somebody reads again.
"""

import contextlib
import json
import os
import queue
import threading

from inspectd.observe.timestamp import utc_now

MAX_QUEUED_LINES = 4096


class LogSink:
    """Takes finished lines from any thread; the thread starts with the object."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        # Unlike queue.Queue, a SimpleQueue may be fed from a finaliser that interrupts a put in
        # the same thread (Python's documentation of queue.SimpleQueue.put), as asyncio's loggers
        # do when a task with an exception is collected.
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._closed = False
        self._reported = 0
        self.lost = 0
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Queue one line without its line break. Never blocks and never raises."""
        if self._closed or self._lines.qsize() >= MAX_QUEUED_LINES:
            self.lost += 1
        else:
            self._lines.put(line)

    def close(self, timeout_s: float = 1.0) -> None:
        """Write what is queued, within `timeout_s`; a blocked pipe does not hold up the end."""
        self._closed = True
        self._lines.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            self._report_losses()
            self._write_line(line)
        self._report_losses()

    def _report_losses(self) -> None:
        lost = self.lost
        if lost > self._reported:
            event = {
                "event": "log_lines_lost",
                "level": "warning",
                "lines": lost - self._reported,
                "timestamp": utc_now(),
            }
            self._reported = lost
            self._write_line(json.dumps(event))

    def _write_line(self, line: str) -> None:
        rest = line.encode("utf-8", "backslashreplace") + b"\n"
        # EPIPE, EBADF, ENOSPC: there is nobody to tell, and the line must go on.
        with contextlib.suppress(OSError):
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
