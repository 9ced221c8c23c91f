import os
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspectd_drivers.pictures import is_cut_off_jpeg, picture_files, read_picture

from inspectd.core.camera import CameraSettings
from inspectd.core.errors import DeviceNotFoundError, PictureError

SHOWN = CameraSettings(driver="replay", width_px=64, height_px=48)
NOISE = np.random.default_rng(3).integers(0, 255, (48, 64), np.uint8)
JPEG = cv2.imencode(".jpg", NOISE)[1].tobytes()
ENCODED = {
    suffix: cv2.imencode(suffix, NOISE)[1].tobytes() for suffix in (".png", ".jpg", ".bmp", ".tif")
}


def written(data: bytes) -> Path:
    handle, name = tempfile.mkstemp()
    os.write(handle, data)
    os.close(handle)
    return Path(name)


@given(st.sampled_from(sorted(ENCODED)), st.data())
@settings(max_examples=150, deadline=None)
def test_a_cut_off_file_is_an_error_or_the_whole_picture(suffix: str, data: st.DataObject) -> None:
    whole = written(ENCODED[suffix])
    cut = written(ENCODED[suffix][: data.draw(st.integers(0, len(ENCODED[suffix]) - 1))])
    try:
        np.testing.assert_array_equal(read_picture(cut, SHOWN), read_picture(whole, SHOWN))
    except PictureError as error:
        assert str(cut) in str(error)  # noqa: PT017 -- either outcome is right
    finally:
        whole.unlink()
        cut.unlink()


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_bytes_that_are_no_picture_are_a_picture_error(data: bytes) -> None:
    path = written(data)
    try:
        with pytest.raises(PictureError, match="damaged"):
            read_picture(path, SHOWN)
    finally:
        path.unlink()


@given(st.integers(2, len(JPEG) - 2))
@settings(max_examples=150, deadline=None)
def test_a_jpeg_without_its_end_is_cut_off(length: int) -> None:
    path = written(JPEG[:length])
    try:
        assert is_cut_off_jpeg(path)
    finally:
        path.unlink()


def test_a_whole_jpeg_is_not_cut_off_even_with_bytes_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG)
    assert not is_cut_off_jpeg(path)
    path.write_bytes(JPEG + b"a maker's own trailer")
    assert not is_cut_off_jpeg(path)


def test_a_jpeg_that_lost_its_end_is_cut_off_although_its_thumbnail_has_one(tmp_path: Path) -> None:
    thumbnail = cv2.imencode(".jpg", NOISE[:8, :8])[1].tobytes()
    exif = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG[:2] + exif + JPEG[2:-40])
    assert is_cut_off_jpeg(path)


def test_other_files_and_missing_ones_are_no_cut_off_jpegs(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(ENCODED[".png"][:50])
    assert not is_cut_off_jpeg(path)
    assert not is_cut_off_jpeg(tmp_path / "none")


def test_files_are_listed_byte_for_byte_and_none_is_left_out(tmp_path: Path) -> None:
    for name in ("a2", "a10", "Z", "ä", ".hidden", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "sub").mkdir()
    names = [path.name for path in picture_files(tmp_path)]
    assert names == [".hidden", "Z", "a10", "a2", "notes.txt", "sub", "ä"]


def test_a_single_file_is_shown_alone(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    assert picture_files(tmp_path / "a.png") == (tmp_path / "a.png",)


def test_nothing_to_show_is_a_device_not_found(tmp_path: Path) -> None:
    with pytest.raises(DeviceNotFoundError, match="no pictures"):
        picture_files(tmp_path)


def test_a_folder_in_place_of_a_picture_is_a_picture_error(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="cannot read"):
        read_picture(tmp_path, SHOWN)


def test_a_picture_of_floats_is_a_picture_error(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    cv2.imwrite(str(path), NOISE.astype(np.float32))
    with pytest.raises(PictureError, match="8 or 16 bit"):
        read_picture(path, SHOWN)


def test_a_file_that_has_gone_is_told_apart_from_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_picture(tmp_path / "none.png", SHOWN)


def test_a_single_row_stays_two_dimensional(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), NOISE[:1, :1])
    assert read_picture(path, SHOWN).shape == (1, 1)


def test_a_picture_of_20000_px_is_cropped_to_the_aoi(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.full((20, 20_000), 5, np.uint8))
    assert read_picture(path, SHOWN).shape == (20, 64)
