"""From raw pixels to linear lightness, at full and at half resolution, in one pass.

Rows are taken in pairs: they pass through a 16-bit buffer that stays in the L1 cache, and every
inner loop is simple enough for LLVM to vectorise.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Rec. ITU-R BT.709-6, item 3.2: luminance of linear R, G, B; here in 1/65536.
_RED = 13_933
_GREEN = 46_871
_BLUE = 4_732
_HALF_SCALE = np.float32(1.0 / (4 * 65_535))


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _write_rows(
    linear: NDArray[np.uint16], lightness: NDArray[np.uint8], half: NDArray[np.float32], pair: int
) -> None:
    """Write a pair of linear rows as bytes, and their 2x2 means."""
    for row in range(min(2, lightness.shape[0] - 2 * pair)):
        for column in range(lightness.shape[1]):
            # round(linear / 257) without a division; exact for every multiple of 257
            byte = (np.uint32(linear[row, column]) * np.uint32(255) + np.uint32(32_768)) >> 16
            lightness[2 * pair + row, column] = byte
    if pair < half.shape[0]:
        for column in range(half.shape[1]):
            total = (
                np.int32(linear[0, 2 * column])
                + np.int32(linear[0, 2 * column + 1])
                + np.int32(linear[1, 2 * column])
                + np.int32(linear[1, 2 * column + 1])
            )
            half[pair, column] = np.float32(total) * _HALF_SCALE


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def mono(
    pixels: NDArray[np.uint8] | NDArray[np.uint16],
    table: NDArray[np.uint16],
    lightness: NDArray[np.uint8],
    half: NDArray[np.float32],
    dark_below: int,
    saturated_from: int,
) -> tuple[int, int, int]:
    """Linearise (rows, columns) pixels by `table`, or as they are where it is empty.

    Fills `lightness` (rows, columns) and `half` (rows // 2, columns // 2); returns the sum of the
    raw levels and how many pixels are dark and saturated.
    """
    rows, columns = pixels.shape
    linear = np.empty((2, columns), np.uint16)
    widen = np.uint16(257 if pixels.itemsize == 1 else 1)
    level_sum = 0
    dark = 0
    saturated = 0
    for pair in range((rows + 1) // 2):
        for row in range(min(2, rows - 2 * pair)):
            raw = pixels[2 * pair + row]
            row_sum = np.uint32(0)
            row_dark = np.uint32(0)
            row_saturated = np.uint32(0)
            for column in range(columns):
                level = np.uint32(raw[column])
                row_sum += level
                row_dark += np.uint32(level < dark_below)
                row_saturated += np.uint32(level >= saturated_from)
            level_sum += row_sum
            dark += row_dark
            saturated += row_saturated
            if table.size == 0:
                for column in range(columns):
                    linear[row, column] = np.uint16(raw[column]) * widen
            else:
                for column in range(columns):
                    linear[row, column] = table[raw[column]]
        _write_rows(linear, lightness, half, pair)
    return level_sum, dark, saturated


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def bgr(
    pixels: NDArray[np.uint8],
    table: NDArray[np.uint16],
    lightness: NDArray[np.uint8],
    half: NDArray[np.float32],
    dark_below: int,
    saturated_from: int,
) -> tuple[int, int, int]:
    """The same for (rows, columns, 3) in B, G, R order; `table` is never empty.

    Lightness is the luminance of the linear channels. The sum is over all channels; a pixel is
    dark where all its channels are, and saturated where any is.
    """
    rows, columns, _ = pixels.shape
    linear = np.empty((2, columns), np.uint16)
    level_sum = 0
    dark = 0
    saturated = 0
    for pair in range((rows + 1) // 2):
        for row in range(min(2, rows - 2 * pair)):
            raw = pixels[2 * pair + row]
            for column in range(columns):
                blue = raw[column, 0]
                green = raw[column, 1]
                red = raw[column, 2]
                brightest = max(blue, green, red)
                level_sum += np.int64(blue) + np.int64(green) + np.int64(red)
                dark += np.int64(brightest < dark_below)
                saturated += np.int64(brightest >= saturated_from)
                linear[row, column] = (
                    np.uint32(table[blue]) * np.uint32(_BLUE)
                    + np.uint32(table[green]) * np.uint32(_GREEN)
                    + np.uint32(table[red]) * np.uint32(_RED)
                ) >> 16
        _write_rows(linear, lightness, half, pair)
    return level_sum, dark, saturated
