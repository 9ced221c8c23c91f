"""The exact median of many values, by halving the range of their bits instead of sorting.

A pass that only counts is done eight or sixteen values at a time; 32 of them, one for each bit,
take a tenth of the time of a partition.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

_LOWEST, _HIGHEST = -(2**31), 2**31 - 1
_MAGNITUDE = 0x7FFFFFFF


@njit(nogil=True, cache=True)
def ordered_bits(bits: NDArray[np.int32]) -> None:
    """Make of the bits of float32 values, in place, whole numbers of the same order; and back."""
    for at in range(len(bits)):
        bits[at] ^= (bits[at] >> np.int32(31)) & np.int32(_MAGNITUDE)


@njit(nogil=True, cache=True)
def middle_two(values: NDArray[np.int32]) -> tuple[int, int]:
    """The lower and the upper of the two middle ones of (n,) values; of odd n, both the same."""
    size = len(values)
    wanted = (size + 1) // 2
    lowest, highest = _LOWEST, _HIGHEST
    while lowest < highest:
        middle = (lowest + highest) >> 1
        limit = np.int32(middle)
        count = np.int32(0)
        for at in range(size):
            count += np.int32(values[at] <= limit)
        if count >= wanted:
            highest = middle
        else:
            lowest = middle + 1
    if size % 2:
        return lowest, lowest
    limit = np.int32(lowest)
    count = np.int32(0)
    above = np.int32(_HIGHEST)
    for at in range(size):
        value = values[at]
        count += np.int32(value <= limit)
        above = min(above, value if value > limit else np.int32(_HIGHEST))
    return lowest, (lowest if count > wanted else int(above))
