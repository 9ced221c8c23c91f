"""One suite for every camera: what `inspectd.core.camera.Camera` promises, faults included.

The Basler driver runs for real on pylon's camera emulator. Faults are made where they happen:
in the device (emulator) or in the files (replay), never by an option of the driver.
"""

import os
import threading
import time
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
from inspectd.core.errors import DeviceError, DeviceNotFoundError, DeviceRemovedError

ROWS, COLUMNS = 48, 64
GREYS = (10, 60, 110, 160, 210)
WAIT_MS = 3_000
DATA = Path(os.environ.get("INSPECTD_DATA", Path(__file__).parents[3] / "shared" / "data"))
TILES = DATA / "magnetic_tile" / "test" / "crack"


class Bench(ABC):
    """A camera that shows `pictures`, and the hands that break it."""

    driver: str

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


@contextmanager
def opened(camera: Camera) -> Iterator[Camera]:
    camera.open()
    try:
        yield camera
    finally:
        camera.close()


@pytest.fixture
def camera(bench: Bench) -> Iterator[Camera]:
    with opened(bench.make()) as ready:
        yield ready


def shoot(camera: Camera) -> Grab:
    camera.pulse_line1()
    grab = camera.retrieve(WAIT_MS)
    assert grab is not None
    return grab


def grey(grab: Grab | None) -> int:
    assert grab is not None
    assert grab.pixels is not None, grab.failure
    return int(grab.pixels[0, 0])


def retrieve_for(seconds: float, camera: Camera) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        camera.retrieve(20)


def test_an_edge_gives_one_picture_of_the_aoi(camera: Camera) -> None:
    grab = shoot(camera)
    assert grab.pixels is not None
    assert grab.pixels.shape == (ROWS, COLUMNS)
    assert grab.pixels.dtype == np.uint8
    assert not grab.failure
    assert camera.retrieve(50) is None


def test_without_an_edge_there_is_no_picture_and_the_wait_is_bounded(camera: Camera) -> None:
    started = time.monotonic()
    assert camera.retrieve(100) is None
    assert 0.09 < time.monotonic() - started < 1.1
    assert camera.counters().timeouts == 1


def test_pictures_come_in_the_order_of_their_names_and_start_again(camera: Camera) -> None:
    assert [grey(shoot(camera)) for _ in range(7)] == [*GREYS, *GREYS[:2]]


def test_edges_played_ahead_are_answered_one_by_one(camera: Camera) -> None:
    for _ in range(4):
        camera.pulse_line1()
    assert [grey(camera.retrieve(WAIT_MS)) for _ in range(4)] == list(GREYS[:4])
    assert camera.retrieve(50) is None


def test_edges_beyond_the_buffers_are_counted_as_skipped(bench: Bench) -> None:
    with opened(bench.make(buffers=2)) as camera:
        for _ in range(3):
            camera.pulse_line1()
        answers = [camera.retrieve(200) for _ in range(3)]
        assert [answer is not None for answer in answers] == [True, True, False]
        assert (camera.counters().frames, camera.counters().skipped) == (2, 1)


def test_an_edge_of_another_thread_wakes_the_waiting_owner(camera: Camera) -> None:
    def pulse_twenty_times() -> None:
        for _ in range(20):
            camera.pulse_line1()

    eye = threading.Thread(target=pulse_twenty_times)
    eye.start()
    greys = [grey(camera.retrieve(WAIT_MS)) for _ in range(20)]
    eye.join()
    assert greys == [*GREYS * 4]
    assert camera.counters().frames == 20


def test_an_edge_that_waits_for_a_buffer_does_not_hold_up_the_owner_and_is_answered(
    bench: Bench,
) -> None:
    with opened(bench.make(buffers=2)) as camera:
        camera.pulse_line1()
        camera.pulse_line1()
        eye = threading.Thread(target=camera.pulse_line1)
        eye.start()
        started = time.monotonic()
        greys = [grey(camera.retrieve(WAIT_MS)) for _ in range(3)]
        assert time.monotonic() - started < 0.4
        eye.join()
        assert greys == list(GREYS[:3])
        assert camera.counters().skipped == 0


def test_closing_under_a_pulsing_thread_ends_its_pulses_with_an_error(bench: Bench) -> None:
    camera = bench.make()
    seen: list[DeviceError] = []
    pulsing = threading.Event()

    def pulse_on() -> None:
        try:
            while True:
                camera.pulse_line1()
                pulsing.set()
        except DeviceError as error:
            seen.append(error)

    with opened(camera):
        eye = threading.Thread(target=pulse_on)
        eye.start()
        assert pulsing.wait(5)
        started = time.monotonic()
    assert time.monotonic() - started < 1.5
    eye.join(5)
    assert "not open" in str(seen[0])


