"""Complex Gabor energy at a quarter of the resolution, separably.

Source of the wavelets: J. G. Daugman, J. Opt. Soc. Am. A 2 (1985) 1160; of their quadrature energy:
E. H. Adelson and J. R. Bergen, ibid. 284.

With a round Gaussian envelope the Gabor wavelet exp(i (fx x + fy y)) g(x) g(y) is a product of a
row filter and a column filter. Orientations theta and -theta share both (fy only changes sign),
even and odd taps share the sums and differences of mirrored pixels, and the mean that a wavelet
would pass is one Gaussian shared by all.

The wavelet's magnitude changes no faster than its envelope, which is wide compared with a pixel, so
it is worked out at every second pixel of every second row only: between pixels, in the middle of
the 2 x 2 that one quarter-resolution pixel stands for. A row is therefore kept as its even pixels,
followed by its odd ones: each tap then reads neighbouring values for neighbouring results.

A tile of columns is worked off row by row, so that everything but the picture itself stays in the
L1 and L2 cache. What makes LLVM vectorise the inner loops, measured with numba 0.68: loops of a
length known when compiling (LINE, a multiple of every vector's length; what it exceeds a tile by is
worked out and thrown away), no more than a few distinct buffers in a loop, a plain comparison
instead of `max`, and tap counts known when compiling: every kernel here is compiled once for each
length of the tuple `taps`, which holds nothing.

All values are float32 and lengths are in pixels of the half-resolution picture.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

LARGEST_RADIUS = 20
LINE = 320
PAIR = 2 * LINE

Line = NDArray[np.float32]
Taps = tuple[int, ...]

_FAST = {"contract", "nsz"}  # fused multiply-add; no re-ordering, so results are reproducible


@njit(nogil=True, cache=True)
def reflected(index: int, size: int) -> int:
    """Index inside 0..size-1 that a mirror at each border centre (cv2 BORDER_REFLECT_101) shows."""
    period = 2 * (size - 1)
    wrapped = index % period
    return period - wrapped if wrapped >= size else wrapped


@njit(nogil=True, cache=True)
def _part(row: Line, first: int, halo: int, parted: Line) -> None:
    """Even pixels, then odd ones, of LINE pairs from pixel `first` on.

    Beyond a border, they are mirrored as far as a row filter reaches: `halo` pairs.
    """
    columns = row.shape[0]
    # Pairs from `start` to `end` are in the row.
    start = (max(-first, 0) + 1) // 2
    end = max(start, min(LINE, (columns - first) // 2))
    inside = row[first + 2 * start : first + 2 * end]
    even = parted[start:end]
    odd = parted[LINE + start : LINE + end]
    for x in range(end - start):
        even[x] = inside[2 * x]
        odd[x] = inside[2 * x + 1]
    for x in range(start):
        parted[x] = row[reflected(first + 2 * x, columns)]
        parted[LINE + x] = row[reflected(first + 2 * x + 1, columns)]
    for x in range(end, min(LINE, (columns - first) // 2 + halo + 1)):
        parted[x] = row[reflected(first + 2 * x, columns)]
        parted[LINE + x] = row[reflected(first + 2 * x + 1, columns)]


@njit(nogil=True, cache=True, fastmath=_FAST)
def _mirror(above: Line, below: Line, plus: Line, minus: Line) -> None:
    for x in range(PAIR):
        plus[x] = below[x] + above[x]
        minus[x] = below[x] - above[x]


@njit(nogil=True, cache=True, fastmath=_FAST)
def _column(mirrored: Line, weights: Line, filtered: Line, taps: Taps) -> None:
    """Column filter of one parity: `mirrored` holds one line of sums, or differences, a tap."""
    for x in range(PAIR):
        total = weights[0] * mirrored[x]
        for j in range(1, len(taps)):
            total += weights[j] * mirrored[x + j * PAIR]
        filtered[x] = total


@njit(nogil=True, cache=True, fastmath=_FAST)
def _smooth(parted: Line, smooth: Line, blurred: Line, taps: Taps) -> None:
    """Row filter of a real, even kernel: the Gaussian."""
    for x in range(LINE):
        total = np.float32(0.0)
        for m in range((len(taps) + 1) // 2):
            total += smooth[2 * m] * (
                parted[x + LINE + len(taps) // 2 + m] + parted[x + len(taps) // 2 - m]
            )
        for m in range(len(taps) // 2):
            total += smooth[2 * m + 1] * (
                parted[x + len(taps) // 2 + m + 1] + parted[x + LINE + len(taps) // 2 - m - 1]
            )
        blurred[x] = total


@njit(nogil=True, cache=True, fastmath=_FAST)
def _across(
    even: Line, cosine: Line, sine: Line, blurred: Line, mean_gain: float, best: Line, taps: Taps
) -> None:
    """Put into `best` the squared magnitude of the wavelet whose crests stand across the rows."""
    for x in range(LINE):
        real = np.float32(0.0)
        imaginary = np.float32(0.0)
        for m in range((len(taps) + 1) // 2):
            left = even[x + len(taps) // 2 - m]
            right = even[x + LINE + len(taps) // 2 + m]
            real += cosine[2 * m] * (right + left)
            imaginary += sine[2 * m] * (right - left)
        for m in range(len(taps) // 2):
            left = even[x + LINE + len(taps) // 2 - m - 1]
            right = even[x + len(taps) // 2 + m + 1]
            real += cosine[2 * m + 1] * (right + left)
            imaginary += sine[2 * m + 1] * (right - left)
        real -= mean_gain * blurred[x]
        best[x] = real * real + imaginary * imaginary


@njit(nogil=True, cache=True, fastmath=_FAST)
def _along(real: Line, imaginary: Line, blurred: Line, mean_gain: float, best: Line) -> None:
    """Keep in `best` the larger of it and the wavelet whose crests lie along the rows."""
    for x in range(LINE):
        zero_mean = real[x] - mean_gain * blurred[x]
        power = zero_mean * zero_mean + imaginary[x] * imaginary[x]
        before = best[x]
        best[x] = power if power > before else before


@njit(nogil=True, cache=True, fastmath=_FAST)
def _slanting(
    even: Line, odd: Line, cosine: Line, sine: Line, blurred: Line, mean_gain: float,
    best: Line, taps: Taps,
) -> None:  # fmt: skip
    """Keep in `best` the larger of it and the wavelets of theta and -theta.

    With cc, sc = row filter's even and odd part of the column filter's even part, and cs, ss those
    of its odd part, the wavelets are (cc -+ ss) + i (sc +- cs), and the larger square is
    cc2 + sc2 + cs2 + ss2 + 2 |cc ss - sc cs|.
    """
    two = np.float32(2.0)
    for x in range(LINE):
        cc = np.float32(0.0)
        sc = np.float32(0.0)
        cs = np.float32(0.0)
        ss = np.float32(0.0)
        for m in range((len(taps) + 1) // 2):
            left = even[x + len(taps) // 2 - m]
            right = even[x + LINE + len(taps) // 2 + m]
            cc += cosine[2 * m] * (right + left)
            sc += sine[2 * m] * (right - left)
            left = odd[x + len(taps) // 2 - m]
            right = odd[x + LINE + len(taps) // 2 + m]
            cs += cosine[2 * m] * (right + left)
            ss += sine[2 * m] * (right - left)
        for m in range(len(taps) // 2):
            left = even[x + LINE + len(taps) // 2 - m - 1]
            right = even[x + len(taps) // 2 + m + 1]
            cc += cosine[2 * m + 1] * (right + left)
            sc += sine[2 * m + 1] * (right - left)
            left = odd[x + LINE + len(taps) // 2 - m - 1]
            right = odd[x + len(taps) // 2 + m + 1]
            cs += cosine[2 * m + 1] * (right + left)
            ss += sine[2 * m + 1] * (right - left)
        cc -= mean_gain * blurred[x]
        power = cc * cc + sc * sc + cs * cs + ss * ss + two * abs(cc * ss - sc * cs)
        before = best[x]
        best[x] = power if power > before else before


@njit(nogil=True, cache=True)
def _root(best: Line, magnitude: Line) -> None:
    for x in range(magnitude.shape[0]):
        magnitude[x] = math.sqrt(best[x])


@njit(nogil=True, cache=True)
def energy(
    half: Line, column_cosine: Line, column_sine: Line, row_cosine: Line, row_sine: Line,
    mean_gain: Line, first_row: int, magnitude: Line, taps: Taps,
) -> None:  # fmt: skip
    """Fill `magnitude`: rows `first_row` and on of the energy of `half`.

    `half`: (rows, columns) float32, at least 2 x 2, 1 is full scale. `magnitude`: (n, columns // 2)
    float32, in the units of `half`: the largest modulus over the orientations, in the middle of
    each 2 x 2. Filters are (orientations // 2 + 1, radius) float32: one row for each angle from 0
    to 90 degrees, taps 1/2, 3/2 ... of the even (cosine) or odd (sine) side. `mean_gain`:
    (orientations // 2 + 1,) float32, what each wavelet passes of a flat picture, relative to the
    Gaussian; `taps`: a tuple of `radius` zeros. Borders are mirrored (cv2 BORDER_REFLECT_101).
    Checks nothing: `texture.gabor_energy` does.
    """
    rows = half.shape[0]
    last = column_cosine.shape[0] - 1
    radius = len(taps)
    halo = radius // 2
    smooth = row_cosine[last]
    slots = 2 * radius
    ring = np.zeros(slots * PAIR, np.float32)
    plus = np.zeros(radius * PAIR, np.float32)
    minus = np.zeros(radius * PAIR, np.float32)
    # Behind the last value of each, a row filter reads as far as its halo, for what is thrown away.
    even = np.zeros(PAIR + 2 * LARGEST_RADIUS, np.float32)
    odd = np.zeros(PAIR + 2 * LARGEST_RADIUS, np.float32)
    real = np.zeros(LINE, np.float32)
    imaginary = np.zeros(LINE, np.float32)
    blurred = np.zeros(LINE, np.float32)
    best = np.zeros(LINE, np.float32)
    tile = LINE - 2 * halo
    for start in range(0, magnitude.shape[1], tile):
        end = min(start + tile, magnitude.shape[1])
        left = 2 * (start - halo)
        # Row r of the picture, mirrored where there is none, is in slot (r - base) % slots.
        base = 2 * first_row - radius
        for r in range(base + 1, base + slots - 1):
            slot = r - base
            _part(half[reflected(r, rows)], left, halo, ring[slot * PAIR : (slot + 1) * PAIR])
        for i in range(magnitude.shape[0]):
            upper = 2 * (first_row + i)
            for r in range(upper + radius - 1, upper + radius + 1):
                slot = (r - base) % slots
                _part(half[reflected(r, rows)], left, halo, ring[slot * PAIR : (slot + 1) * PAIR])
            for j in range(radius):
                above = (upper - j - base) % slots
                below = (upper + 1 + j - base) % slots
                _mirror(
                    ring[above * PAIR : (above + 1) * PAIR],
                    ring[below * PAIR : (below + 1) * PAIR],
                    plus[j * PAIR : (j + 1) * PAIR],
                    minus[j * PAIR : (j + 1) * PAIR],
                )
            _column(plus, column_cosine[0], even, taps)
            _smooth(even, smooth, blurred, taps)
            _across(even, row_cosine[0], row_sine[0], blurred, mean_gain[0], best, taps)
            _column(plus, column_cosine[last], even, taps)
            _column(minus, column_sine[last], odd, taps)
            _smooth(even, smooth, real, taps)
            _smooth(odd, smooth, imaginary, taps)
            _along(real, imaginary, blurred, mean_gain[last], best)
            for k in range(1, last):
                _column(plus, column_cosine[k], even, taps)
                _column(minus, column_sine[k], odd, taps)
                _slanting(even, odd, row_cosine[k], row_sine[k], blurred, mean_gain[k], best, taps)
            _root(best, magnitude[i, start:end])
