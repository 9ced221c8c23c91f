"""From sensor pixels to linear lightness, at full, half and quarter resolution, in one pass.

Each row passes through 16-bit buffers that stay in the L1 cache. Counts are kept per column,
because numba widens a scalar sum to 64 bits and LLVM then uses an eighth of its lanes.

A kernel works off a strip of rows; whatever it reads beyond the strip is worked out again, so that
strips depend on nothing but the picture. Levels are in 1/65535 of full scale.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Raw = NDArray[np.uint8] | NDArray[np.uint16]
Level = np.uint8 | np.uint16
Levels = NDArray[np.uint16]
Sums = NDArray[np.uint32]

# Rec. ITU-R BT.709-6, item 3.2: luminance of linear B, G, R. Here in 1/65536, so that a grey pixel
# keeps its level to the last bit.
BLUE = 4_732
RED = 13_933
GREEN = 65_536 - BLUE - RED
# A gain of 1 in the 16 bits of a gain map, which therefore ends just below 8.
GAIN_BITS = 13
_WHITE = 65_535
_MEAN_OF_64 = np.float32(1.0 / (64 * _WHITE))
_MEAN_OF_16 = np.float32(1.0 / (16 * _WHITE))
_QUARTER = np.float32(0.25)


@njit(nogil=True, cache=True)
def _count_mono(
    raw: Raw, dark_below: Level, saturated_from: Level, sums: Sums, counts: Levels
) -> None:
    """Add one row of levels, and whether they are dark or saturated, to the columns' counts."""
    dark, saturated = counts[0], counts[1]
    for x in range(raw.shape[0]):
        sums[x] += raw[x]
    for x in range(raw.shape[0]):
        dark[x] += np.uint16(raw[x] < dark_below)
        saturated[x] += np.uint16(raw[x] >= saturated_from)


@njit(nogil=True, cache=True)
def _count_bgr(
    raw: Raw, dark_below: Level, saturated_from: Level, sums: Sums, counts: Levels
) -> None:
    """The same for interleaved channels: the sum of all, dark if all are, saturated if any is."""
    dark, saturated = counts[0], counts[1]
    for x in range(sums.shape[0]):
        blue = raw[3 * x]
        green = raw[3 * x + 1]
        red = raw[3 * x + 2]
        sums[x] += np.uint32(np.uint32(blue) + np.uint32(green) + np.uint32(red))
        dark[x] += (blue < dark_below) & (green < dark_below) & (red < dark_below)
        saturated[x] += (
            (blue >= saturated_from) | (green >= saturated_from) | (red >= saturated_from)
        )


@njit(nogil=True, cache=True)
def _corrected(raw: Raw, dark: Levels, gain: Levels, row: int, levels: Levels) -> None:
    """One row in 16 bits, without its dark and flat field where there are any."""
    scale = np.uint16(257 if raw.itemsize == 1 else 1)
    if dark.shape[0] == 0:
        for x in range(raw.shape[0]):
            levels[x] = raw[x] * scale
        return
    dark_row, gain_row = dark[row], gain[row]
    for x in range(raw.shape[0]):
        level = np.uint32(raw[x]) * np.uint32(scale)
        below = np.uint32(dark_row[x])
        signal = level - below if level > below else np.uint32(0)
        # Both factors have 16 bits: their product fits 32.
        product = np.uint32(signal * np.uint32(gain_row[x])) >> np.uint32(GAIN_BITS)
        levels[x] = np.uint16(product) if product < np.uint32(_WHITE) else np.uint16(_WHITE)


@njit(nogil=True, cache=True)
def _undo_gamma(levels: Levels, table: Levels) -> None:
    for x in range(levels.shape[0]):
        levels[x] = table[levels[x]]


