"""The Basler driver on pylon's emulator: what only this camera does."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from inspectd_drivers import basler
from inspectd_drivers.basler_device import load_pylon
from inspectd_drivers.basler_pixels import BlockGaps

from inspectd.core.camera import CameraSettings
from inspectd.core.errors import DeviceError, DeviceNotFoundError, DeviceRemovedError
from inspectd.core.frame import Aoi

pytest.importorskip("pypylon", reason="pypylon is not installed")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for index in range(3):
        grey = np.full((48, 64), 50 + index, np.uint8)
        cv2.imwrite(str(tmp_path / f"{index}.png"), grey)
    return tmp_path


@pytest.fixture
def settings(pictures: Path) -> CameraSettings:
    return CameraSettings(
        emulated=True, pictures=str(pictures), width_px=64, height_px=48, exposure_us=150.0
    )


@pytest.fixture
def camera(settings: CameraSettings) -> Iterator[basler.BaslerCamera]:
    made = basler.BaslerCamera(settings)
    made.open()
    yield made
    made.close()


def device(camera: basler.BaslerCamera) -> Any:
    assert camera._session is not None
    return camera._session.camera


def again_and_again(call: Callable[[], object]) -> None:
    """A removal takes effect on pylon's own thread, a moment later."""
    for _ in range(100):
        call()


def open_error(settings: CameraSettings, **changes: Any) -> str:
    camera = basler.BaslerCamera(settings.model_copy(update=changes))
    with pytest.raises(DeviceError) as caught:
        camera.open()
    assert not camera.is_connected()
    return str(caught.value)


def test_every_feature_is_as_set_after_each_open(settings: CameraSettings) -> None:
    camera = basler.BaslerCamera(
        settings.model_copy(
            update={"offset_x_px": 8, "offset_y_px": 4, "gain_db": 3.0, "buffers": 7}
        )
    )
    for _ in range(2):
        camera.open()
        nodes = device(camera)
        state = {
            name: getattr(nodes, name).Value
            for name in (
                "AcquisitionMode",
                "TriggerMode",
                "TriggerSource",
                "TriggerActivation",
                "ExposureAuto",
                "GainAuto",
                "PixelFormat",
                "Width",
                "Height",
                "OffsetX",
                "OffsetY",
                "MaxNumBuffer",
                "AcquisitionFrameRateEnable",
            )
        }
        assert nodes.ExposureTime.Value == pytest.approx(150.0)
        assert nodes.Gain.Value == pytest.approx(3.0, abs=0.01)
        assert state == {
            "AcquisitionMode": "Continuous",
            "TriggerMode": "On",
            "TriggerSource": "Line1",
            "TriggerActivation": "RisingEdge",
            "ExposureAuto": "Off",
            "GainAuto": "Off",
            "PixelFormat": "Mono8",
            "Width": 64,
            "Height": 48,
            "OffsetX": 8,
            "OffsetY": 4,
            "MaxNumBuffer": 7,
            "AcquisitionFrameRateEnable": False,
        }
        camera.prepare(900.0, "")
        assert nodes.ExposureTime.Value == pytest.approx(900.0)
        camera.prepare(None, "")
        assert nodes.ExposureTime.Value == pytest.approx(150.0)
        camera.close()


def test_only_frame_start_is_triggered(camera: basler.BaslerCamera) -> None:
    nodes = device(camera)
    modes = {}
    for selector in nodes.TriggerSelector.GetSettableValues():
        nodes.TriggerSelector.Value = selector
        modes[selector] = nodes.TriggerMode.Value
    assert {selector for selector, mode in modes.items() if mode == "On"} == {"FrameStart"}


def test_the_serial_asked_for_is_the_one_opened(settings: CameraSettings) -> None:
    camera = basler.BaslerCamera(settings.model_copy(update={"serial": "0815-0003"}))
    info = camera.open()
    camera.close()
    assert (info.serial, info.simulated) == ("0815-0003", True)


