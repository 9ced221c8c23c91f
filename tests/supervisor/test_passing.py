"""What keeps a part from passing that no picture shows: calibrations that do not hold."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inspectd.core.calibration import Calibration, Origin
from inspectd.core.camera import CameraInfo, CameraSettings
from inspectd.core.frame import Aoi
from inspectd.core.parts import DecidedPart
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, ReasonCode, ViewResult
from inspectd.settings.station import StationSettings
from inspectd.supervisor.passing import PassGate, why_unfit
from inspectd.supervisor.verdicts import VerdictMaker

MADE_AT = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
ENDS_AT = MADE_AT + timedelta(days=30)
SECOND = timedelta(seconds=1)
SCALE = Calibration.from_scale(0.05)
LIMITED = SCALE.model_copy(
    update={
        "valid_days": 30,
        "origin": Origin(
            made_at="2026-03-01T06:00:00+00:00",
            made_by="a",
            software_version="1",
            target="t",
            pictures={},
        ),
    }
)


def part(decision: Decision, sha256: str = "") -> DecidedPart:
    view = ViewResult(decision, (), (), 1, 1.0, {}, calibration_sha256=sha256)
    return DecidedPart(1, 7, 0, decision, (), {"top": view}, late=False, due_ns=0)


def told(
    now: datetime, seen: DecidedPart, calibration: Calibration = LIMITED
) -> tuple[Decision, list[ReasonCode]]:
    maker = VerdictMaker(Recipe(), {"top": calibration}, "1", lambda: now)
    verdict = maker.make(seen, degraded=False)
    return verdict.decision, [reason.code for reason in verdict.reasons]


@pytest.mark.parametrize(
    ("now", "passes"),
    [
        (MADE_AT, True),
        (ENDS_AT - SECOND, True),
        (ENDS_AT, False),
        (ENDS_AT + SECOND, False),
        # Clocks differ a little; one that stands at the year 1970 is a doubt.
        (MADE_AT - timedelta(hours=1), True),
        (datetime(1970, 1, 1, tzinfo=UTC), False),
    ],
)
def test_a_calibration_holds_to_the_second(now: datetime, passes: bool) -> None:
    decision, codes = told(now, part(Decision.PASS))
    assert decision is (Decision.PASS if passes else Decision.NO_VERDICT)
    assert codes == ([] if passes else [ReasonCode.CALIBRATION_EXPIRED])


@pytest.mark.parametrize("decision", [Decision.FAIL, Decision.REVIEW, Decision.NO_VERDICT])
def test_an_expired_calibration_leaves_what_did_not_pass_as_it_is(decision: Decision) -> None:
    assert told(ENDS_AT, part(decision)) == (decision, [])


def test_a_calibration_without_an_end_never_expires() -> None:
    assert told(datetime(2999, 1, 1, tzinfo=UTC), part(Decision.PASS), SCALE)[1] == []


def test_a_view_is_told_under_its_own_calibration_and_cannot_pass_with_a_replaced_one() -> None:
    maker = VerdictMaker(Recipe(), {"top": SCALE}, "1")
    judged = part(Decision.PASS, SCALE.sha256)
    assert maker.make(judged, degraded=False).decision is Decision.PASS
    maker.gate.install("top", Calibration.from_scale(0.1))
    verdict = maker.make(judged, degraded=False)
    assert verdict.provenance.calibration_sha256 == {"top": SCALE.sha256}
    assert verdict.decision is Decision.NO_VERDICT
    assert [reason.code for reason in verdict.reasons] == [ReasonCode.CALIBRATION_MISMATCH]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=8), None),
        (timedelta(days=7), "expires in 7 days"),
        (timedelta(days=1, hours=23), "expires in 1 day:"),
        (timedelta(hours=2), "expires in 2 hours"),
        (timedelta(0), None),
    ],
)
def test_an_end_within_a_week_is_announced(left: timedelta, said: str | None) -> None:
    notices = PassGate({"top": LIMITED}, lambda: ENDS_AT - left).notices()
    assert len(notices) == (said is not None)
    assert said is None or said in notices[0]


AOI = Aoi(offset_x_px=8, binning_x=2)


def opened(serial: str, aoi: Aoi = AOI) -> CameraInfo:
    return CameraInfo("model", serial, "", simulated=False, skipped_features=(), aoi=aoi)


STATION = StationSettings(
    name="top",
    camera=CameraSettings(width_px=640, height_px=480, offset_x_px=8, serial="S1"),
)


@pytest.mark.parametrize(
    ("change", "info", "said"),
    [
        ({}, None, None),
        ({"station": "top", "camera_serial": "S1", "width_px": 640, "height_px": 480}, None, None),
        ({"aoi": Aoi(offset_x_px=8, binning_x=2)}, None, None),
        ({"aoi": AOI, "camera_serial": "S1"}, opened("S1"), None),
        ({"station": "side"}, None, "made for station side"),
        ({"camera_serial": "S2"}, None, "camera S2"),
        ({"camera_serial": "S1"}, opened("S2"), "the station has S2"),
        ({"camera_serial": "S1"}, opened(""), "one without a serial"),
        ({"width_px": 641}, None, "641 x 480 px"),
        ({"height_px": 481}, opened("S1"), "640 x 481 px"),
        ({"aoi": Aoi()}, None, "offsets 0, 0 px"),
        ({"aoi": AOI}, opened("S1", Aoi(binning_x=2)), "the station is set to 0, 0 px"),
        ({"aoi": AOI}, opened("S1", Aoi(offset_x_px=8)), "the camera has 1 x 1"),
        (LIMITED.model_dump(include={"valid_days"}) | {"origin": LIMITED.origin}, None, "expired"),
    ],
)
def test_a_calibration_is_checked_against_its_station(
    change: dict[str, Any], info: CameraInfo | None, said: str | None
) -> None:
    found = why_unfit(SCALE.model_copy(update=change), STATION, info, ENDS_AT)
    assert len(found) == (said is not None)
    assert said is None or said in found[0]


def test_a_calibration_of_another_camera_lets_nothing_pass_from_when_the_camera_is_known() -> None:
    foreign = SCALE.model_copy(update={"camera_serial": "S2"})
    anywhere = STATION.model_copy(
        update={"camera": STATION.camera.model_copy(update={"serial": ""})}
    )
    maker = VerdictMaker(Recipe(), {"top": foreign}, "1", stations=[anywhere])
    assert maker.withheld() == ()
    maker.camera_is("top", opened("S1"))
    (reason,) = maker.withheld()
    assert reason.code is ReasonCode.CALIBRATION_MISMATCH
    assert "station top: the calibration is of camera S2" in reason.text
    assert maker.make(part(Decision.PASS), degraded=False).decision is Decision.NO_VERDICT
    maker.camera_is("top", opened("S2"))
    assert maker.make(part(Decision.PASS), degraded=False).decision is Decision.PASS


def test_a_station_without_a_calibration_is_told() -> None:
    assert "no calibration" in PassGate({}, stations=[STATION]).notices()[0]
