"""The acquisition thread over real replay cameras, in this process."""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from inspectd_drivers.replay import ReplayCamera

from inspectd.core.camera import CameraInfo, CameraSettings, Grab
from inspectd.core.errors import ConfigurationError, DeviceError
from inspectd.core.frame import View
from inspectd.core.messages import CameraDown, CameraUp, Configure, ViewStarted
from inspectd.core.recipe import Recipe, Shot
from inspectd.core.verdict import ReasonCode, ViewResult
from inspectd.station import acquire
from inspectd.station.acquire import Acquisition, make_camera
from inspectd.station.intake import Intake, Work
from inspectd.station.vitals import Vitals

WAIT_S = 60.0


class WatchedCamera(ReplayCamera):
    """Notes what it is set to, and may be told to behave otherwise."""

    def __init__(self, settings: CameraSettings) -> None:
        super().__init__(settings, Path(settings.pictures))
        self.prepared: list[tuple[float | None, str]] = []
        self.threads: set[str] = set()
        self.claims_real = False
        self.refuses_light = ""
        self.tried = threading.Semaphore(0)
        self.opened = threading.Semaphore(0)
        self.grabbed = threading.Semaphore(0)
        self.broken = threading.Event()
        self.is_silent = False
        self.on_close: Callable[[], None] = lambda: None
        self.may_retrieve = threading.Event()
        self.may_retrieve.set()

    def open(self) -> CameraInfo:
        self.threads.add(threading.current_thread().name)
        self.tried.release()
        info = super().open()
        self.opened.release()
        return replace(info, simulated=False) if self.claims_real else info

    def prepare(self, exposure_us: float | None, light: str) -> None:
        if light and light == self.refuses_light:
            msg = f"no light is called {light}"
            raise DeviceError(msg)
        self.prepared.append((exposure_us, light))

    def retrieve(self, timeout_ms: int) -> Grab | None:
        assert self.may_retrieve.wait(WAIT_S)
        if self.is_silent:
            # What pypylon does when the callback stays away (issue 235).
            threading.Event().wait(timeout_ms / 1e3)
            return None
        grab = super().retrieve(timeout_ms)
        if grab is not None:
            self.grabbed.release()
        return grab

    def is_connected(self) -> bool:
        gone = self.broken.is_set() or self.is_silent
        return not gone and super().is_connected()

    def close(self) -> None:
        self.threads.add(threading.current_thread().name)
        super().close()
        self.on_close()


class Bench:
    """One acquisition and the queues that it fills."""

    def __init__(self, configure: Configure, camera: WatchedCamera) -> None:
        self.camera = camera
        self.sent: queue.SimpleQueue[CameraUp | CameraDown] = queue.SimpleQueue()
        self.said: list[CameraUp | CameraDown | ViewStarted] = []
        self.intake = Intake(configure.queue_depth, self.said.append)
        self.warm = threading.Event()
        self.acquisition = Acquisition(configure, self.intake, Vitals(0), self._say, self.warm)
        self.acquisition.start()

    def _say(self, message: CameraUp | CameraDown) -> None:
        self.said.append(message)
        self.sent.put(message)

    def up(self) -> CameraUp:
        message = self.sent.get(timeout=WAIT_S)
        assert isinstance(message, CameraUp)
        return message

    def down(self) -> CameraDown:
        message = self.sent.get(timeout=WAIT_S)
        assert isinstance(message, CameraDown)
        return message

    def work(self) -> Work:
        work = self.intake.get(WAIT_S)
        assert work is not None
        return work


