"""What a verification's record says after a restart, a crash, a loss or an older software."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.gauge_line import DUE, FAILED, PASSED, Line

from inspectd.supervisor.trend import Trend, read_trend, write_trend

BAD_DATE = (
    b'{"records": [{"at": "2026-13-01T00:00:00+00:00", "good": true, "gauge_sha256": "",'
    b' "calibration_sha256": {}}]}'
)


def lose(trend_path: Path) -> None:
    trend_path.unlink()


def damage(trend_path: Path, content: bytes) -> None:
    trend_path.write_bytes(content)


def forget_conditions(trend_path: Path) -> None:
    trend = json.loads(trend_path.read_bytes())
    for record in trend["records"]:
        del record["conditions"]
    trend_path.write_text(json.dumps(trend))


async def test_a_record_of_an_older_software_covers_nothing(
    line: Line, trend_path: Path, make_line: Callable[..., Line]
) -> None:
    line.verify(5.0, 5.0)
    await line.verification.stored()
    forget_conditions(trend_path)
    assert make_line().part() == DUE


async def test_its_record_survives_a_restart(line: Line, make_line: Callable[..., Line]) -> None:
    line.verify(5.0, 5.0)
    await line.verification.stored()
    again = make_line()
    assert again.part() == PASSED
    line.verify(6.0, 6.0)
    await line.verification.stored()
    assert make_line().part() == FAILED


async def test_a_lost_record_locks(
    line: Line, trend_path: Path, make_line: Callable[..., Line]
) -> None:
    line.verify(5.0, 5.0)
    await line.verification.stored()
    lose(trend_path)
    assert make_line().part() == DUE


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b'{"records": 3}', BAD_DATE, b'{"alarm": false, "more": 1}']
)
async def test_a_damaged_record_locks_and_is_put_aside(
    trend_path: Path, content: bytes, make_line: Callable[..., Line]
) -> None:
    damage(trend_path, content)
    line = make_line()
    assert line.part() == DUE
    assert "damaged" in line.verification.withheld()[0].text
    assert trend_path.with_name("trend.json.damaged").read_bytes() == content
    line.verify(5.0, 5.0)
    assert line.part() == PASSED


async def test_one_that_was_cut_short_by_a_crash_has_failed(
    line: Line, make_line: Callable[..., Line]
) -> None:
    line.verify(5.0, 5.0)
    line.verification.arm(line.parts)
    line.part(diameter_mm=5.0)
    await line.verification.stored()
    again = make_line()
    assert again.part() == FAILED
    assert "the service ended while it ran" in again.verification.withheld()[0].text
    # Also when it crashes again before that is on the disk.
    assert make_line().part() == FAILED


async def test_a_record_that_cannot_be_stored_locks_until_it_can(
    line: Line, trend_path: Path
) -> None:
    trend_path.with_name("trend.json.new").mkdir()
    line.verify(5.0, 5.0)
    await line.verification.stored()
    assert line.part() == DUE
    assert "cannot be stored" in line.verification.withheld()[0].text
    trend_path.with_name("trend.json.new").rmdir()
    await line.verification.stored()
    assert line.part() == PASSED
    assert read_trend(trend_path)[0].records[0].good


def test_a_record_with_a_pending_verification_is_read_without_a_running_loop(
    trend_path: Path, make_line: Callable[..., Line]
) -> None:
    write_trend(trend_path, Trend(pending_since="2026-03-01T06:00:00+00:00"))
    assert make_line().part() == FAILED
