"""One suite for every camera that shows files: what a file looks like through it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from inspectd.core.errors import DeviceNotFoundError

if TYPE_CHECKING:
    from contract.conftest import Bench

DATA = Path(os.environ.get("INSPECTD_DATA", Path(__file__).parents[3] / "shared" / "data"))
TILES = DATA / "magnetic_tile" / "test" / "crack"


@pytest.mark.parametrize("content", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_picture_is_a_failed_grab_that_names_it(
    bench: Bench, content: bytes
) -> None:
    (bench.pictures / "0.png").write_bytes(content)
    with bench.opened() as camera:
        failed = bench.shoot(camera)
        assert failed.pixels is None
        assert str(bench.pictures / "0.png") in failed.failure
        assert bench.grey(bench.shoot(camera)) == bench.greys[1]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif"])
def test_a_cut_off_picture_is_a_failed_grab(bench: Bench, suffix: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (bench.rows, bench.columns), np.uint8)
    data = cv2.imencode(suffix, noise)[1].tobytes()
    (bench.pictures / "0.png").unlink()
    (bench.pictures / f"0{suffix}").write_bytes(data[: len(data) // 2])
    with bench.opened() as camera:
        failed = bench.shoot(camera)
        assert failed.pixels is None
        assert f"0{suffix}" in failed.failure
        assert bench.grey(bench.shoot(camera)) == bench.greys[1]


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
    cv2.imwrite(
        str(bench.pictures / "0.png"), np.full((bench.rows, bench.columns), 0x1234, np.uint16)
    )
    with bench.opened(pixel_format=pixel_format) as camera:
        pixels = bench.shoot(camera).pixels
    assert pixels is not None
    assert pixels.dtype == dtype
    assert np.all(pixels == value)


@pytest.mark.skipif(not TILES.is_dir(), reason=f"no real pictures at {TILES}")
def test_real_photographs_come_as_they_were_taken(bench: Bench) -> None:
    files = sorted(TILES.iterdir(), key=lambda file: file.name.encode())[:5]
    settings = {"pictures": str(TILES), "width_px": 2_448, "height_px": 2_048}
    with bench.opened(**settings) as camera:
        for file in files:
            taken = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
            assert taken is not None
            pixels = bench.shoot(camera).pixels
            assert pixels is not None
            # Two JPEG decoders may round differently.
            assert np.abs(pixels.astype(int) - taken).max() <= 2


def test_colour_is_blue_green_red(bench: Bench) -> None:
    colour = np.zeros((bench.rows, bench.columns, 3), np.uint8)
    colour[:] = (11, 22, 33)
    cv2.imwrite(str(bench.pictures / "0.png"), colour)
    with bench.opened(pixel_format="BGR8") as camera:
        pixels = bench.shoot(camera).pixels
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
    with bench.opened(offset_x_px=16, offset_y_px=8, pixel_format=pixel_format) as camera:
        pixels = bench.shoot(camera).pixels
    assert pixels is not None
    top = min(wanted.offset_y_px, max(0, shape[0] - bench.rows))
    left = min(wanted.offset_x_px, max(0, shape[1] - bench.columns))
    bgr = colour[top : top + bench.rows, left : left + bench.columns, :3].astype(np.uint32)
    luma = bgr @ np.array([1, 5, 2], np.uint32)
    expected = {"Mono8": luma >> 3, "Mono12": (luma << 1) << 4, "BGR8": bgr}[pixel_format]
    np.testing.assert_array_equal(pixels, expected)
