from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspectd_drivers.basler_pixels import BlockGaps, to_grab
from numpy.typing import NDArray

from inspectd.core.camera import CameraSettings, PixelFormat


class PaddedResult:
    """Lines of three pixels and one byte more, as the emulator sends none: pypylon unpads them."""

    PaddingX = 1

    def GrabSucceeded(self) -> bool:  # noqa: N802 -- pylon's name
        return True

    def GetArray(self) -> NDArray[np.uint8]:  # noqa: N802
        return np.arange(6, dtype=np.uint8).reshape(2, 3)


def test_padding_at_the_end_of_lines_is_no_part_of_the_picture() -> None:
    pixels = to_grab(PaddedResult(), CameraSettings(), "camera").pixels
    assert pixels is not None
    assert pixels.tolist() == [[0, 1, 2], [3, 4, 5]]


class Result(PaddedResult):
    """A picture of any kind."""

    def __init__(self, pixels: NDArray[np.generic]) -> None:
        self._pixels = pixels

    def GetArray(self) -> Any:  # noqa: N802
        return self._pixels


@pytest.mark.parametrize(("pixel_format", "bits"), [("Mono10", 10), ("Mono12", 12)])
def test_less_than_16_bits_fill_them_from_the_top(pixel_format: PixelFormat, bits: int) -> None:
    white = np.full((4, 6), 2**bits - 1, np.uint16)
    pixels = to_grab(Result(white), CameraSettings(pixel_format=pixel_format), "camera").pixels
    assert pixels is not None
    assert pixels.dtype == np.uint16
    assert (pixels == 65_536 - 2 ** (16 - bits)).all()


@pytest.mark.parametrize(
    ("pixel_format", "mosaic"),
    [("BayerRG8", "RGGB"), ("BayerGR8", "GRBG"), ("BayerGB8", "GBRG"), ("BayerBG8", "BGGR")],
)
def test_a_mosaic_is_handed_over_in_blue_green_red(pixel_format: PixelFormat, mosaic: str) -> None:
    levels = {"B": 30, "G": 120, "R": 210}
    cell = np.array([levels[letter] for letter in mosaic], np.uint8).reshape(2, 2)
    settings = CameraSettings(pixel_format=pixel_format)
    pixels = to_grab(Result(np.tile(cell, (4, 5))), settings, "camera").pixels
    assert pixels is not None
    assert pixels.shape == (8, 10, 3)
    assert (pixels == (30, 120, 210)).all()


def missed(*results: tuple[int, bool]) -> int:
    gaps = BlockGaps()
    return sum(gaps.missed_before(block_id, whole=whole) for block_id, whole in results)


@pytest.mark.parametrize("first", [0, 1, 40_000])
def test_pictures_numbered_without_a_gap_miss_none(first: int) -> None:
    assert missed(*((first + index, True) for index in range(5))) == 0


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_every_missing_number_is_counted(jumps: list[int]) -> None:
    numbers, now = [(0, True)], 0
    for jump in jumps:
        now += jump + 1
        numbers.append((now, True))
    assert missed(*numbers) == sum(jumps)


def test_a_wrap_of_the_16_bit_counter_misses_none_and_counting_goes_on() -> None:
    assert missed((65_534, True), (65_535, True), (1, True), (2, True), (5, True)) == 2


def test_an_incomplete_buffer_without_a_number_counts_as_the_next() -> None:
    assert missed((7, True), (0, False), (9, True)) == 0
    assert missed((7, True), (8, False), (9, True)) == 0


def test_the_same_number_twice_is_the_same_picture_again() -> None:
    gaps, told = BlockGaps(), []
    for block_id, whole in ((7, True), (7, True), (7, False), (8, True), (9, True), (9, True)):
        told.append(gaps.repeats(block_id, whole=whole))
        gaps.missed_before(block_id, whole=whole)
    assert told == [False, True, False, False, False, True]


def test_a_camera_that_numbers_nothing_repeats_nothing() -> None:
    gaps = BlockGaps()
    assert gaps.missed_before(2**64 - 1, whole=True) == 0
    assert not gaps.repeats(2**64 - 1, whole=True)


def test_a_camera_that_numbers_nothing_misses_none() -> None:
    assert missed(*[(2**64 - 1, True)] * 4) == 0