def test_two_emulated_cameras_run_side_by_side(settings: CameraSettings) -> None:
    cameras = [
        basler.BaslerCamera(settings.model_copy(update={"serial": serial}))
        for serial in ("0815-0001", "0815-0000")
    ]
    for camera in cameras:
        camera.open()
    for camera in cameras:
        camera.pulse_line1()
    grabs = [camera.retrieve(2_000) for camera in cameras]
    for camera in cameras:
        camera.close()
    assert all(grab is not None and grab.pixels is not None for grab in grabs)


@pytest.mark.parametrize("asked", [{"serial": "21999999"}, {"user_name": "top"}])
def test_a_device_that_is_not_there_is_an_error_that_lists_what_is(
    settings: CameraSettings, asked: dict[str, str]
) -> None:
    camera = basler.BaslerCamera(settings.model_copy(update=asked))
    with pytest.raises(DeviceNotFoundError) as caught:
        camera.open()
    assert next(iter(asked.values())) in str(caught.value)
    assert "Emulation serial 0815-0000" in str(caught.value)


def test_an_emulated_device_is_never_taken_for_a_real_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYLON_CAMEMU", "2")
    camera = basler.BaslerCamera(CameraSettings(serial="0815-0000"))
    with pytest.raises(DeviceNotFoundError, match="power"):
        camera.open()


def test_more_emulators_than_asked_for_are_left_alone(
    settings: CameraSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYLON_CAMEMU", "5")
    camera = basler.BaslerCamera(settings)
    camera.open()
    camera.close()
    assert os.environ["PYLON_CAMEMU"] == "5"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"width_px": 5_000}, ("Width cannot be 5000", "1 to 4096")),
        ({"height_px": 5_000}, ("Height cannot be 5000", "1 to 4096")),
        ({"offset_x_px": 4_090}, ("OffsetX cannot be 4090", "0 to 4032")),
        ({"gain_db": 49.0}, ("Gain cannot be 49.0", "0 to 48")),
        ({"exposure_us": 2e7}, ("ExposureTime", "1 to 1e+07")),
    ],
)
def test_a_value_that_the_camera_does_not_allow_names_its_limits(
    settings: CameraSettings, changes: dict[str, Any], words: tuple[str, ...]
) -> None:
    message = open_error(settings, **changes)
    for word in (*words, "0815-0000"):
        assert word in message


def test_a_failed_open_leaves_the_camera_ready_for_the_next(settings: CameraSettings) -> None:
    camera = basler.BaslerCamera(settings.model_copy(update={"width_px": 5_000}))
    for _ in range(3):
        with pytest.raises(DeviceError):
            camera.open()
    assert camera.counters().reconnects == 0
    good = basler.BaslerCamera(settings)
    good.open()
    assert good.is_connected()
    good.close()


def test_an_exposure_out_of_range_for_one_shot_names_its_limits(
    camera: basler.BaslerCamera,
) -> None:
    with pytest.raises(DeviceError, match="allowed: 1 to 1e"):
        camera.prepare(1e9, "")


def test_an_error_of_the_stream_asks_for_close_and_open(camera: basler.BaslerCamera) -> None:
    stream = device(camera).GetStreamGrabberNodeMap()
    stream.GetNode("ImposedError").SetValue("the link is down")
    camera.pulse_line1()
    with pytest.raises(DeviceRemovedError, match=r"the link is down.*open it again"):
        camera.retrieve(1_000)
    # Left as it is, pylon answers every further wait at once with nothing: never a silent loop.
    with pytest.raises(DeviceRemovedError, match="stopped sending pictures"):
        camera.retrieve(1_000)
    camera.open()
    camera.pulse_line1()
    grab = camera.retrieve(2_000)
    assert grab is not None
    assert grab.pixels is not None


