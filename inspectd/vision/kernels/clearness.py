"""How far pieces of lines stand out of what lies beside them: many in one call.

Called piece by piece from outside, it would take turns with other threads ten times a piece.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from inspectd.vision.kernels.gabor import reflected
from inspectd.vision.kernels.median import middle_two, ordered_bits
from inspectd.vision.kernels.path import Plane, resampled, straighten

_MAD_TO_SIGMA = np.float32(1.4826)
_LEAST = np.float32(1e-9)
_EVERY_ALONG, _EVERY_ACROSS = 4, 2  # of the sums, for the median

_FAST = {"contract", "nsz", "reassoc"}


@njit(nogil=True, cache=True)
def _mirrored(size: int, radius: int) -> NDArray[np.int64]:
    """Indices inside 0..size-1 for -radius..size-1+radius (cv2 BORDER_REFLECT_101)."""
    indices = np.zeros(size + 2 * radius, np.int64)
    if size > 1:
        for at in range(len(indices)):
            indices[at] = reflected(at - radius, size)
    return indices


@njit(nogil=True, cache=True, fastmath=_FAST)
def _blurred(straight: Plane, across: Plane, along: Plane, sums: Plane) -> None:
    """Separable filter by taps 0 to radius of an even kernel; `straight` is overwritten."""
    rows, columns = straight.shape
    radius, reach = len(across) - 1, len(along) - 1
    mirror = _mirrored(columns, radius)
    padded = np.empty(columns + 2 * radius, np.float32)
    for row in range(rows):
        line = straight[row]
        for x in range(len(padded)):
            padded[x] = line[mirror[x]]
        line[:] = padded[radius : radius + columns] * across[0]
        for tap in range(1, radius + 1):
            share = across[tap]
            left, right = padded[radius - tap :], padded[radius + tap :]
            for x in range(columns):
                line[x] += share * (left[x] + right[x])
    mirror = _mirrored(rows, reach)
    for row in range(rows):
        out = sums[row]
        out[:] = straight[row] * along[0]
        for tap in range(1, reach + 1):
            share = along[tap]
            above, below = straight[mirror[row + reach - tap]], straight[mirror[row + reach + tap]]
            for x in range(columns):
                out[x] += share * (above[x] + below[x])


@njit(nogil=True, cache=True)
def _median(values: Plane) -> np.float32:
    """Of (n,) values, which are overwritten."""
    bits = values.view(np.int32)
    ordered_bits(bits)
    lower, upper = middle_two(bits)
    two = np.empty(2, np.int32)
    two[0], two[1] = lower, upper
    ordered_bits(two)
    middle = two.view(np.float32)
    return np.float32((middle[0] + middle[1]) / np.float32(2.0))


@njit(nogil=True, cache=True)
def clearest(
    lightness: NDArray[np.uint8], background: Plane, scale: int, ends: NDArray[np.float64],
    offsets: NDArray[np.float64], across: Plane, along: Plane, near: int, found: Plane,
) -> None:  # fmt: skip
    """The largest departure of sums along each piece, in standard deviations of such sums.

    `lightness`, `background`, `scale`, `offsets`: as of `path.straighten`; `ends`: (n, 2, 2)
    column and row of both ends; `across`, `along`: taps 0 to radius of the Gaussians that sum, in
    offsets and in pixels; the first and last `near` offsets only show the surface. `found`: (n,)
    float32, overwritten.
    """
    for piece in range(len(ends)):
        path = resampled(ends[piece])
        straight = np.empty((len(path), len(offsets)), np.float32)
        sums = np.empty_like(straight)
        straighten(lightness, background, scale, path, offsets, straight)
        _blurred(straight, across, along, sums)
        sample = sums[::_EVERY_ALONG, ::_EVERY_ACROSS].copy().reshape(-1)
        middle = _median(sample.copy())
        for at in range(len(sample)):
            sample[at] = abs(sample[at] - middle)
        scatter = max(_MAD_TO_SIGMA * _median(sample), _LEAST)
        largest = np.float32(0.0)
        for row in range(len(path)):
            for x in range(near, len(offsets) - near):
                apart = abs(sums[row, x] - middle)
                largest = apart if apart > largest else largest
        found[piece] = largest / scatter
