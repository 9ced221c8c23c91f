"""A station over the real pylon driver and pylon's own camera emulator."""

from dataclasses import replace

import pytest
from support.station import StartStation, pulse_line1

from inspectd.core.camera import CameraSettings
from inspectd.core.messages import (
    Beat,
    CameraDown,
    CameraUp,
    Configure,
    Fire,
    Shutdown,
    ViewDone,
    ViewStarted,
)
from inspectd.core.recipe import Recipe, Shot
from inspectd.core.verdict import Decision, ReasonCode

pytest.importorskip("pypylon", reason="pypylon is not installed")

PLAN = Recipe(shots=(Shot(name="diffuse", exposure_us=500.0), Shot(name="east", exposure_us=900.0)))

# A real station whose emulated device is broken, by pylon's own means, after its second picture.
BROKEN = """
import sys
from inspectd_drivers.basler import BaslerCamera
honest = BaslerCamera.retrieve
def retrieve(self, timeout_ms):
    grab = honest(self, timeout_ms)
    if grab is not None and grab.pixels is not None and self.counters().frames == 2:
        device = self._session.camera
        {fault}
    return grab
BaslerCamera.retrieve = retrieve
from inspectd.station.__main__ import main
sys.exit(main())
"""


@pytest.fixture
def emulated(configure: Configure) -> Configure:
    """The same station with pylon's emulator for a camera."""
    camera = CameraSettings(
        emulated=True, width_px=160, height_px=128, pictures=configure.camera.pictures
    )
    return replace(configure, camera=camera)


def test_one_view_for_each_edge_of_an_emulated_basler(
    start_station: StartStation, emulated: Configure
) -> None:
    station = start_station()
    info = station.bring_up(emulated).info
    assert info.simulated
    assert info.serial == "0815-0000"
    pulse_line1(emulated, 3)
    for view in (1, 2, 3):
        done = station.expect(ViewDone)
        assert done.view == view
        assert done.result.decision is not Decision.NO_VERDICT
        assert done.result.simulated
    beat = station.expect(Beat, when=lambda beat: beat.counters.timeouts > 0)
    assert (beat.counters.frames, beat.counters.skipped) == (3, 0)
    station.send(Shutdown())
    assert station.read_to_end() == 0
    assert station.answers_match_views()


def test_an_emulated_basler_fired_by_software_takes_its_plan(
    start_station: StartStation, emulated: Configure
) -> None:
    camera = emulated.camera.model_copy(update={"trigger_source": "Software"})
    station = start_station()
    station.bring_up(replace(emulated, camera=camera, recipe=PLAN, line1_socket=""))
    for acquisition_id in (3, 4):
        station.send(Fire(acquisition_id))
        assert station.expect(ViewStarted).acquisition_id == acquisition_id
        assert station.expect(ViewDone).result.decision is not Decision.NO_VERDICT


def test_a_basler_that_is_unplugged_is_opened_again_and_goes_on(
    start_station: StartStation, emulated: Configure
) -> None:
    station = start_station("-c", BROKEN.format(fault="device.FirePnPCallback.Execute()"))
    station.bring_up(emulated)
    pulse_line1(emulated)
    station.expect(ViewDone)
    pulse_line1(emulated)
    station.expect(CameraDown)
    station.expect(CameraUp)
    pulse_line1(emulated)
    station.expect(ViewDone, when=lambda done: done.view == 3)
    assert station.expect(Beat).counters.reconnects == 1
    decisions = [done.result.decision for done in station.of(ViewDone)]
    assert Decision.NO_VERDICT not in decisions
    assert station.answers_match_views()


def test_an_incomplete_picture_of_a_basler_is_no_verdict_and_the_next_is_judged(
    start_station: StartStation, emulated: Configure
) -> None:
    fault = "device.ForceFailedBufferCount.Value = 1; device.ForceFailedBuffer.Execute()"
    station = start_station("-c", BROKEN.format(fault=fault))
    station.bring_up(emulated)
    pulse_line1(emulated, 2)
    station.expect(ViewDone, when=lambda done: done.view == 2)
    pulse_line1(emulated, 2)
    failed = station.expect(ViewDone)
    assert failed.result.reasons[0].code is ReasonCode.GRAB_FAILED
    assert station.expect(ViewDone).result.decision is not Decision.NO_VERDICT
