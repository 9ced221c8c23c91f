"""Pictures are taken from any camera by software trigger, and a camera that cannot says why."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from inspectd.commands import capture as module
from inspectd.commands.capture import capture
from inspectd.core.camera import CameraCounters, CameraInfo, CameraSettings, Grab
from inspectd.core.errors import (
    ConfigurationError,
    DeviceError,
    DeviceNotFoundError,
    InspectdError,
)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two pictures: one all 10, one all 20."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for level in (10, 20):
        cv2.imwrite(str(folder / f"{level}.png"), np.full((48, 64), level, np.uint8))
    return folder


class BrokenCamera:
    """A camera whose `open` raises, or whose grabs fail; it knows whether it was closed."""

    def __init__(
        self, error: InspectdError | None = None, grabs: tuple[Grab | None, ...] = ()
    ) -> None:
        self.error, self.grabs, self.closed = error, list(grabs), False

    def open(self) -> CameraInfo:
        if self.error is not None:
            raise self.error
        return CameraInfo("model", "1", "", simulated=False, skipped_features=())

    def prepare(self, exposure_us: float | None, light: str) -> None: ...

    def fire(self) -> None: ...

    def pulse_line1(self) -> None: ...

    def retrieve(self, timeout_ms: int) -> Grab | None:
        assert timeout_ms > 0
        return self.grabs.pop(0)

    def is_connected(self) -> bool:
        return True

    def counters(self) -> CameraCounters:
        return CameraCounters()

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[BrokenCamera], BrokenCamera]:
    """Put this camera in the place of the driver's."""

    def give(camera: BrokenCamera) -> BrokenCamera:
        monkeypatch.setattr(module, "make_camera", lambda _settings: camera)
        return camera

    return give


@pytest.mark.parametrize("driver", ["replay", "basler"])
def test_a_camera_shows_its_pictures_in_turn(pictures: Path, driver: str) -> None:
    settings = CameraSettings(driver=driver, emulated=driver == "basler", pictures=str(pictures))

    levels = [int(pixels.mean()) for pixels in capture(settings, 3)]

    assert sorted(levels[:2]) == [10, 20]
    assert levels[2] == levels[0]


def test_without_a_count_there_is_always_one_more(pictures: Path) -> None:
    endless = capture(CameraSettings(driver="replay", pictures=str(pictures)), None)

    assert len(list(islice(endless, 7))) == 7


def test_a_photo_eye_in_the_settings_is_not_waited_for(pictures: Path) -> None:
    settings = CameraSettings(driver="replay", pictures=str(pictures), trigger_source="Line1")

    assert len(list(capture(settings, 1))) == 1


def test_an_unknown_driver_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(ConfigurationError, match="no camera driver is called 'nikon'"):
        next(capture(CameraSettings(driver="nikon"), 1))


def test_a_camera_that_is_busy_says_to_stop_the_service(given: Any) -> None:
    given(BrokenCamera(DeviceError("The device is controlled by another application")))

    with pytest.raises(DeviceError, match=r"another application.*systemctl stop inspectd"):
        next(capture(CameraSettings(), 1))


def test_a_camera_that_is_not_there_stays_that_kind_of_error(given: Any) -> None:
    given(BrokenCamera(DeviceNotFoundError("no Basler camera found")))

    with pytest.raises(DeviceNotFoundError, match="no Basler camera found"):
        next(capture(CameraSettings(), 1))


def test_a_damaged_picture_is_taken_again(given: Any) -> None:
    good = Grab(np.zeros((4, 4), np.uint8))
    camera = given(BrokenCamera(grabs=(Grab(None, "incompletely grabbed"), None, good)))

    assert len(list(capture(CameraSettings(), 1))) == 1
    assert camera.closed


def test_three_damaged_pictures_in_a_row_are_told_and_the_camera_is_closed(given: Any) -> None:
    camera = given(BrokenCamera(grabs=(Grab(None, "incompletely grabbed"),) * 3))

    with pytest.raises(DeviceError, match=r"3 pictures in a row.*incompletely grabbed"):
        next(capture(CameraSettings(), 1))
    assert camera.closed


def test_the_camera_is_closed_when_nobody_wants_more(given: Any) -> None:
    camera = given(BrokenCamera(grabs=(Grab(np.zeros((4, 4), np.uint8)),) * 2))
    pictures = capture(CameraSettings(), None)
    next(pictures)

    assert not camera.closed
    pictures.close()
    assert camera.closed
