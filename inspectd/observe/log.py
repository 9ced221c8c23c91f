"""The log: structlog as JSON lines on stderr, the libraries' own logging included."""

import json
import logging
import threading
from types import TracebackType
from typing import Self

import structlog
from structlog.types import EventDict, Processor

from inspectd.observe.sink import LogSink
from inspectd.observe.timestamp import utc_now
from inspectd.settings.log import LogSettings

STDERR = 2


def _stamp(_logger: object, _method: str, event: EventDict) -> EventDict:
    event["timestamp"] = utc_now()
    return event


_BEFORE: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.processors.add_log_level,
    _stamp,
    structlog.processors.format_exc_info,
)
_RENDER = structlog.processors.JSONRenderer(separators=(",", ":"))
# They say at INFO what they do with every request; our own events say it once, in our words.
_CHATTY = ("uvicorn", "pymodbus", "paho", "amqtt", "asyncio")


class Log:
    """Everything logged in this process goes to `descriptor`, and never blocks (`sink.py`).

    A context manager; on leaving, the previous state is back and queued lines are written.
    """

    def __init__(self, settings: LogSettings, descriptor: int = STDERR) -> None:
        self._level = logging.getLevelNamesMapping()[settings.level.upper()]
        self._sink = LogSink(descriptor)
        self._handler = _Handler(self._sink)
        self._thread_hook = threading.excepthook

    @property
    def lines_lost(self) -> int:
        """Lines dropped since start because nobody read them fast enough."""
        return self._sink.lost

    def __enter__(self) -> Self:
        """Route structlog, logging, warnings and dying threads."""
        structlog.configure(
            processors=[*_BEFORE, _RENDER],
            wrapper_class=structlog.make_filtering_bound_logger(self._level),
            logger_factory=self._logger,
        )
        root = logging.getLogger()
        root.addHandler(self._handler)
        root.setLevel(self._level)
        for name in _CHATTY:
            logging.getLogger(name).setLevel(max(self._level, logging.WARNING))
        logging.captureWarnings(capture=True)
        threading.excepthook = _log_dead_thread
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        """Undo, and write what is queued."""
        threading.excepthook = self._thread_hook
        logging.captureWarnings(capture=False)
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.NOTSET)
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.setLevel(logging.WARNING)
        structlog.reset_defaults()
        self._sink.close()

    def _logger(self, name: str = "inspectd") -> "_Logger":
        return _Logger(self._sink, name)


class _Logger:
    """What structlog hands finished lines to; every level ends in the same place."""

    def __init__(self, sink: LogSink, name: str) -> None:
        self.name = name
        self.debug = self.info = self.warning = self.error = self.critical = sink.write


class _Handler(logging.Handler):
    """The standard library's records in the same form."""

    def __init__(self, sink: LogSink) -> None:
        super().__init__()
        self._sink = sink
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=_BEFORE,
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _RENDER,
                ],
            )
        )

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._sink.write(self.format(record))
        except Exception:  # noqa: BLE001 - a library's broken format string must not end its caller
            event = {"event": repr(record.msg), "logger": record.name, "level": "error"}
            self._sink.write(json.dumps(event))


def _log_dead_thread(died: threading.ExceptHookArgs) -> None:
    name = died.thread.name if died.thread is not None else "unknown"
    error = (died.exc_type, died.exc_value or died.exc_type(), died.exc_traceback)
    structlog.get_logger("thread").error("thread_died", thread=name, exc_info=error)
