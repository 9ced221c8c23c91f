import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from inspectd_drivers.replay import make_camera

from inspectd.core.camera import CameraSettings
from inspectd.core.errors import ConfigurationError, DeviceError
from inspectd.core.frame import Aoi


def settings(pictures: Path, buffers: int = 10) -> CameraSettings:
    return CameraSettings(driver="replay", pictures=str(pictures), buffers=buffers)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.full((4, 5), ord(name), np.uint8))
    return tmp_path


def test_a_replay_camera_without_pictures_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="pictures"):
        make_camera(CameraSettings(driver="replay"))


def test_it_says_the_area_of_interest_that_it_was_set_to(pictures: Path) -> None:
    moved = settings(pictures).model_copy(update={"offset_x_px": 16, "offset_y_px": 8})
    camera = make_camera(moved)
    assert camera.open().aoi == Aoi(offset_x_px=16, offset_y_px=8)
    camera.close()


def test_a_file_taken_away_while_the_camera_runs_is_a_failed_grab(pictures: Path) -> None:
    camera = make_camera(settings(pictures))
    camera.open()
    (pictures / "a.png").unlink()
    camera.pulse_line1()
    camera.pulse_line1()
    lost, there = camera.retrieve(0), camera.retrieve(0)
    camera.close()
    assert lost is not None
    assert "a.png has gone" in lost.failure
    assert there is not None
    assert there.pixels is not None


def test_files_added_while_the_camera_runs_are_shown_after_the_next_open(pictures: Path) -> None:
    camera = make_camera(settings(pictures))
    camera.open()
    cv2.imwrite(str(pictures / "0.png"), np.full((4, 5), 1, np.uint8))
    first = []
    for _ in range(2):
        camera.pulse_line1()
        grab = camera.retrieve(0)
        assert grab is not None
        assert grab.pixels is not None
        first.append(int(grab.pixels[0, 0]))
        camera.open()
    camera.close()
    assert first == [ord("a"), 1]


def test_closing_wakes_an_edge_that_waits_for_a_buffer(pictures: Path) -> None:
    camera = make_camera(settings(pictures, buffers=2))
    camera.open()
    camera.pulse_line1()
    camera.pulse_line1()
    refused: list[str] = []

    def pulse() -> None:
        try:
            camera.pulse_line1()
        except DeviceError as error:
            refused.append(str(error))

    eye = threading.Thread(target=pulse)
    eye.start()
    camera.close()
    eye.join(0.4)
    assert not eye.is_alive()
    assert "not open" in refused[0]
