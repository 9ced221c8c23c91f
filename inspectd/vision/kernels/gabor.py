"""Complex Gabor energy, separably.

Source of the wavelets: J. G. Daugman, J. Opt. Soc. Am. A 2 (1985) 1160; of their quadrature energy:
E. H. Adelson and J. R. Bergen, ibid. 284.

With a round Gaussian envelope the Gabor wavelet exp(i (fx x + fy y)) g(x) g(y) is a product of a
row filter and a column filter. Orientations theta and -theta share both (fy only changes sign),
even and odd taps share the sums and differences of mirrored pixels, and the mean that a wavelet
would pass is one Gaussian shared by all.

A tile of columns is worked off row by row, so that everything but the picture itself stays in the
L1 and L2 cache. What makes LLVM vectorise the inner loops, measured with numba 0.68: buffers with
the constant stride STRIDE, no more than a few distinct buffers in a loop, a plain comparison
instead of `max`, and tap counts known when compiling: every kernel here is compiled once for each
length of the tuple `taps`, which holds nothing. Loops over taps are short, because LLVM does not
unroll long ones, and then does not vectorise the loop around them either.

All values are float32 and lengths are in pixels of the half-resolution picture; a line is flat,
one row of a tile with its halos, and `width` of its values are used.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

LARGEST_RADIUS = 20
_TILE = 640
# Room for both halos; 43 cache lines, an odd number, spread over all cache sets.
STRIDE = _TILE + 2 * LARGEST_RADIUS + 8

Line = NDArray[np.float32]
Taps = tuple[int, ...]

_FAST = {"contract", "nsz"}  # fused multiply-add; no re-ordering, so results are reproducible


@njit(nogil=True, cache=True)
def _reflect(index: int, size: int) -> int:
    """Index inside 0..size-1 that a mirror at each border centre (cv2 BORDER_REFLECT_101) shows."""
    period = 2 * (size - 1)
    wrapped = index % period
    return period - wrapped if wrapped >= size else wrapped


@njit(nogil=True, cache=True, fastmath=_FAST)
def _mirror_rows(
    half: Line, row: int, first: int, last: int, plus: Line, minus: Line, taps: Taps
) -> None:
    """Sums and differences of the rows mirrored about `row`; line 0 of both is the row itself."""
    rows = half.shape[0]
    width = last - first
    centre = half[row, first:last]
    for x in range(width):
        plus[x] = centre[x]
    for j in range(1, len(taps) + 1):
        above = half[_reflect(row - j, rows), first:last]
        below = half[_reflect(row + j, rows), first:last]
        plus_line = plus[j * STRIDE : (j + 1) * STRIDE]
        minus_line = minus[j * STRIDE : (j + 1) * STRIDE]
        for x in range(width):
            plus_line[x] = below[x] + above[x]
            minus_line[x] = below[x] - above[x]


@njit(nogil=True, cache=True, fastmath=_FAST)
def _columns(
    plus: Line, minus: Line, cosine: Line, sine: Line, width: int, even: Line, odd: Line, taps: Taps
) -> None:
    """Column filter of one frequency: its even part to `even`, its odd part to `odd`."""
    for x in range(width):
        cosine_sum = cosine[0] * plus[x]
        sine_sum = sine[0] * plus[x]  # sine[0] is 0; written so, the loop is vectorised
        for j in range(1, len(taps) + 1):
            cosine_sum += cosine[j] * plus[x + j * STRIDE]
            sine_sum += sine[j] * minus[x + j * STRIDE]
        even[x] = cosine_sum
        odd[x] = sine_sum


@njit(nogil=True, cache=True)
def _fill_halo(lines: Line, count: int, start: int, end: int, columns: int, taps: Taps) -> None:
    """Reflect the columns that a tile's lines lack beyond the picture's left and right border."""
    first = start - len(taps)
    for line in range(count):
        tile = lines[line * STRIDE : (line + 1) * STRIDE]
        for x in range(first, 0):
            tile[x - first] = tile[_reflect(x, columns) - first]
        for x in range(columns, end + len(taps)):
            tile[x - first] = tile[_reflect(x, columns) - first]


@njit(nogil=True, cache=True, fastmath=_FAST)
def _blur(line: Line, smooth: Line, width: int, blurred: Line, taps: Taps) -> None:
    """Row filter of a real, even kernel: the Gaussian."""
    radius = len(taps)
    for x in range(width):
        mean = smooth[0] * line[x + radius]
        for j in range(1, radius + 1):
            mean += smooth[j] * (line[x + radius + j] + line[x + radius - j])
        blurred[x] = mean


@njit(nogil=True, cache=True, fastmath=_FAST)
def _row(
    line: Line, cosine: Line, sine: Line, width: int, even: Line, odd: Line, taps: Taps
) -> None:
    """Row filter of one frequency: its even part to `even`, its odd part to `odd`."""
    radius = len(taps)
    for x in range(width):
        cosine_sum = cosine[0] * line[x + radius]
        sine_sum = np.float32(0.0)
        for j in range(1, radius + 1):
            right = line[x + radius + j]
            left = line[x + radius - j]
            cosine_sum += cosine[j] * (right + left)
            sine_sum += sine[j] * (right - left)
        even[x] = cosine_sum
        odd[x] = sine_sum


@njit(nogil=True, cache=True, fastmath=_FAST)
def _keep_one(
    real: Line, imaginary: Line, blurred: Line, mean_gain: float, width: int, best: Line
) -> None:
    """Keep in `best` the larger of what it holds and this wavelet's squared magnitude."""
    for x in range(width):
        zero_mean = real[x] - mean_gain * blurred[x]
        power = zero_mean * zero_mean + imaginary[x] * imaginary[x]
        before = best[x]
        best[x] = power if power > before else before


