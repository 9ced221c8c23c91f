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
from inspectd.core.verdict import ViewResult
from inspectd.station import acquire
from inspectd.station.acquire import Acquisition, make_camera
from inspectd.station.intake import Intake, Work
from inspectd.station.vitals import Vitals

WAIT_S = 15.0


class WatchedCamera(ReplayCamera):
    """Notes what it is set to, and may be told to behave otherwise."""

    def __init__(self, settings: CameraSettings) -> None:
        super().__init__(settings, Path(settings.pictures))
        self.prepared: list[tuple[float | None, str]] = []
        self.threads: set[str] = set()
        self.claims_real = False
        self.refuses_light = ""
        self.opened = threading.Semaphore(0)
        self.grabbed = threading.Semaphore(0)
        self.broken = threading.Event()
        self.may_retrieve = threading.Event()
        self.may_retrieve.set()

    def open(self) -> CameraInfo:
        self.threads.add(threading.current_thread().name)
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
        grab = super().retrieve(timeout_ms)
        if grab is not None:
            self.grabbed.release()
        return grab

    def is_connected(self) -> bool:
        return not self.broken.is_set() and super().is_connected()

    def close(self) -> None:
        self.threads.add(threading.current_thread().name)
        super().close()


class Bench:
    """One acquisition and the queues that it fills."""

    def __init__(self, configure: Configure, camera: WatchedCamera) -> None:
        self.camera = camera
        self.sent: queue.SimpleQueue[CameraUp | CameraDown] = queue.SimpleQueue()
        self.started: queue.SimpleQueue[ViewStarted] = queue.SimpleQueue()
        self.intake = Intake(configure.queue_depth, self.started.put)
        self.warm = threading.Event()
        self.acquisition = Acquisition(configure, self.intake, Vitals(0), self.sent.put, self.warm)
        self.acquisition.start()

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

    def make(*, recipe: Recipe | None = None, **camera: object) -> Bench:
        watched = WatchedCamera(configure.camera)
        for name, value in camera.items():
            setattr(watched, name, value)
        monkeypatch.setattr(acquire, "make_camera", lambda _: watched)
        benches.append(Bench(replace(configure, recipe=recipe or Recipe()), watched))
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


def test_a_driver_that_is_not_installed_is_named_with_those_that_are(configure: Configure) -> None:
    camera = configure.camera.model_copy(update={"driver": "holga"})
    with pytest.raises(ConfigurationError, match=r"installed are: .*replay"):
        make_camera(camera)
