"""The gauge, part by part, and what its record says after a restart. Time is handed in."""

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bench import INFO
from support.gauge_line import DUE, FAILED, GAUGE, PASSED, Line

from inspectd.core.calibration import Calibration
from inspectd.core.camera import CameraInfo
from inspectd.core.drift import BASELINE
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, ReasonCode


async def test_nothing_passes_before_the_first_good_verification(line: Line) -> None:
    assert line.part() == DUE
    line.verify(5.0, 5.01)
    assert line.part() == PASSED


async def test_parts_that_were_there_before_it_was_armed_are_no_gauge(line: Line) -> None:
    line.verify(5.0, 5.0)
    assert line.verification.arm(line.parts + 1) == ""
    assert line.part() == PASSED
    assert line.part(diameter_mm=5.0)[1] == [ReasonCode.VERIFICATION]


@pytest.mark.parametrize(
    ("sizes", "word"),
    [
        ((5.12, 5.12), "bias +0.12 mm"),
        ((4.88, 4.88), "bias -0.12 mm"),
        ((4.95, 5.05), "spread"),
        ((None, None), "found in 0 of 2"),
        ((5.0, None), "found in 1 of 2"),
        ((20.0, 20.0), "is this the gauge"),
    ],
    ids=["too large", "too small", "spread", "nothing there", "once", "wrong part"],
)
async def test_what_is_not_good_locks_until_a_good_one_is_acknowledged(
    line: Line, sizes: tuple[float | None, ...], word: str
) -> None:
    line.verify(5.0, 5.0)
    line.verify(*sizes)
    assert line.part() == FAILED
    assert word in line.verification.withheld()[0].text
    assert "not before a good verification" in line.verification.acknowledge()
    assert line.part() == FAILED
    line.verify(5.0, 5.0)
    assert line.part() == FAILED
    assert line.verification.acknowledge() == ""
    assert line.part() == PASSED
    assert line.verification.acknowledge() == "there is nothing to acknowledge"


@pytest.mark.parametrize("decision", [Decision.FAIL, Decision.REVIEW])
async def test_fail_and_review_stay_what_they_are_and_the_gauge_is_never_either(
    line: Line, decision: Decision
) -> None:
    assert line.part(decision) == (decision, [])
    line.verification.arm(line.parts)
    assert line.part(decision, 5.0)[0] is Decision.NO_VERDICT


async def test_a_verification_holds_for_due_hours_to_the_second(line: Line) -> None:
    line.verify(5.0, 5.0)
    line.now += timedelta(hours=10, seconds=-1)
    assert line.part() == PASSED
    line.now += timedelta(seconds=1)
    assert line.part() == DUE


async def test_a_clock_that_went_back_is_a_doubt(line: Line) -> None:
    line.verify(5.0, 5.0)
    line.now -= timedelta(days=1)
    assert line.part() == DUE


async def test_another_calibration_wants_another_verification(line: Line) -> None:
    line.verify(5.0, 5.0)
    line.maker.gate.install("top", Calibration.from_scale(0.06))
    assert line.part() == DUE


async def test_a_calibration_exchanged_meanwhile_spoils_it(line: Line) -> None:
    line.verification.arm(line.parts)
    line.part(diameter_mm=5.0)
    line.maker.gate.install("top", Calibration.from_scale(0.06))
    line.part(diameter_mm=5.0)
    assert line.part() == FAILED


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"recipe": Recipe(name="another")}, "recipe"),
        ({"cameras": {"top": "exposure 100"}}, "camera settings"),
        ({"software": "2"}, "software"),
        ({"gauge": GAUGE.model_copy(update={"certificate": "d"})}, "gauge"),
    ],
    ids=["recipe", "camera settings", "software", "certificate"],
)
async def test_a_restart_with_something_else_wants_another_verification(
    line: Line, make_line: Callable[..., Line], changes: dict[str, Any], word: str
) -> None:
    line.verify(5.0, 5.0)
    await line.verification.stored()
    other = make_line(**changes)
    assert other.part() == DUE
    said = other.verification.withheld()[0].text
    assert said == f"changed since the last verification: {word}: verify with the gauge"
    assert make_line().part() == PASSED