@njit(nogil=True, cache=True)
def _luminance(levels: Levels, linear: Levels) -> None:
    for x in range(linear.shape[0]):
        blue = np.uint32(levels[3 * x]) * np.uint32(BLUE)
        green = np.uint32(levels[3 * x + 1]) * np.uint32(GREEN)
        red = np.uint32(levels[3 * x + 2]) * np.uint32(RED)
        linear[x] = np.uint32(blue + green + red) >> np.uint32(16)


@njit(nogil=True, cache=True)
def _to_bytes(linear: Levels, lightness: NDArray[np.uint8]) -> None:
    for x in range(linear.shape[0]):
        level = linear[x]
        # level / 257, rounded, without leaving 16 bits
        lightness[x] = np.uint16(level - (level >> 8) + 128) >> 8


@njit(nogil=True, cache=True)
def _add(levels: Levels, sums: Sums) -> None:
    for x in range(levels.shape[0]):
        sums[x] += levels[x]


@njit(nogil=True, cache=True)
def _mean_colour(sums: Sums, colour: NDArray[np.float32]) -> None:
    """Means of 4 x 4 pixels of each channel, from their columns' sums, which start anew."""
    for x in range(colour.shape[0]):
        for c in range(3):
            at = 12 * x + c
            total = np.int32(sums[at] + sums[at + 3] + sums[at + 6] + sums[at + 9])
            colour[x, c] = np.float32(total) * _MEAN_OF_16
    sums[:] = 0


@njit(nogil=True, cache=True)
def _decimate(
    above: Levels, upper: Levels, lower: Levels, below: Levels,
    column: NDArray[np.int32], half: NDArray[np.float32],
) -> None:  # fmt: skip
    """Half the resolution of four rows by the binomial 1, 3, 3, 1, both ways.

    `column` has a pixel more than the rows at each end. Every sum fits 22 bits: exact in float32.
    """
    columns = upper.shape[0]
    inside = column[1 : columns + 1]
    for x in range(columns):
        outer = np.int32(above[x]) + np.int32(below[x])
        inside[x] = outer + np.int32(3) * (np.int32(upper[x]) + np.int32(lower[x]))
    column[0] = column[1]
    column[columns + 1] = column[columns]
    for x in range(half.shape[0]):
        outer = column[2 * x] + column[2 * x + 3]
        total = outer + np.int32(3) * (column[2 * x + 1] + column[2 * x + 2])
        half[x] = np.float32(np.int32(total)) * _MEAN_OF_64


@njit(nogil=True, cache=True)
def _mean_of_pairs(
    upper: NDArray[np.float32], lower: NDArray[np.float32], quarter: NDArray[np.float32]
) -> None:
    for x in range(quarter.shape[0]):
        left = upper[2 * x] + lower[2 * x]
        right = upper[2 * x + 1] + lower[2 * x + 1]
        quarter[x] = (left + right) * _QUARTER