def test_removal_is_seen_by_asking_where_the_callback_stays_away(
    camera: basler.BaslerCamera,
) -> None:
    session = camera._session
    assert session is not None
    session.camera.DeregisterConfiguration(session.removal)
    session.camera.FirePnPCallback.Execute()
    with pytest.raises(DeviceRemovedError, match="gone"):
        again_and_again(lambda: camera.retrieve(20))
    assert not session.removal.removed.is_set()


def test_the_removal_callback_comes_on_a_foreign_thread_and_only_sets_a_flag(
    camera: basler.BaslerCamera,
) -> None:
    session = camera._session
    assert session is not None
    session.camera.FirePnPCallback.Execute()
    assert session.removal.removed.wait(5)
    assert camera._session is session
    assert session.camera.IsOpen()


def test_a_pulse_to_a_removed_camera_is_an_error(camera: basler.BaslerCamera) -> None:
    device(camera).FirePnPCallback.Execute()
    with pytest.raises(DeviceRemovedError, match="gone"):
        again_and_again(camera.pulse_line1)


def test_pictures_that_came_before_the_removal_are_still_handed_over(
    camera: basler.BaslerCamera,
) -> None:
    nodes = device(camera)
    camera.pulse_line1()
    assert nodes.GetGrabResultWaitObject().Wait(2_000)
    nodes.FirePnPCallback.Execute()
    assert camera._session is not None
    assert camera._session.removal.removed.wait(5)
    grab = camera.retrieve(1_000)
    assert grab is not None
    assert grab.pixels is not None
    with pytest.raises(DeviceRemovedError):
        camera.retrieve(1_000)


def test_line1_of_a_real_camera_cannot_be_pulsed() -> None:
    with pytest.raises(DeviceError, match="photo-eye"):
        basler.BaslerCamera(CameraSettings(serial="21999999")).pulse_line1()