async def test_another_camera_wants_another_verification(
    line: Line, make_line: Callable[..., Line]
) -> None:
    line.verification.arm(line.parts)
    # Whose serial is known only now.
    line.maker.camera_is("top", camera("A"))
    for size_mm in (5.0, 5.01):
        line.part(diameter_mm=size_mm)
    assert line.part() == PASSED
    await line.verification.stored()
    again = make_line()
    assert again.part() == PASSED
    again.maker.camera_is("top", camera("A"))
    assert again.part() == PASSED
    again.maker.camera_is("top", camera("B"))
    assert again.part() == DUE


async def test_a_camera_exchanged_meanwhile_spoils_it(line: Line) -> None:
    line.verification.arm(line.parts)
    for serial, size_mm in (("A", 5.0), ("B", 5.01)):
        line.maker.camera_is("top", camera(serial))
        line.part(diameter_mm=size_mm)
    assert line.part() == FAILED
    assert "camera: exchanged while it ran" in line.verification.withheld()[0].text


async def test_a_camera_that_shows_one_picture_again_and_again_fails(line: Line) -> None:
    line.verification.arm(line.parts)
    line.part(diameter_mm=5.0)
    line.part(diameter_mm=5.0)
    assert line.part() == FAILED
    assert "one picture again and again" in line.verification.withheld()[0].text


async def test_a_gauge_whose_certificate_has_ended_verifies_nothing(line: Line) -> None:
    line.now = datetime(2026, 4, 1, tzinfo=UTC)
    assert "certified again" in line.verification.arm(0)
    assert not line.verification.running


async def test_it_is_not_armed_twice(line: Line) -> None:
    assert line.verification.arm(0) == ""
    assert "2 of its parts" in line.verification.arm(0)


async def test_a_drift_within_all_limits_is_an_alarm(line: Line) -> None:
    for _ in range(BASELINE):
        line.verify(5.0, 5.0)
    for step in range(1, 30):
        size = 5.0 + 0.003 * step
        line.verify(size, size)
        if line.verification.alarm:
            break
    assert size < 5.09
    assert "drifts" in line.verification.withheld()[0].text


async def test_a_slow_drift_is_not_forgotten_with_the_oldest_records(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspectd.supervisor.verification.MOST_RECORDS", BASELINE + 2)
    line.verify(5.0, 6.0)
    for step in range(60):
        size = 5.0 + 0.001 * step
        line.verify(size, size)
        if step == 0:
            assert line.verification.acknowledge() == ""
        if line.verification.alarm:
            break
    assert "drifts" in line.verification.withheld()[0].text
    assert step < 40


def camera(serial: str) -> CameraInfo:
    return replace(INFO, serial=serial)


OPERATIONS = st.lists(
    st.sampled_from(["good", "bad", "acknowledge", "hours", "exchange", "restart", "crash"]),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(operations=OPERATIONS)
def test_a_part_passes_exactly_when_a_good_verification_covers_it_and_no_failure_stands(
    operations: list[str],
) -> None:
    asyncio.run(_play(operations))


async def _play(operations: list[str]) -> None:
    good = alarm = last = False
    age_h = scale = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trend.json"
        line = Line(path)
        for operation in operations:
            match operation:
                case "good" | "bad":
                    good = last = operation == "good"
                    age_h = 0
                    alarm = alarm or not good
                    line.verify(*[5.0 if good else 5.2] * 2)
                case "acknowledge":
                    # Of the last verification, whatever has changed since.
                    assert (line.verification.acknowledge() == "") is (alarm and last)
                    alarm = alarm and not last
                case "hours":
                    line.now, age_h = line.now + timedelta(hours=4), age_h + 4
                case "exchange":
                    good, scale = False, scale + 1
                    line.maker.gate.install("top", Calibration.from_scale(0.06 + 0.01 * scale))
                case _:
                    if operation == "crash":
                        line.verification.arm(line.parts)
                        good, alarm, last = False, True, False
                    await line.verification.stored()
                    calibration, now, parts = line.maker.gate, line.now, line.parts
                    line = Line(path)
                    line.now, line.parts = now, parts
                    line.maker.gate = calibration
            passes = good and not alarm and age_h < 10
            assert (line.part()[0] is Decision.PASS) is passes
            assert line.part(Decision.FAIL)[0] is Decision.FAIL
        await line.verification.stored()
