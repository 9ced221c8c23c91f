"""Service, libraries and stations write to one stderr: their lines must be comparable."""

import json
import logging
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from inspectd.observe.log import Log
from inspectd.observe.timestamp import utc_now
from inspectd.settings.log import LogSettings
from inspectd.station.report import report

FORM = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}\+00:00")


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_now_is_iso_8601_in_utc_with_milliseconds() -> None:
    before = datetime.now(UTC)
    said = utc_now()
    after = datetime.now(UTC)

    assert FORM.fullmatch(said)
    # Cut off, not rounded: up to a millisecond before.
    assert before.timestamp() - 0.001 <= datetime.fromisoformat(said).timestamp()
    assert datetime.fromisoformat(said) <= after


def test_every_line_has_its_time_in_the_same_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    with Log(LogSettings(), descriptor) as log:
        structlog.get_logger("verdict").info("verdict")
        logging.getLogger("library").warning("odd")
        log._sink.lost += 1
    os.close(descriptor)
    report("camera_down")

    written = [*events(path.read_text()), *events(capsys.readouterr().err)]
    assert {event["event"] for event in written} == {
        "verdict",
        "odd",
        "log_lines_lost",
        "camera_down",
    }
    assert [event for event in written if not FORM.fullmatch(event["timestamp"])] == []