def test_software_trigger_fires_one_picture(bench: Bench) -> None:
    with opened(bench.make(trigger_source="Software")) as camera:
        camera.fire()
        assert grey(camera.retrieve(WAIT_MS)) == GREYS[0]
        assert camera.retrieve(50) is None


def test_a_trigger_of_the_wrong_source_is_refused(bench: Bench) -> None:
    with opened(bench.make()) as camera, pytest.raises(DeviceError, match="Line1"):
        camera.fire()
    with opened(bench.make(trigger_source="Software")) as camera:
        with pytest.raises(DeviceError, match="Software"):
            camera.pulse_line1()
        assert camera.retrieve(50) is None


def test_a_picture_belongs_to_its_receiver(camera: Camera) -> None:
    kept = [shoot(camera).pixels for _ in range(12)]
    for index, pixels in enumerate(kept):
        assert pixels is not None
        assert np.all(pixels == GREYS[index % len(GREYS)])
        assert pixels.flags.writeable


def test_a_damaged_picture_is_a_failed_grab_and_the_next_one_is_whole(
    bench: Bench, camera: Camera
) -> None:
    shoot(camera)
    bench.fail_next(camera)
    failed = shoot(camera)
    assert failed.pixels is None
    assert failed.failure
    assert grey(shoot(camera)) == GREYS[2]
    counts = camera.counters()
    assert (counts.frames, counts.failed_buffers, counts.skipped) == (2, 1, 0)


