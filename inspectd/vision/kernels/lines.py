"""Sums along short straight lines of every direction, and what stands out among them.

Source of the idea: M. L. Brady, "A fast discrete approximation algorithm for the Radon transform",
SIAM J. Comput. 27 (1998): a long line is two short ones end to end. Here the shortest are 8 pixels
long and start at every eighth column only, which is what makes it cheap; lines of 16 and 32 are
made of them.

One direction after the other, so that all of its sums stay in the L2 cache; in 16 bits, so that
a register holds 32 of them.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from inspectd.vision.kernels.median import middle_two

STEP = 8  # columns from one line's start to the next, and the shortest line's length
LENGTHS = (8, 16, 32)
LEVELS = 1_020  # most of a pixel, either sign: 32 of them fit 16 bits

_LEAST_SHARE = 0.25  # of a line's sum, from each half
_MAD_TO_SIGMA = 1.4826
_LARGEST = 32_767

Sums = NDArray[np.int16]


@njit(nogil=True, cache=True)
def stand_out(
    turned: Sums,
    starts: NDArray[np.int64],
    shifts: NDArray[np.int64],
    threshold: float,
    unit: float,
    samples: int,
    found: NDArray[np.float32],
) -> int:
    """Lines whose sum is `threshold` standard deviations from their direction's, and how many.

    `turned`: (columns, rows + padding) int16, so that a column is contiguous, `LEVELS` at most;
    `starts`: (slopes, STEP) int64, where the line through row 0 is in each of its columns;
    `shifts`: (slopes, 2) int64, rows from a line of 8 and of 16 to the one that goes on from its
    end. `unit`: what one standard deviation of a pixel is in `turned`; a flat picture has no scale
    of its own, and gets that of independent pixels. `samples`: of each direction, for its median
    and scale. `found`: (n, 5) float32, filled with score (signed), length, block, slope, row; those
    that do not fit are counted only.

    Of one direction and block only local maxima along the rows count; and of a line that is made
    of two, only where both contribute, or a blot at one end would make a line.
    """
    slopes = len(starts)
    blocks, rows = turned.shape[0] // STEP, turned.shape[1] - 2 * STEP
    sums = np.zeros((3, blocks, rows), np.int16)
    count = 0
    for slope in range(slopes):
        _shortest(turned, starts[slope], sums[0])
        for doubling in range(3):
            apart = 1 << (doubling - 1) if doubling else 0
            # A picture narrower than a line of 32 has none of them.
            whole = blocks - (2 * apart - 1 if doubling else 0)
            if whole < 1:
                break
            now, halves = sums[doubling, :whole], sums[max(doubling - 1, 0)]
            if doubling:
                _joined(halves, shifts[slope, doubling - 1], apart, now)
            middle, scale = _middle_and_scale(now, samples)
            scale = max(scale, np.sqrt(np.float64(LENGTHS[doubling])) * unit)
            low = np.int16(max(np.floor(middle - threshold * scale), -_LARGEST))
            high = np.int16(min(np.ceil(middle + threshold * scale), _LARGEST))
            for block in range(whole):
                line = now[block]
                if not _any_beyond(line, low, high):
                    continue
                for row in range(1, rows - 1):
                    if low < line[row] < high:
                        continue
                    value = abs(line[row] - middle)
                    if value < abs(line[row - 1] - middle) or value < abs(line[row + 1] - middle):
                        continue
                    if doubling:
                        share = halves[block, row] / (line[row] if line[row] != 0 else 1)
                        if share < _LEAST_SHARE or share > 1.0 - _LEAST_SHARE:
                            continue
                    if count < len(found):
                        found[count, 0] = (line[row] - middle) / scale
                        found[count, 1] = LENGTHS[doubling]
                        found[count, 2] = block
                        found[count, 3] = slope
                        found[count, 4] = row
                    count += 1
    return count


@njit(nogil=True, cache=True)
def _shortest(turned: Sums, starts: NDArray[np.int64], sums: Sums) -> None:
    """Sums over lines of `STEP` pixels, one in each column. Unrolled: eight loads, one store."""
    blocks, rows = sums.shape
    for block in range(blocks):
        at = STEP * block
        a, b = turned[at, starts[0] :], turned[at + 1, starts[1] :]
        c, d = turned[at + 2, starts[2] :], turned[at + 3, starts[3] :]
        e, f = turned[at + 4, starts[4] :], turned[at + 5, starts[5] :]
        g, h = turned[at + 6, starts[6] :], turned[at + 7, starts[7] :]
        out = sums[block]
        for row in range(rows):
            out[row] = a[row] + b[row] + c[row] + d[row] + e[row] + f[row] + g[row] + h[row]


@njit(nogil=True, cache=True)
def _joined(sums: Sums, shift: int, apart: int, longer: Sums) -> None:
    """Sums over lines twice as long: each line and the one that goes on from its end.

    0 where the continuation leaves the picture.
    """
    blocks, rows = longer.shape
    first, last = max(0, -shift), min(rows, rows - shift)
    for block in range(blocks):
        here, there = sums[block, first:last], sums[block + apart, first + shift :]
        longer[block, :first] = 0
        longer[block, last:] = 0
        out = longer[block, first:last]
        for row in range(len(out)):
            out[row] = here[row] + there[row]


@njit(nogil=True, cache=True)
def _middle_and_scale(sums: Sums, samples: int) -> tuple[float, float]:
    """Median, and standard deviation by the median absolute deviation, of evenly spaced sums."""
    blocks, rows = sums.shape
    step = max(1, sums.size // samples) | 1
    some = np.empty(blocks * ((rows + step - 1) // step), np.int32)
    count = 0
    for block in range(blocks):
        for row in range(0, rows, step):
            some[count] = 2 * sums[block, row]
            count += 1
    lower, upper = middle_two(some)
    twice = np.int32((lower + upper) // 2)
    for at in range(count):
        some[at] = abs(some[at] - twice)
    lower, upper = middle_two(some)
    return twice / 2.0, _MAD_TO_SIGMA * (lower + upper) / 4.0


@njit(nogil=True, cache=True)
def _any_beyond(line: Sums, low: np.int16, high: np.int16) -> bool:
    """Whether any sum is `low` or below, or `high` or above."""
    beyond = np.int16(0)
    for row in range(len(line)):
        beyond |= np.int16(line[row] <= low) | np.int16(line[row] >= high)
    return bool(beyond != 0)


@njit(nogil=True, cache=True)
def next_clear(
    taken: NDArray[np.uint8],
    halos: NDArray[np.float32],
    on: NDArray[np.int64],
    score: NDArray[np.float64],
    start: int,
    most: int,
) -> int:
    """The next of the lines from number `start` on that no more than `most` places speak against.

    `taken`: (rows, columns), 1 where a clearer line is; `halos`: (2, rows, columns) float32, up to
    which score a darker and a brighter line there is a ringing; `on`: (n, places, 2) int64, columns
    and rows along each line; `score`: (n,) float64, signed. Returns n where there is none.
    """
    for at in range(start, len(on)):
        sign = 1 if score[at] > 0 else 0
        covered = ringing = 0
        for place in range(on.shape[1]):
            column, row = on[at, place]
            covered += taken[row, column]
            ringing += halos[sign, row, column] > abs(score[at])
        if covered <= most and ringing <= most:
            return at
    return len(on)
