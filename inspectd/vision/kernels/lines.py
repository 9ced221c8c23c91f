"""Sums along short straight lines of every direction, and what stands out among them.

Source of the idea: M. L. Brady, "A fast discrete approximation algorithm for the Radon transform",
SIAM J. Comput. 27 (1998): a long line is two short ones end to end. Here the shortest are 8 pixels
long and start at every eighth column only, which is what makes it cheap; lines of 16 and 32 are
made of them.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

STEP = 8  # columns from one line's start to the next, and the shortest line's length

_LEAST_SHARE = 0.25  # of a line's sum, from each half

Sums = NDArray[np.float32]

_FAST = {"contract", "nsz", "reassoc"}


@njit(nogil=True, cache=True, fastmath=_FAST)
def shortest(turned: Sums, starts: NDArray[np.int64], sums: Sums) -> None:
    """Sums over lines of `STEP` pixels, one in each column.

    `turned`: (columns, rows + padding) float32, so that a column is contiguous; `starts`: (slopes,
    STEP) int64, where the line through row 0 is in each of its columns; `sums`: (columns // STEP,
    slopes, rows) float32, overwritten.
    """
    blocks, slopes, rows = sums.shape
    for block in range(blocks):
        for slope in range(slopes):
            out = sums[block, slope]
            for row in range(rows):
                out[row] = 0.0
            for k in range(STEP):
                column = turned[STEP * block + k, starts[slope, k] :]
                for row in range(rows):
                    out[row] += column[row]


@njit(nogil=True, cache=True, fastmath=_FAST)
def joined(sums: Sums, shifts: NDArray[np.int64], apart: int, longer: Sums) -> None:
    """Sums over lines twice as long: each line and the one that goes on from its end.

    `shifts`: (slopes,) int64, rows from a line to its continuation, `apart` blocks on; `longer`:
    (blocks - apart, slopes, rows), overwritten; 0 where the continuation leaves the picture.
    """
    blocks, slopes, rows = longer.shape
    for block in range(blocks):
        for slope in range(slopes):
            shift = shifts[slope]
            first, second = sums[block, slope], sums[block + apart, slope]
            out = longer[block, slope]
            for row in range(rows):
                out[row] = 0.0
            for row in range(max(0, -shift), min(rows, rows - shift)):
                out[row] = first[row] + second[row + shift]


@njit(nogil=True, cache=True)
def outstanding(
    sums: Sums,
    halves: Sums,
    apart: int,
    middle: Sums,
    scale: Sums,
    threshold: float,
    found: NDArray[np.float32],
) -> int:
    """Lines whose sum is `threshold` standard deviations from the middle, and how many.

    `middle`, `scale`: (slopes,) float32, of the sums of one direction. `found`: (n, 4) float32,
    filled with score (signed), block, slope, row. Of one direction and block only local maxima
    along the rows count; and where `apart` is not 0, only lines to whose sum both halves contribute
    (`halves`: the sums that `joined` was given), or a blot at one end would make a line.
    """
    count = 0
    blocks, slopes, rows = sums.shape
    for block in range(blocks):
        for slope in range(slopes):
            line = sums[block, slope]
            level = threshold * scale[slope]
            for row in range(1, rows - 1):
                value = abs(line[row] - middle[slope])
                if value < level:
                    continue
                if value < abs(line[row - 1] - middle[slope]):
                    continue
                if value < abs(line[row + 1] - middle[slope]):
                    continue
                if apart > 0:
                    a = halves[block, slope, row]
                    share = a / (line[row] if line[row] != 0.0 else np.float32(1.0))
                    if share < _LEAST_SHARE or share > 1.0 - _LEAST_SHARE:
                        continue
                if count < len(found):
                    found[count, 0] = (line[row] - middle[slope]) / scale[slope]
                    found[count, 1] = block
                    found[count, 2] = slope
                    found[count, 3] = row
                count += 1
    return count