@njit(nogil=True, cache=True)
def _smaller(
    linear: Levels, row: int, last: int, column: NDArray[np.int32],
    half: NDArray[np.float32], quarter: NDArray[np.float32],
) -> None:  # fmt: skip
    """The row of `half` that lies above `row`, and of `quarter` where it is complete.

    `linear`: the last four rows, row r in line r % 4; `last` is the last row that there is: those
    that a binomial lacks beyond a border repeat the border's.
    """
    at = row // 2 - 1
    if row % 2 != 0 or at < 0 or at >= half.shape[0]:
        return
    above, below = max(row - 3, 0), min(row, last)
    _decimate(
        linear[above % 4], linear[(row - 2) % 4], linear[(row - 1) % 4], linear[below % 4],
        column, half[at],
    )  # fmt: skip
    if at % 2 == 1 and at // 2 < quarter.shape[0]:
        _mean_of_pairs(half[at - 1], half[at], quarter[at // 2])


@njit(nogil=True, cache=True)
def mono(
    pixels: Raw, dark: Levels, gain: Levels, table: Levels, dark_below: Level,
    saturated_from: Level, first: int, after: int, lightness: NDArray[np.uint8],
    half: NDArray[np.float32], quarter: NDArray[np.float32], sums: Sums, counts: Levels,
) -> None:  # fmt: skip
    """Linearise the rows `first` to `after` of (rows, columns) uint8 or uint16 pixels.

    `first` is a multiple of 4, and so is `after`, or it is the number of rows. `dark` and `gain`:
    (rows, columns) uint16, corrected = (level - dark) x gain / 2**GAIN_BITS; (0, 0): no fields.
    `table`: (65536,) uint16, linear light of every corrected level; (0,): they are linear. Dark is
    below `dark_below`, saturated from `saturated_from` on, both of the pixels' type.

    Fills these rows of `lightness` (rows, columns) uint8, 255 is full scale, unless it is (0, 0);
    of `half` (rows // 2, columns // 2) float32, 1 is full scale, binomial means of 4 x 4 pixels;
    and of `quarter` (rows // 4, columns // 4) float32, means of 2 x 2 of `half`. Adds to `sums`
    (columns,) uint32 the raw levels of every column, and to `counts` (2, columns) uint16 its dark
    and its saturated pixels. Checks nothing: `normalise.linearise` does.
    """
    rows, columns = pixels.shape
    linear = np.zeros((4, columns), np.uint16)
    column = np.zeros(columns + 2, np.int32)
    for row in range(max(first - 1, 0), min(after + 1, rows)):
        line = linear[row % 4]
        _corrected(pixels[row], dark, gain, row, line)
        if table.shape[0] > 0:
            _undo_gamma(line, table)
        if first <= row < after:
            _count_mono(pixels[row], dark_below, saturated_from, sums, counts)
            if lightness.shape[0] > 0:
                _to_bytes(line, lightness[row])
        if row > first:
            _smaller(linear, row, rows - 1, column, half, quarter)
    if after == rows:
        _smaller(linear, rows, rows - 1, column, half, quarter)


@njit(nogil=True, cache=True)
def bgr(
    pixels: Raw, dark: Levels, gain: Levels, table: Levels, dark_below: Level,
    saturated_from: Level, first: int, after: int, lightness: NDArray[np.uint8],
    half: NDArray[np.float32], quarter: NDArray[np.float32], sums: Sums, counts: Levels,
    colour: NDArray[np.float32],
) -> None:  # fmt: skip
    """The same for the luminance of (rows, 3 x columns) uint8, interleaved B, G, R.

    Luminance by Rec. ITU-R BT.709-6, item 3.2. A pixel is dark where all channels are, saturated
    where any is; its raw levels are summed over the channels. Fills `colour` (rows // 4,
    columns // 4, 3) float32, means of 4 x 4 corrected pixels, gamma not undone.
    """
    rows = pixels.shape[0]
    columns = sums.shape[0]
    levels = np.zeros(3 * columns, np.uint16)
    linear = np.zeros((4, columns), np.uint16)
    column = np.zeros(columns + 2, np.int32)
    bands = np.zeros(3 * columns, np.uint32)
    for row in range(max(first - 1, 0), min(after + 1, rows)):
        _corrected(pixels[row], dark, gain, row, levels)
        if first <= row < after:
            _count_bgr(pixels[row], dark_below, saturated_from, sums, counts)
            _add(levels, bands)
            if row % 4 == 3 and row // 4 < colour.shape[0]:  # noqa: PLR2004 - the last of four
                _mean_colour(bands, colour[row // 4])
        if table.shape[0] > 0:
            _undo_gamma(levels, table)
        line = linear[row % 4]
        _luminance(levels, line)
        if first <= row < after and lightness.shape[0] > 0:
            _to_bytes(line, lightness[row])
        if row > first:
            _smaller(linear, row, rows - 1, column, half, quarter)
    if after == rows:
        _smaller(linear, rows, rows - 1, column, half, quarter)
