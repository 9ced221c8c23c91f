"""Both triggers over real replay cameras, some of them made to misbehave."""

from pathlib import Path

import pytest
from inspectd_drivers.replay import ReplayCamera

from inspectd.core.camera import Camera, CameraSettings, Grab
from inspectd.core.errors import DeviceError, DeviceRemovedError
from inspectd.core.recipe import Shot
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.station import trigger as trigger_module
from inspectd.station.shots import TakenView
from inspectd.station.trigger import HardwareTrigger, SoftwareTrigger

PLAN = (Shot(name="diffuse", exposure_us=500.0), Shot(name="east", light="east"))


class DeafCamera(ReplayCamera):
    """Takes triggers and shows nothing."""

    def fire(self) -> None:
        """Swallow the trigger."""


class TornCamera(ReplayCamera):
    """Is unplugged at its second trigger."""

    fired = 0

    def fire(self) -> None:
        """Answer once."""
        self.fired += 1
        if self.fired > 1:
            msg = "unplugged"
            raise DeviceRemovedError(msg)
        super().fire()


class Bench:
    """A trigger with a camera at one side and a list of views at the other."""

    def __init__(self, folder: Path, kind: type[ReplayCamera] = ReplayCamera) -> None:
        settings = CameraSettings(
            driver="replay",
            trigger_source="Software",
            width_px=160,
            height_px=128,
            pictures=str(folder),
        )
        self.camera: Camera = kind(settings, folder)
        self.camera.open()
        self.views: list[TakenView] = []
        self.prepared: list[Shot] = []
        self.trigger = SoftwareTrigger(PLAN, 2_000.0, 2, self.views.append)

    def turn(self) -> bool:
        return self.trigger.turn(self.camera, self.retrieve, self.prepared.append)

    def retrieve(self, timeout_ms: int) -> Grab | None:
        return self.camera.retrieve(timeout_ms)


def codes(views: list[TakenView]) -> list[str]:
    return [view.failure.code.value if view.failure else "whole" for view in views]


def test_firing_takes_every_shot_of_the_plan_with_its_light(pictures: Path) -> None:
    bench = Bench(pictures)
    bench.trigger.fire(9)
    assert bench.turn()
    (view,) = bench.views
    assert view.failure is None
    assert view.acquisition_id == 9
    assert [frame.shot for frame in view.frames] == ["diffuse", "east"]
    assert bench.prepared == list(PLAN)
    assert view.first_ns == view.frames[0].received_ns <= view.last_ns


def test_nothing_is_taken_that_nobody_asked_for(pictures: Path) -> None:
    bench = Bench(pictures)
    assert not bench.turn()
    assert bench.views == []


def test_a_camera_that_does_not_answer_is_no_verdict_and_is_opened_afresh(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trigger_module, "FRAME_WAIT_MS", 150)
    bench = Bench(pictures, DeafCamera)
    bench.trigger.fire(9)
    with pytest.raises(DeviceError, match=r"no picture came within 150\.5 ms"):
        bench.turn()
    assert codes(bench.views) == ["frame_missing"]
    assert bench.views[0].acquisition_id == 9


def test_a_picture_that_nobody_asked_for_is_never_taken_for_the_part(pictures: Path) -> None:
    bench = Bench(pictures)
    bench.camera.fire()
    bench.trigger.fire(9)
    with pytest.raises(DeviceError, match="nobody had asked for"):
        bench.turn()
    assert codes(bench.views) == ["camera_lost"]


def test_a_camera_unplugged_between_two_shots_is_no_verdict(pictures: Path) -> None:
    bench = Bench(pictures, TornCamera)
    bench.trigger.fire(9)
    with pytest.raises(DeviceRemovedError):
        bench.turn()
    assert codes(bench.views) == ["camera_lost"]
    assert "unplugged" in str(bench.views[0].failure)


def test_a_damaged_picture_fails_the_view_and_the_camera_goes_on(pictures: Path) -> None:
    (pictures / "part_00000.png").write_bytes(b"no picture")
    bench = Bench(pictures)
    bench.trigger.fire(9)
    bench.trigger.fire(10)
    assert bench.turn()
    assert bench.turn()
    assert codes(bench.views) == ["grab_failed", "whole"]


def test_more_triggers_than_may_wait_are_answered_at_once(pictures: Path) -> None:
    bench = Bench(pictures)
    for acquisition_id in (1, 2, 3):
        bench.trigger.fire(acquisition_id)
    assert codes(bench.views) == ["queue_overflow"]
    assert bench.views[0].acquisition_id == 3


def test_parts_that_wait_when_the_camera_is_lost_are_answered(pictures: Path) -> None:
    bench = Bench(pictures)
    bench.trigger.fire(1)
    bench.trigger.fire(2)
    bench.trigger.abandon(Reason(ReasonCode.CAMERA_LOST, "gone"))
    assert codes(bench.views) == ["camera_lost", "camera_lost"]
    assert [view.acquisition_id for view in bench.views] == [1, 2]


def test_a_part_triggered_before_the_camera_was_armed_is_not_photographed_late(
    pictures: Path,
) -> None:
    bench = Bench(pictures)
    bench.trigger.fire(1)
    bench.trigger.arm(bench.prepared.append)
    assert codes(bench.views) == ["camera_lost"]
    assert bench.prepared == [PLAN[1], PLAN[0]]
    assert not bench.turn()


class FrozenClock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.now_ns = 0

    def monotonic_ns(self) -> int:
        return self.now_ns


def test_pictures_that_waited_while_the_loop_stood_still_are_nobodys(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, views = FrozenClock(), list[TakenView]()
    monkeypatch.setattr(trigger_module, "time", clock)
    camera = ReplayCamera(
        CameraSettings(driver="replay", width_px=160, height_px=128, pictures=str(pictures)),
        pictures,
    )
    camera.open()
    trigger = HardwareTrigger((Shot(name="main"),), 1, 200_000_000, views.append)
    trigger.arm(lambda _: None)

    def turn(after_ms: int) -> None:
        clock.now_ns += after_ms * 1_000_000
        trigger.turn(camera, lambda _: camera.retrieve(0), lambda _: None)

    for _ in range(3):
        camera.pulse_line1()
    turn(50)
    turn(500)
    turn(1)
    # The driver is empty: what comes from now on is fresh.
    turn(100)
    camera.pulse_line1()
    turn(50)
    assert codes(views) == ["whole", "grab_failed", "grab_failed", "whole"]
    assert "stood still" in str(views[1].failure)