@njit(nogil=True, cache=True, fastmath=_FAST)
def _keep_pair(
    odd: Line, cosine: Line, sine: Line, width: int,
    row_even: Line, row_odd: Line, blurred: Line, mean_gain: float, best: Line, taps: Taps,
) -> None:  # fmt: skip
    """The same for theta and -theta, from the row filter of the even line and from the odd line.

    With cc, sc = row filter's even and odd part of the column filter's even part, and cs, ss those
    of its odd part, the wavelets are (cc -+ ss) + i (sc +- cs), and the larger square is
    cc2 + sc2 + cs2 + ss2 + 2 |cc ss - sc cs|.
    """
    radius = len(taps)
    two = np.float32(2.0)
    for x in range(width):
        cs = cosine[0] * odd[x + radius]
        ss = np.float32(0.0)
        for j in range(1, radius + 1):
            right = odd[x + radius + j]
            left = odd[x + radius - j]
            cs += cosine[j] * (right + left)
            ss += sine[j] * (right - left)
        cc = row_even[x] - mean_gain * blurred[x]
        sc = row_odd[x]
        power = cc * cc + sc * sc + cs * cs + ss * ss + two * abs(cc * ss - sc * cs)
        before = best[x]
        best[x] = power if power > before else before


@njit(nogil=True, cache=True, fastmath=_FAST)
def _root(best: Line, magnitude: Line) -> None:
    for x in range(magnitude.shape[0]):
        magnitude[x] = math.sqrt(best[x])


@njit(nogil=True, cache=True)
def energy(
    half: Line, column_cosine: Line, column_sine: Line, row_cosine: Line, row_sine: Line,
    mean_gain: Line, magnitude: Line, taps: Taps,
) -> None:  # fmt: skip
    """Fill `magnitude` (rows, columns) float32 from `half` of the same shape and type.

    Both are at least 2 x 2; `magnitude` is in the units of `half`, where 1 is full scale: the
    largest modulus over the orientations. Filters are (orientations // 2 + 1, radius + 1) float32:
    one row for each angle from 0 to 90 degrees, taps 0 to radius of the even (cosine) or odd (sine)
    side. `mean_gain`: (orientations // 2 + 1,) float32, what each wavelet passes of a flat picture,
    relative to the Gaussian; `taps`: a tuple of `radius` zeros. Borders are mirrored (cv2
    BORDER_REFLECT_101). Checks nothing: `texture.gabor_energy` does.
    """
    rows, columns = half.shape
    last = column_cosine.shape[0] - 1
    radius = len(taps)
    smooth = row_cosine[last]
    plus = np.zeros((radius + 1) * STRIDE, np.float32)
    minus = np.zeros((radius + 1) * STRIDE, np.float32)
    even = np.zeros((last + 1) * STRIDE, np.float32)
    odd = np.zeros((last + 1) * STRIDE, np.float32)
    real = np.zeros(STRIDE, np.float32)
    imaginary = np.zeros(STRIDE, np.float32)
    blurred = np.zeros(STRIDE, np.float32)
    best = np.zeros(STRIDE, np.float32)
    for start in range(0, columns, _TILE):
        end = min(start + _TILE, columns)
        first = max(start - radius, 0)
        after = min(end + radius, columns)
        skipped = first - (start - radius)
        width = end - start
        for row in range(rows):
            _mirror_rows(half, row, first, after, plus, minus, taps)
            for k in range(last + 1):
                line = k * STRIDE + skipped
                _columns(
                    plus, minus, column_cosine[k], column_sine[k], after - first,
                    even[line:], odd[line:], taps,
                )  # fmt: skip
            _fill_halo(even, last + 1, start, end, columns, taps)
            _fill_halo(odd, last + 1, start, end, columns, taps)
            _blur(even, smooth, width, blurred, taps)
            best[:] = 0.0
            _row(even, row_cosine[0], row_sine[0], width, real, imaginary, taps)
            _keep_one(real, imaginary, blurred, mean_gain[0], width, best)
            _blur(even[last * STRIDE :], smooth, width, real, taps)
            _blur(odd[last * STRIDE :], smooth, width, imaginary, taps)
            _keep_one(real, imaginary, blurred, mean_gain[last], width, best)
            for k in range(1, last):
                cosine, sine = row_cosine[k], row_sine[k]
                _row(even[k * STRIDE :], cosine, sine, width, real, imaginary, taps)
                _keep_pair(
                    odd[k * STRIDE :], cosine, sine, width,
                    real, imaginary, blurred, mean_gain[k], best, taps,
                )  # fmt: skip
            _root(best, magnitude[row, start:end])
