import json
import logging
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog

from inspectd.observe.log import Log
from inspectd.settings.log import LogSettings

Events = Callable[[], list[dict[str, Any]]]
Logged = Callable[..., Any]


@pytest.fixture
def logged(tmp_path: Path) -> Logged:
    """Everything logged inside `with` goes to a file; its events can be read afterwards."""
    path = tmp_path / "log"

    @contextmanager
    def route(**settings: Any) -> Iterator[Events]:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
        with Log(LogSettings(**settings), descriptor):
            yield lambda: [json.loads(line) for line in path.read_text().splitlines()]
        os.close(descriptor)

    return route


def test_an_event_is_one_json_line_with_time_level_and_logger(logged: Logged) -> None:
    with logged() as events:
        structlog.get_logger("verdict").info("verdict", acquisition_id=7, reasons=["late\n"])

    (event,) = events()
    assert event.pop("timestamp").endswith("+00:00")
    assert event == {
        "event": "verdict",
        "level": "info",
        "logger": "verdict",
        "acquisition_id": 7,
        "reasons": ["late\n"],
    }


def test_a_logger_made_before_the_routing_is_routed(logged: Logged) -> None:
    log = structlog.get_logger("early")
    with logged() as events:
        log.warning("here")

    assert events()[0]["logger"] == "early"


def test_events_below_the_level_are_not_written(logged: Logged) -> None:
    with logged(level="warning") as events:
        structlog.get_logger().info("small")
        logging.getLogger("library").info("small")
        structlog.get_logger().error("large")

    assert [event["event"] for event in events()] == ["large"]


def test_libraries_logging_has_the_same_form(logged: Logged) -> None:
    with logged() as events:
        logging.getLogger("pymodbus").warning("bad frame from %s", "10.0.0.5")

    (event,) = events()
    assert (event["event"], event["logger"]) == ("bad frame from 10.0.0.5", "pymodbus")
    assert event["level"] == "warning"


def test_a_library_s_broken_format_is_written_as_it_is(logged: Logged) -> None:
    with logged() as events:
        record = logging.LogRecord("library", 20, "", 1, "one %s and %s", ("only",), None)
        logging.getLogger().handlers[-1].handle(record)

    assert "one %s and %s" in events()[0]["event"]


def test_what_has_no_json_form_is_written_as_text(logged: Logged) -> None:
    with logged() as events:
        structlog.get_logger().info("odd", path=Path("/x"))

    assert "/x" in events()[0]["path"]


def test_an_exception_comes_with_its_traceback(logged: Logged) -> None:
    with logged() as events:
        try:
            raise ValueError("no such node")  # noqa: EM101, TRY003, TRY301 - made to be logged
        except ValueError:
            structlog.get_logger().exception("camera_failed")

    assert "no such node" in events()[0]["exception"]


@pytest.mark.filterwarnings("default")
def test_warnings_of_libraries_are_logged(logged: Logged) -> None:
    with logged() as events:
        warnings.warn("will go in 4.0", DeprecationWarning, stacklevel=1)

    assert "will go in 4.0" in events()[0]["event"]


def test_a_dying_thread_is_logged(logged: Logged) -> None:
    def die() -> None:
        raise ValueError("gone")  # noqa: EM101

    with logged() as events:
        thread = threading.Thread(target=die, name="grabber")
        thread.start()
        thread.join()

    (event,) = events()
    assert (event["event"], event["thread"]) == ("thread_died", "grabber")
    assert "gone" in event["exception"]


def test_afterwards_nothing_is_left_behind(logged: Logged) -> None:
    before = (threading.excepthook, logging.getLogger().handlers[:], threading.active_count())
    with logged():
        pass

    after = (threading.excepthook, logging.getLogger().handlers, threading.active_count())
    assert after == before
    assert not structlog.is_configured()