@pytest.fixture
def start(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def make(
        *, recipe: Recipe | None = None, trigger_source: str = "Line1", **camera: object
    ) -> Bench:
        watched = WatchedCamera(configure.camera)
        for name, value in camera.items():
            setattr(watched, name, value)
        monkeypatch.setattr(acquire, "make_camera", lambda _: watched)
        settings = configure.camera.model_copy(update={"trigger_source": trigger_source})
        changed = replace(configure, recipe=recipe or Recipe(), camera=settings)
        benches.append(Bench(changed, watched))
        return benches[-1]

    yield make
    for bench in benches:
        bench.acquisition.stop()
        assert bench.acquisition.join(WAIT_S)


def test_the_camera_is_announced_only_when_vision_is_warm(start: Callable[..., Bench]) -> None:
    bench = start()
    assert bench.camera.opened.acquire(timeout=WAIT_S)
    bench.camera.pulse_line1()
    # A part that comes before is taken all the same, and will be answered.
    assert isinstance(bench.work().task, View)
    assert bench.sent.empty()
    bench.warm.set()
    assert bench.up().info.simulated


def test_one_thread_alone_opens_and_closes_the_camera(start: Callable[..., Bench]) -> None:
    bench = start()
    bench.warm.set()
    bench.up()
    bench.camera.broken.set()
    bench.down()
    bench.camera.broken.clear()
    bench.up()
    bench.acquisition.stop()
    assert bench.acquisition.join(WAIT_S)
    assert bench.camera.threads == {"acquire"}
    assert bench.intake.finished()


def test_each_shot_gets_its_own_exposure_and_light_and_the_first_is_set_again(
    start: Callable[..., Bench],
) -> None:
    plan = (Shot(name="diffuse"), Shot(name="east", light="east", exposure_us=900.0))
    bench = start(recipe=Recipe(shots=plan))
    bench.warm.set()
    bench.up()
    bench.camera.prepared.clear()
    bench.camera.pulse_line1()
    bench.camera.pulse_line1()
    assert isinstance(bench.work().task, View)
    bench.acquisition.stop()
    assert bench.acquisition.join(WAIT_S)
    assert bench.camera.prepared == [(900.0, "east"), (2_000.0, "")]


def test_one_shot_with_the_cameras_own_exposure_sets_nothing_between_parts(
    start: Callable[..., Bench],
) -> None:
    bench = start()
    bench.warm.set()
    bench.up()
    bench.camera.pulse_line1()
    bench.work()
    assert bench.camera.prepared == []


def test_a_shot_that_the_camera_refuses_is_found_before_the_camera_is_announced(
    start: Callable[..., Bench],
) -> None:
    plan = (Shot(name="diffuse"), Shot(name="east", light="east"))
    bench = start(recipe=Recipe(shots=plan), refuses_light="east")
    bench.warm.set()
    assert bench.down().reason == "no light is called east"


def test_the_same_reason_is_told_once_however_often_it_is_tried(
    start: Callable[..., Bench], pictures: Path
) -> None:
    pictures.rename(pictures.with_name("away"))
    bench = start()
    bench.warm.set()
    bench.down()
    for _ in range(3):
        assert bench.camera.tried.acquire(timeout=WAIT_S)
    pictures.with_name("away").rename(pictures)
    assert isinstance(bench.sent.get(timeout=WAIT_S), CameraUp)


def test_pictures_that_the_driver_lost_make_a_fresh_start(start: Callable[..., Bench]) -> None:
    bench = start()
    bench.warm.set()
    bench.up()
    bench.camera.may_retrieve.clear()
    for _ in range(20):
        bench.camera.pulse_line1()
    bench.camera.may_retrieve.set()
    assert "the driver lost" in bench.down().reason
    bench.up()


def test_a_line1_socket_is_never_bound_beside_a_real_camera(
    start: Callable[..., Bench], configure: Configure
) -> None:
    bench = start(claims_real=True)
    assert "a Line1 socket is for emulated cameras" in bench.down().reason
    assert not Path(configure.line1_socket).exists()


def test_a_part_half_taken_when_the_camera_goes_is_answered(start: Callable[..., Bench]) -> None:
    bench = start(recipe=Recipe(shots=(Shot(name="a"), Shot(name="b"))))
    bench.warm.set()
    bench.up()
    bench.camera.pulse_line1()
    assert bench.camera.grabbed.acquire(timeout=WAIT_S)
    bench.camera.broken.set()
    work = bench.work()
    assert isinstance(work.task, ViewResult)
    assert work.task.decision.name == "NO_VERDICT"
    bench.down()
    # After CameraDown the supervisor would take the view for a part of its own.
    assert [type(message) for message in bench.said] == [CameraUp, ViewStarted, CameraDown]


def test_a_device_that_is_silently_gone_is_found_by_asking_it(start: Callable[..., Bench]) -> None:
    bench = start(is_silent=True)
    bench.warm.set()
    bench.up()
    assert "does not answer any more" in bench.down().reason


def test_a_part_fired_while_the_camera_is_away_is_answered_before_the_next_try(
    start: Callable[..., Bench], pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acquire, "_FIRST_PAUSE_S", 600.0)
    pictures.rename(pictures.with_name("away"))
    bench = start(trigger_source="Software")
    bench.down()
    bench.acquisition.fire(5)
    task = bench.work().task
    assert isinstance(task, ViewResult)
    assert task.reasons[0].code is ReasonCode.CAMERA_LOST


def test_a_part_fired_while_the_camera_is_being_closed_for_good_is_answered(
    start: Callable[..., Bench],
) -> None:
    bench = start(trigger_source="Software")
    bench.warm.set()
    bench.up()
    bench.camera.on_close = lambda: bench.acquisition.fire(5)
    bench.acquisition.stop()
    assert bench.acquisition.join(WAIT_S)
    task = bench.work().task
    assert isinstance(task, ViewResult)
    assert task.reasons[0].code is ReasonCode.SHUTTING_DOWN


def test_what_a_camera_could_not_be_set_to_is_told_to_people(
    start: Callable[..., Bench], capsys: pytest.CaptureFixture[str]
) -> None:
    bench = start()
    bench.warm.set()
    bench.up()
    bench.acquisition.stop()
    assert bench.acquisition.join(WAIT_S)
    assert "LineDebouncerTime" in capsys.readouterr().err


def test_a_driver_that_is_not_installed_is_named_with_those_that_are(configure: Configure) -> None:
    camera = configure.camera.model_copy(update={"driver": "holga"})
    with pytest.raises(ConfigurationError, match=r"installed are: .*replay"):
        make_camera(camera)