@pytest.mark.parametrize("content", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_picture_is_a_failed_grab_that_names_it(
    bench: Bench, content: bytes
) -> None:
    (bench.pictures / "0.png").write_bytes(content)
    with opened(bench.make()) as camera:
        failed = shoot(camera)
        assert failed.pixels is None
        assert str(bench.pictures / "0.png") in failed.failure
        assert grey(shoot(camera)) == GREYS[1]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif"])
def test_a_cut_off_picture_is_a_failed_grab(bench: Bench, suffix: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (ROWS, COLUMNS), np.uint8)
    data = cv2.imencode(suffix, noise)[1].tobytes()
    (bench.pictures / "0.png").unlink()
    (bench.pictures / f"0{suffix}").write_bytes(data[: len(data) // 2])
    with opened(bench.make()) as camera:
        failed = shoot(camera)
        assert failed.pixels is None
        assert f"0{suffix}" in failed.failure
        assert grey(shoot(camera)) == GREYS[1]


def test_a_removed_camera_says_so_and_works_again_after_close_and_open(
    bench: Bench, camera: Camera
) -> None:
    shoot(camera)
    assert camera.is_connected()
    bench.unplug(camera)
    with pytest.raises(DeviceRemovedError, match="gone"):
        retrieve_for(5, camera)
    assert not camera.is_connected()
    camera.close()
    bench.plug_in()
    camera.open()
    assert camera.is_connected()
    assert [grey(shoot(camera)) for _ in range(3)] == list(GREYS[:3])
    counts = camera.counters()
    assert (counts.frames, counts.reconnects) == (4, 1)


def test_every_setting_is_applied_again_after_a_second_open(bench: Bench) -> None:
    camera = bench.make(width_px=32, height_px=20, offset_x_px=8, pixel_format="BGR8")
    for _ in range(2):
        with opened(camera):
            assert camera.retrieve(50) is None
            pixels = shoot(camera).pixels
            assert pixels is not None
            assert pixels.shape == (20, 32, 3)
            assert pixels.dtype == np.uint8


def test_opening_twice_is_a_reconnect(camera: Camera) -> None:
    shoot(camera)
    camera.open()
    assert grey(shoot(camera)) == GREYS[0]
    assert camera.counters().reconnects == 1


def test_closing_twice_is_harmless_and_a_closed_camera_refuses_work(bench: Bench) -> None:
    camera = bench.make()
    camera.close()
    camera.open()
    camera.close()
    camera.close()
    assert not camera.is_connected()
    with pytest.raises(DeviceError, match="not open"):
        camera.pulse_line1()
    with pytest.raises(DeviceError, match="not open"):
        camera.retrieve(1)
    with pytest.raises(DeviceError, match="not open"):
        camera.prepare(1.0, "")


def test_exposure_and_light_may_be_named_for_every_shot(camera: Camera) -> None:
    camera.prepare(500.0, "ring")
    camera.prepare(None, "")
    assert grey(shoot(camera)) == GREYS[0]


def test_the_camera_says_that_it_is_simulated_and_what_it_has_no_node_for(bench: Bench) -> None:
    camera = bench.make()
    info = camera.open()
    camera.close()
    assert info.simulated
    assert info.serial
    assert info.model
    assert "LineDebouncerTime" in info.skipped_features


def test_a_missing_folder_is_a_device_not_found_that_names_it(bench: Bench) -> None:
    missing = bench.pictures / "nowhere"
    with pytest.raises(DeviceNotFoundError, match="nowhere"):
        bench.make(pictures=str(missing)).open()


def test_an_empty_folder_is_a_device_not_found(bench: Bench) -> None:
    empty = bench.pictures.with_name("empty")
    empty.mkdir()
    with pytest.raises(DeviceNotFoundError, match="no pictures"):
        bench.make(pictures=str(empty)).open()


@pytest.mark.parametrize(
    ("pixel_format", "dtype", "value"),
    [("Mono8", np.uint8, 0x12), ("Mono12", np.uint16, 0x1230), ("Mono16", np.uint16, 0x1234)],
)
def test_sixteen_bit_files_keep_full_scale_at_the_end_of_the_dtype(
    bench: Bench, pixel_format: str, dtype: type[np.generic], value: int
) -> None:
    cv2.imwrite(str(bench.pictures / "0.png"), np.full((ROWS, COLUMNS), 0x1234, np.uint16))
    with opened(bench.make(pixel_format=pixel_format)) as camera:
        pixels = shoot(camera).pixels
    assert pixels is not None
    assert pixels.dtype == dtype
    assert np.all(pixels == value)


@pytest.mark.skipif(not TILES.is_dir(), reason=f"no real pictures at {TILES}")
def test_real_photographs_come_as_they_were_taken(bench: Bench) -> None:
    files = sorted(TILES.iterdir(), key=lambda file: file.name.encode())[:5]
    settings = {"pictures": str(TILES), "width_px": 2_448, "height_px": 2_048}
    with opened(bench.make(**settings)) as camera:
        for file in files:
            taken = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
            assert taken is not None
            pixels = shoot(camera).pixels
            assert pixels is not None
            # Two JPEG decoders may round differently.
            assert np.abs(pixels.astype(int) - taken).max() <= 2


def test_colour_is_blue_green_red(bench: Bench) -> None:
    colour = np.zeros((ROWS, COLUMNS, 3), np.uint8)
    colour[:] = (11, 22, 33)
    cv2.imwrite(str(bench.pictures / "0.png"), colour)
    with opened(bench.make(pixel_format="BGR8")) as camera:
        pixels = shoot(camera).pixels
    assert pixels is not None
    assert pixels[5, 7].tolist() == [11, 22, 33]


@pytest.mark.parametrize("shape", [(1, 1), (20, 30), (1, 64), (60, 100), (48, 100), (50, 70)])
@pytest.mark.parametrize("pixel_format", ["Mono8", "Mono12", "BGR8"])
def test_pictures_of_any_size_look_the_same_through_every_camera(
    bench: Bench, shape: tuple[int, int], pixel_format: str
) -> None:
    """Cropped to the AOI, pushed back where it hangs over the picture; smaller ones as they are."""
    colour = np.random.default_rng(7).integers(0, 255, (*shape, 4), np.uint8)
    cv2.imwrite(str(bench.pictures / "0.png"), colour)
    wanted = bench.settings(offset_x_px=16, offset_y_px=8, pixel_format=pixel_format)
    with opened(bench.make(offset_x_px=16, offset_y_px=8, pixel_format=pixel_format)) as camera:
        pixels = shoot(camera).pixels
    assert pixels is not None
    top = min(wanted.offset_y_px, max(0, shape[0] - ROWS))
    left = min(wanted.offset_x_px, max(0, shape[1] - COLUMNS))
    bgr = colour[top : top + ROWS, left : left + COLUMNS, :3].astype(np.uint32)
    luma = bgr @ np.array([1, 5, 2], np.uint32)
    expected = {"Mono8": luma >> 3, "Mono12": (luma << 1) << 4, "BGR8": bgr}[pixel_format]
    np.testing.assert_array_equal(pixels, expected)
