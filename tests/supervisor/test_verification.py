"""The gauge, part by part, and what its record says after a restart. Time is handed in."""

import asyncio
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.drift import BASELINE
from inspectd.core.gauge import Feature, Gauge
from inspectd.core.parts import DecidedPart
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, ReasonCode, ViewResult
from inspectd.settings.verification import VerificationSettings
from inspectd.supervisor.trend import Trend, read_trend, write_trend
from inspectd.supervisor.verdicts import VerdictMaker
from inspectd.supervisor.verification import Verification

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
SETTINGS = VerificationSettings(gauge=Path("g.toml"), parts=2, due_hours=10.0)
GAUGE = Gauge(
    name="plate",
    serial="G1",
    certificate="c",
    valid_until="2026-03-31",
    features=(
        Feature.model_validate(
            {
                "name": "disc",
                "kind": "dent",
                "size": "diameter",
                "nominal": 5.0,
                "uncertainty": 0.0,
                "bias_limit": 0.1,
                "spread_limit": 0.05,
            }
        ),
    ),
)


DENT = Defect(
    kind=DefectKind.DENT,
    length_mm=5.0,
    width_mm=5.0,
    diameter_mm=5.0,
    area_mm2=20.0,
    depth_mm=None,
    uncertainty_mm=0.1,
    area_uncertainty_mm2=0.5,
    contrast=-0.25,
    shot="main",
    contour_mm=((0.0, 0.0), (5.0, 0.0), (5.0, 5.0)),
)


class Line:
    """A verdict maker with a gauge; parts come one after the other."""

    def __init__(
        self,
        path: Path,
        gauge: Gauge = GAUGE,
        *,
        recipe: Recipe | None = None,
        cameras: dict[str, str] | None = None,
        software: str = "1",
    ) -> None:
        self.now = START
        self.path = path
        self.cameras = cameras or {"top": "exposure 2000"}
        calibrations = {"top": Calibration.from_scale(0.05)}
        self.maker = VerdictMaker(recipe or Recipe(), calibrations, software, lambda: self.now)
        self.verification = Verification(
            gauge, SETTINGS, path, lambda: self.maker.conditions(self.cameras), lambda: self.now
        )
        self.maker.verification = self.verification
        self.parts = 0

    def part(
        self, decision: Decision = Decision.PASS, diameter_mm: float | None = None
    ) -> tuple[Decision, list[ReasonCode]]:
        self.parts += 1
        found = () if diameter_mm is None else (replace(DENT, diameter_mm=diameter_mm),)
        view = ViewResult(decision, (), found, 1, 1.0, {})
        part = DecidedPart(self.parts, 7, 0, decision, (), {"top": view}, late=False, due_ns=0)
        verdict = self.maker.make(part, degraded=False)
        return verdict.decision, [reason.code for reason in verdict.reasons]

    def verify(self, *sizes_mm: float | None) -> None:
        assert self.verification.arm(self.parts) == ""
        for number, size_mm in enumerate(sizes_mm):
            # No two pictures of a camera are the same.
            noisy_mm = None if size_mm is None else size_mm + 1e-6 * number
            decision, codes = self.part(Decision.PASS, noisy_mm)
            assert (decision, codes) == (Decision.NO_VERDICT, [ReasonCode.VERIFICATION])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trend.json"


@pytest.fixture
def make_line(path: Path) -> Callable[..., Line]:
    return lambda **changes: Line(path, **changes)


@pytest.fixture
async def line(make_line: Callable[..., Line]) -> Line:
    return make_line()


BAD_DATE = (
    b'{"records": [{"at": "2026-13-01T00:00:00+00:00", "good": true, "gauge_sha256": "",'
    b' "calibration_sha256": {}}]}'
)
Told = tuple[Decision, list[ReasonCode]]
PASSED: Told = (Decision.PASS, [])
DUE: Told = (Decision.NO_VERDICT, [ReasonCode.VERIFICATION_DUE])
FAILED: Told = (Decision.NO_VERDICT, [ReasonCode.VERIFICATION_FAILED])


def lose(path: Path) -> None:
    path.unlink()


def damage(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def forget_conditions(path: Path) -> None:
    trend = json.loads(path.read_bytes())
    for record in trend["records"]:
        del record["conditions"]
    path.write_text(json.dumps(trend))


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
    line.maker.camera_is("top", "A")
    for size_mm in (5.0, 5.01):
        line.part(diameter_mm=size_mm)
    assert line.part() == PASSED
    await line.verification.stored()
    again = make_line()
    assert again.part() == PASSED
    again.maker.camera_is("top", "A")
    assert again.part() == PASSED
    again.maker.camera_is("top", "B")
    assert again.part() == DUE


async def test_a_camera_exchanged_meanwhile_spoils_it(line: Line) -> None:
    line.verification.arm(line.parts)
    for serial, size_mm in (("A", 5.0), ("B", 5.01)):
        line.maker.camera_is("top", serial)
        line.part(diameter_mm=size_mm)
    assert line.part() == FAILED
    assert "camera: exchanged while it ran" in line.verification.withheld()[0].text


async def test_a_record_of_an_older_software_covers_nothing(
    line: Line, path: Path, make_line: Callable[..., Line]
) -> None:
    line.verify(5.0, 5.0)
    await line.verification.stored()
    forget_conditions(path)
    assert make_line().part() == DUE


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


async def test_its_record_survives_a_restart(line: Line, make_line: Callable[..., Line]) -> None:
    line.verify(5.0, 5.0)
    await line.verification.stored()
    again = make_line()
    assert again.part() == PASSED
    line.verify(6.0, 6.0)
    await line.verification.stored()
    assert make_line().part() == FAILED


async def test_a_lost_record_locks(line: Line, path: Path, make_line: Callable[..., Line]) -> None:
    line.verify(5.0, 5.0)
    await line.verification.stored()
    lose(path)
    assert make_line().part() == DUE


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b'{"records": 3}', BAD_DATE, b'{"alarm": false, "more": 1}']
)
async def test_a_damaged_record_locks_and_is_put_aside(
    path: Path, content: bytes, make_line: Callable[..., Line]
) -> None:
    damage(path, content)
    line = make_line()
    assert line.part() == DUE
    assert "damaged" in line.verification.withheld()[0].text
    assert path.with_name("trend.json.damaged").read_bytes() == content
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


async def test_a_record_that_cannot_be_stored_locks_until_it_can(line: Line, path: Path) -> None:
    path.with_name("trend.json.new").mkdir()
    line.verify(5.0, 5.0)
    await line.verification.stored()
    assert line.part() == DUE
    assert "cannot be stored" in line.verification.withheld()[0].text
    path.with_name("trend.json.new").rmdir()
    await line.verification.stored()
    assert line.part() == PASSED
    assert read_trend(path)[0].records[0].good


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


def test_a_record_with_a_pending_verification_is_read_without_a_running_loop(
    path: Path, make_line: Callable[..., Line]
) -> None:
    write_trend(path, Trend(pending_since="2026-03-01T06:00:00+00:00"))
    assert make_line().part() == FAILED
