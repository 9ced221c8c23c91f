"""From raw pixels to linear lightness, at full and at half resolution, in one pass.

Rows are taken in pairs and pass through 16-bit buffers that stay in the L1 cache. Counts are kept
per column, because numba widens a scalar sum to 64 bits and LLVM then uses an eighth of its lanes.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Raw = NDArray[np.uint8] | NDArray[np.uint16]
Level = np.uint8 | np.uint16
Levels = NDArray[np.uint16]
Counts = NDArray[np.uint32]

# Rec. ITU-R BT.709-6, item 3.2: luminance of linear B, G, R. Here in 1/65792, so that 8-bit white
# (255) becomes 65535 after the last 8 bits are dropped.
BLUE = 4_750
RED = 13_987
GREEN = 65_792 - BLUE - RED
_MEAN_OF_FOUR = np.float32(1.0 / (4 * 65_535))


@njit(nogil=True, cache=True)
def _count_mono(raw: Raw, dark_below: Level, saturated_from: Level, counts: Counts) -> None:
    """Add one row of levels, and whether they are dark or saturated, to the columns' counts."""
    sums, dark, saturated = counts[0], counts[1], counts[2]
    for x in range(raw.shape[0]):
        level = raw[x]
        sums[x] += level
        dark[x] += level < dark_below
        saturated[x] += level >= saturated_from


@njit(nogil=True, cache=True)
def _count_bgr(raw: Raw, dark_below: Level, saturated_from: Level, counts: Counts) -> None:
    """The same for interleaved channels: the sum of all, dark if all are, saturated if any is."""
    sums, dark, saturated = counts[0], counts[1], counts[2]
    for x in range(counts.shape[1]):
        blue = raw[3 * x]
        green = raw[3 * x + 1]
        red = raw[3 * x + 2]
        sums[x] += np.uint32(np.uint32(blue) + np.uint32(green) + np.uint32(red))
        dark[x] += (blue < dark_below) & (green < dark_below) & (red < dark_below)
        saturated[x] += (
            (blue >= saturated_from) | (green >= saturated_from) | (red >= saturated_from)
        )


@njit(nogil=True, cache=True)
def _linear_mono(raw: Raw, tables: Levels, linear: Levels) -> None:
    """One row by look-up, or scaled to 16 bits where there is no table."""
    if tables.shape[1] > 0:
        table = tables[0]
        for x in range(raw.shape[0]):
            linear[x] = table[raw[x]]
    else:
        scale = np.uint16(257 if raw.itemsize == 1 else 1)
        for x in range(raw.shape[0]):
            linear[x] = raw[x] * scale


@njit(nogil=True, cache=True)
def _linear_bgr(raw: Raw, tables: Levels, linear: Levels) -> None:
    """One row's luminance by look-up (weighted tables), or straight where there are none."""
    if tables.shape[1] > 0:
        blue, green, red = tables[0], tables[1], tables[2]
        for x in range(linear.shape[0]):
            linear[x] = blue[raw[3 * x]] + green[raw[3 * x + 1]] + red[raw[3 * x + 2]]
    else:
        for x in range(linear.shape[0]):
            weighted = BLUE * raw[3 * x] + GREEN * raw[3 * x + 1] + RED * raw[3 * x + 2]
            linear[x] = np.uint32(weighted) >> 8


@njit(nogil=True, cache=True)
def _to_bytes(linear: Levels, lightness: NDArray[np.uint8]) -> None:
    for x in range(linear.shape[0]):
        level = linear[x]
        # level / 257, rounded, without leaving 16 bits
        lightness[x] = np.uint16(level - (level >> 8) + 128) >> 8


@njit(nogil=True, cache=True)
def _mean_of_pairs(upper: Levels, lower: Levels, half: NDArray[np.float32]) -> None:
    for x in range(half.shape[0]):
        left = np.int32(upper[2 * x]) + np.int32(lower[2 * x])
        right = np.int32(upper[2 * x + 1]) + np.int32(lower[2 * x + 1])
        half[x] = np.float32(np.int32(left + right)) * _MEAN_OF_FOUR


@njit(nogil=True, cache=True)
def mono(
    pixels: Raw, tables: Levels, dark_below: Level, saturated_from: Level,
    lightness: NDArray[np.uint8], half: NDArray[np.float32], counts: Counts,
) -> None:  # fmt: skip
    """Linearise (rows, columns) uint8 or uint16 pixels by `tables`, at both resolutions.

    `tables`: (1, levels) uint16, linear light (65535 is full scale) of every raw level; (1, 0):
    the levels are linear. Dark is below `dark_below`, saturated from `saturated_from` on, both of
    the pixels' type. Fills `lightness` (rows, columns) uint8, 255 is full scale, and `half`
    (rows // 2, columns // 2) float32, means of 2 x 2 pixels, 1 is full scale; adds to `counts`
    (3, columns) uint32 the raw levels, the dark and the saturated pixels of every column. Checks
    nothing: `normalise.linearise` does.
    """
    rows, columns = pixels.shape
    linear = np.empty((2, columns), np.uint16)
    for row in range(rows):
        _count_mono(pixels[row], dark_below, saturated_from, counts)
        _linear_mono(pixels[row], tables, linear[row % 2])
        _to_bytes(linear[row % 2], lightness[row])
        if row % 2 == 1:
            _mean_of_pairs(linear[0], linear[1], half[row // 2])


@njit(nogil=True, cache=True)
def bgr(
    pixels: Raw, tables: Levels, dark_below: Level, saturated_from: Level,
    lightness: NDArray[np.uint8], half: NDArray[np.float32], counts: Counts,
) -> None:  # fmt: skip
    """The same for the luminance of (rows, 3 x columns) uint8, interleaved B, G, R.

    `tables`: (3, levels) uint16, the weighted share of each channel (Rec. ITU-R BT.709-6, item
    3.2); (3, 0): the levels are linear. A pixel is dark where all channels are, saturated where any
    is; its raw levels are summed over the channels.
    """
    rows = pixels.shape[0]
    linear = np.empty((2, lightness.shape[1]), np.uint16)
    for row in range(rows):
        _count_bgr(pixels[row], dark_below, saturated_from, counts)
        _linear_bgr(pixels[row], tables, linear[row % 2])
        _to_bytes(linear[row % 2], lightness[row])
        if row % 2 == 1:
            _mean_of_pairs(linear[0], linear[1], half[row // 2])