def test_without_pypylon_the_error_says_how_to_get_it(
    settings: CameraSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pypylon", None)
    assert "pip install pypylon" in open_error(settings)


def test_a_light_is_a_user_output_and_lights_alone(camera: basler.BaslerCamera) -> None:
    def lit() -> dict[str, bool]:
        nodes = device(camera)
        values = {}
        for output in ("UserOutput1", "UserOutput2", "UserOutput3"):
            nodes.UserOutputSelector.Value = output
            values[output] = bool(nodes.UserOutputValue.Value)
        return values

    camera.prepare(None, "UserOutput1")
    assert lit() == {"UserOutput1": True, "UserOutput2": False, "UserOutput3": False}
    camera.prepare(None, "UserOutput3")
    assert lit() == {"UserOutput1": False, "UserOutput2": False, "UserOutput3": True}
    camera.open()
    camera.prepare(None, "UserOutput2")
    assert lit() == {"UserOutput1": False, "UserOutput2": True, "UserOutput3": False}
    camera.prepare(None, "")
    assert not any(lit().values())


def test_a_light_that_the_camera_does_not_have_is_reported_once(
    camera: basler.BaslerCamera, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        camera.prepare(None, "diffuse")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "diffuse" in caplog.text


def test_two_failed_buffers_in_a_row_are_two_failed_grabs(camera: basler.BaslerCamera) -> None:
    nodes = device(camera)
    nodes.ForceFailedBufferCount.Value = 2
    nodes.ForceFailedBuffer.Execute()
    grabs = []
    for _ in range(3):
        camera.pulse_line1()
        grabs.append(camera.retrieve(2_000))
    failures = [grab.failure for grab in grabs if grab is not None]
    assert "incompletely grabbed" in failures[0]
    assert "incompletely grabbed" in failures[1]
    assert not failures[2]
    assert camera.counters().failed_buffers == 2


def test_a_picture_that_never_reached_the_driver_is_counted(camera: basler.BaslerCamera) -> None:
    pylon = load_pylon()
    for lost in (False, True, True, False):
        camera.pulse_line1()
        if lost:
            device(camera).RetrieveResult(2_000, pylon.TimeoutHandling_Return).Release()
        else:
            assert camera.retrieve(2_000) is not None
    assert (camera.counters().frames, camera.counters().skipped) == (2, 2)


def test_a_picture_that_comes_twice_is_a_failed_grab_and_counted(
    camera: basler.BaslerCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera.pulse_line1()
    assert camera.retrieve(2_000) is not None
    # As a camera whose picture has frozen: the emulator's own cannot be made to.
    monkeypatch.setattr(BlockGaps, "repeats", lambda *_, **__: True)
    camera.pulse_line1()
    grab = camera.retrieve(2_000)
    assert grab is not None
    assert (grab.pixels, "a second time: restart the camera" in grab.failure) == (None, True)
    counts = camera.counters()
    assert (counts.frames, counts.failed_buffers, counts.repeated) == (1, 1, 1)


def test_the_driver_owns_no_thread(camera: basler.BaslerCamera) -> None:
    camera.close()
    others = set(threading.enumerate())
    camera.open()
    camera.pulse_line1()
    camera.retrieve(2_000)
    assert set(threading.enumerate()) <= others


def test_it_says_what_its_pictures_show_of_the_sensor(settings: CameraSettings) -> None:
    moved = settings.model_copy(update={"offset_x_px": 16, "offset_y_px": 8})
    camera = basler.BaslerCamera(moved)
    info = camera.open()
    camera.close()
    assert info.aoi == Aoi(offset_x_px=16, offset_y_px=8)


def outputs_up(camera: basler.BaslerCamera, *outputs: str) -> list[bool]:
    nodes = device(camera)
    found = []
    for output in outputs:
        nodes.UserOutputSelector.SetValue(output)
        found.append(bool(nodes.UserOutputValue.GetValue()))
    return found


def test_output_lines_carry_their_outputs_and_are_down_after_each_open_and_close(
    settings: CameraSettings,
) -> None:
    lines = {"Line2": "UserOutput1", "Line3": "UserOutput2"}
    camera = basler.BaslerCamera(settings.model_copy(update={"output_lines": lines}))
    camera.open()
    nodes = device(camera)
    carried = {}
    for line in lines:
        nodes.LineSelector.SetValue(line)
        assert nodes.LineMode.GetValue() == "Output"
        carried[line] = nodes.LineSource.GetValue()
    assert carried == lines
    assert outputs_up(camera, *lines.values()) == [False, False]
    camera.set_output("UserOutput1", on=True)
    assert outputs_up(camera, *lines.values()) == [True, False]
    session = camera._session
    assert session is not None
    camera._lower_outputs(session)
    assert outputs_up(camera, *lines.values()) == [False, False]
    camera.set_output("UserOutput2", on=True)
    camera.open()
    assert outputs_up(camera, *lines.values()) == [False, False]
    camera.close()
    with pytest.raises(DeviceError, match="not open"):
        camera.set_output("UserOutput1", on=True)


def test_an_output_is_switched_while_another_thread_waits_for_a_picture(
    settings: CameraSettings,
) -> None:
    lines = {"Line2": "UserOutput1"}
    camera = basler.BaslerCamera(settings.model_copy(update={"output_lines": lines}))
    camera.open()
    waiting = threading.Thread(target=camera.retrieve, args=(2_000,))
    waiting.start()
    with contextlib.closing(camera):
        before_s = time.monotonic()
        camera.set_output("UserOutput1", on=True)
        switched_s = time.monotonic() - before_s
        up, still_waiting = outputs_up(camera, "UserOutput1"), waiting.is_alive()
        waiting.join()
    assert (up, still_waiting) == ([True], True)
    assert switched_s < 1.0


def test_a_line_that_the_camera_has_not_is_named(settings: CameraSettings) -> None:
    error = open_error(settings, output_lines={"Line9": "UserOutput1"})
    assert "LineSelector cannot be Line9; allowed: one of Line1, Line2, Line3" in error
