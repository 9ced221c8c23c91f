"""The cameras that the contract suite runs over, each with the hands that break it.

The Basler driver runs for real on pylon's camera emulator. Faults are made where they happen:
in the device (emulator) or in the files (replay), never by an option of the driver.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from inspectd_drivers import basler, replay

from inspectd.core.camera import Camera, CameraSettings, Grab

ROWS, COLUMNS = 48, 64
GREYS = (10, 60, 110, 160, 210)
WAIT_MS = 10_000
PATIENCE_S = 20.0


class Bench(ABC):
    """A camera that shows `pictures`, and the hands that break it."""

    driver: str

    rows, columns, greys, wait_ms = ROWS, COLUMNS, GREYS, WAIT_MS
    patience_s = PATIENCE_S

    def __init__(self, pictures: Path) -> None:
        self.pictures = pictures

    def settings(self, **changes: Any) -> CameraSettings:
        base: dict[str, Any] = {
            "driver": self.driver,
            "pictures": str(self.pictures),
            "width_px": COLUMNS,
            "height_px": ROWS,
            "exposure_us": 100.0,
        }
        return CameraSettings(**(base | changes))

    @abstractmethod
    def make(self, **changes: Any) -> Camera: ...

    @contextmanager
    def opened(self, **changes: Any) -> Iterator[Camera]:
        camera = self.make(**changes)
        camera.open()
        try:
            yield camera
        finally:
            camera.close()

    @staticmethod
    def shoot(camera: Camera) -> Grab:
        camera.pulse_line1()
        grab = camera.retrieve(WAIT_MS)
        assert grab is not None
        return grab

    @staticmethod
    def grey(grab: Grab | None) -> int:
        assert grab is not None
        assert grab.pixels is not None, grab.failure
        return int(grab.pixels[0, 0])

    @abstractmethod
    def fail_next(self, camera: Camera) -> None:
        """The next trigger gives an incomplete or damaged picture."""

    @abstractmethod
    def unplug(self, camera: Camera) -> None: ...

    @abstractmethod
    def plug_in(self) -> None: ...


class ReplayBench(Bench):
    driver = "replay"

    def make(self, **changes: Any) -> Camera:
        return replay.make_camera(self.settings(**changes))

    def fail_next(self, camera: Camera) -> None:
        counts = camera.counters()
        taken = counts.frames + counts.failed_buffers
        sorted(self.pictures.iterdir())[taken % len(GREYS)].write_bytes(b"no picture")

    def unplug(self, camera: Camera) -> None:  # noqa: ARG002 -- the bench's signature
        self.pictures.rename(self.pictures.with_name("unplugged"))

    def plug_in(self) -> None:
        self.pictures.with_name("unplugged").rename(self.pictures)


class EmulatorBench(Bench):
    driver = "basler"

    def make(self, **changes: Any) -> Camera:
        return basler.make_camera(self.settings(emulated=True, **changes))

    def fail_next(self, camera: Camera) -> None:
        device = instant_camera(camera)
        device.ForceFailedBufferCount.Value = 1
        device.ForceFailedBuffer.Execute()

    def unplug(self, camera: Camera) -> None:
        instant_camera(camera).FirePnPCallback.Execute()

    def plug_in(self) -> None:
        """The emulator's device is there again at once."""


def instant_camera(camera: Camera) -> Any:
    """The pylon object under the driver: the seam through which tests break the device."""
    assert isinstance(camera, basler.BaslerCamera)
    assert camera._session is not None
    return camera._session.camera


@pytest.fixture(params=[ReplayBench, EmulatorBench], ids=["replay", "emulated basler"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    if request.param is EmulatorBench:
        pytest.importorskip("pypylon", reason="pypylon is not installed")
    folder = tmp_path / "pictures"
    folder.mkdir()
    for index, grey in enumerate(GREYS):
        cv2.imwrite(str(folder / f"{index}.png"), np.full((ROWS, COLUMNS), grey, np.uint8))
    made: Bench = request.param(folder)
    return made


@pytest.fixture
def patient_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    """An edge waits long for a free buffer: half a second passes easily on a loaded machine."""
    for driver in (basler, replay):
        monkeypatch.setattr(driver, "_TRIGGER_READY_S", PATIENCE_S)


@pytest.fixture
def camera(bench: Bench) -> Iterator[Camera]:
    with bench.opened() as ready:
        yield ready
