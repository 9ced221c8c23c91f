"""Paths, and the picture straightened along them: the inner loops of following a line.

A path is (n, 2) float64, column and row in pixels of the picture, one point a pixel or nearly so.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Points = NDArray[np.float64]

_OUTER = 4  # positions at each end of a profile that show the surface


@njit(nogil=True, cache=True)
def normals(path: Points) -> Points:
    """Unit vectors across the path, (n, 2), at each of its points."""
    count = len(path)
    aside = np.zeros((count, 2))
    for at in range(count):
        before, after = max(at - 1, 0), min(at + 1, count - 1)
        apart = max(after - before, 1)
        x = (path[after, 0] - path[before, 0]) / apart
        y = (path[after, 1] - path[before, 1]) / apart
        size = max(math.hypot(x, y), 1e-9)
        aside[at, 0] = -y / size
        aside[at, 1] = x / size
    return aside


@njit(nogil=True, cache=True)
def straighten(
    lightness: NDArray[np.uint8],
    background: Plane,
    scale: int,
    path: Points,
    offsets: NDArray[np.float64],
    straight: Plane,
) -> None:
    """Lightness (255 is 1) less its background, at `offsets` to the right of every point.

    Bilinear. Beyond its border the picture is mirrored and the background, which has one pixel for
    `scale` x `scale`, goes on. `straight`: (n, offsets) float32, overwritten.
    """
    aside = normals(path)
    rows, columns = lightness.shape
    first, last, count = offsets[0], offsets[-1], len(offsets)
    xs, ys, surface = (
        np.empty(count, np.float32),
        np.empty(count, np.float32),
        np.empty(count, np.float32),
    )
    corners = np.empty((4, count), np.float32)
    middle, share = np.float32((scale - 1) / 2), np.float32(1.0 / scale)
    for at in range(len(path)):
        out = straight[at]
        within = True
        for far in (first, last):
            x, y = path[at, 0] + aside[at, 0] * far, path[at, 1] + aside[at, 1] * far
            within &= scale <= x < columns - 2 * scale and scale <= y < rows - 2 * scale
        for k in range(count):
            xs[k] = path[at, 0] + aside[at, 0] * offsets[k]
            ys[k] = path[at, 1] + aside[at, 1] * offsets[k]
        if within:
            _sampled(lightness, xs, ys, corners, out)
            for k in range(count):
                xs[k] = (xs[k] - middle) * share
                ys[k] = (ys[k] - middle) * share
            _sampled(background, xs, ys, corners, surface)
            for k in range(count):
                out[k] = out[k] * np.float32(1 / 255) - surface[k]
        else:
            for k in range(count):
                out[k] = _mirrored(lightness, xs[k], ys[k]) * np.float32(1 / 255)
                out[k] -= _clamped(background, (xs[k] - middle) * share, (ys[k] - middle) * share)


@njit(nogil=True, cache=True, inline="always")
def _between(
    a: np.float32, b: np.float32, c: np.float32, d: np.float32, fx: np.float32, fy: np.float32
) -> np.float32:
    """Bilinear, of an upper and a lower pair."""
    above, below = a + (b - a) * fx, c + (d - c) * fx
    return above + (below - above) * fy


@njit(nogil=True, cache=True)
def _sampled(
    plane: NDArray[np.uint8] | Plane, xs: Plane, ys: Plane, corners: Plane, out: Plane
) -> None:
    """Values well within a plane. In two loops: what is fetched one by one is apart."""
    flat, columns = plane.reshape(-1), np.int32(plane.shape[1])
    for k in range(len(out)):
        at = np.uint32(np.int32(ys[k]) * columns + np.int32(xs[k]))
        below = at + np.uint32(columns)
        corners[0, k], corners[1, k] = flat[at], flat[at + np.uint32(1)]
        corners[2, k], corners[3, k] = flat[below], flat[below + np.uint32(1)]
    a, b, c, d = corners[0], corners[1], corners[2], corners[3]
    for k in range(len(out)):
        fx, fy = xs[k] - np.float32(np.int32(xs[k])), ys[k] - np.float32(np.int32(ys[k]))
        out[k] = _between(a[k], b[k], c[k], d[k], fx, fy)


@njit(nogil=True, cache=True)
def _mirrored(picture: NDArray[np.uint8], x: np.float32, y: np.float32) -> np.float32:
    rows, columns = picture.shape
    left, top = math.floor(x), math.floor(y)
    fx, fy = x - np.float32(left), y - np.float32(top)
    right, bottom = _mirror(left + 1, columns), _mirror(top + 1, rows)
    left, top = _mirror(left, columns), _mirror(top, rows)
    return _between(
        np.float32(picture[top, left]),
        np.float32(picture[top, right]),
        np.float32(picture[bottom, left]),
        np.float32(picture[bottom, right]),
        fx,
        fy,
    )


@njit(nogil=True, cache=True)
def _mirror(at: int, size: int) -> int:
    while at < 0 or at >= size:
        at = -at if at < 0 else 2 * size - 2 - at
    return at


@njit(nogil=True, cache=True)
def _clamped(plane: Plane, x: np.float32, y: np.float32) -> np.float32:
    rows, columns = plane.shape
    left, top = math.floor(x), math.floor(y)
    fx, fy = x - np.float32(left), y - np.float32(top)
    right, bottom = min(max(left + 1, 0), columns - 1), min(max(top + 1, 0), rows - 1)
    left, top = min(max(left, 0), columns - 1), min(max(top, 0), rows - 1)
    return _between(
        plane[top, left], plane[top, right], plane[bottom, left], plane[bottom, right], fx, fy
    )


@njit(nogil=True, cache=True)
def resampled(path: Points) -> Points:
    """The path at one point a pixel of its length."""
    along = np.zeros(len(path))
    for at in range(1, len(path)):
        along[at] = along[at - 1] + math.hypot(
            path[at, 0] - path[at - 1, 0], path[at, 1] - path[at - 1, 1]
        )
    count = math.ceil(along[-1] + 1e-9)
    even = np.empty((count, 2))
    at = 0
    for wanted in range(count):
        while at < len(path) - 2 and along[at + 1] <= wanted:
            at += 1
        after = min(at + 1, len(path) - 1)
        size = along[after] - along[at]
        share = min((wanted - along[at]) / size, 1.0) if size > 0.0 else 0.0
        for axis in range(2):
            even[wanted, axis] = path[at, axis] + share * (path[after, axis] - path[at, axis])
    return even


@njit(nogil=True, cache=True)
def smoothed(points: Points, powers: Points, inverse: Points) -> Points:
    """Each point on the cubic through its neighbours; the outermost cubics hold for the ends.

    `powers`: (2 reach + 1, 4), the cubic's terms at the neighbours; `inverse`: (4, 2 reach + 1),
    its pseudo-inverse. There are as many points at least.
    """
    width = len(powers)
    reach, count = width // 2, len(points)
    smooth = np.empty((count, 2))
    for axis in range(2):
        for at in range(reach, count - reach):
            total = 0.0
            for k in range(width):
                total += inverse[0, k] * points[at - reach + k, axis]
            smooth[at, axis] = total
        for end in range(2):
            first = end * (count - width)
            cubic = np.zeros(inverse.shape[0])
            for term in range(len(cubic)):
                for k in range(width):
                    cubic[term] += inverse[term, k] * points[first + k, axis]
            for k in range(reach):
                near = k if end == 0 else reach + 1 + k
                total = 0.0
                for term in range(len(cubic)):
                    total += powers[near, term] * cubic[term]
                smooth[first + near, axis] = total
    return smooth


@njit(nogil=True, cache=True)
def onwards(stretch: Points, by: int, bent_points: int, straight_px: float) -> Points:
    """(by, 2) points past the last one of a stretch, with its bend.

    A straight line is fitted; to more than `bent_points` that are farther from it than
    `straight_px` in their root mean square, a parabola.
    """
    count = len(stretch)
    middle = (count - 1) / 2.0
    squares = (count * count - 1) / 12.0  # mean square distance from the middle
    ahead = np.empty((by, 2))
    mean, slope, bend = np.zeros(2), np.zeros(2), np.zeros(2)
    off = 0.0
    power_one, power_two = 0.0, 0.0
    for at in range(count):
        t = at - middle
        power_one += t * t
        power_two += (t * t - squares) ** 2
    for axis in range(2):
        for at in range(count):
            t = at - middle
            mean[axis] += stretch[at, axis] / count
            slope[axis] += t * stretch[at, axis] / power_one
            bend[axis] += (t * t - squares) * stretch[at, axis] / max(power_two, 1e-9)
        for at in range(count):
            rest = stretch[at, axis] - mean[axis] - slope[axis] * (at - middle)
            off += rest * rest
    bent = count > bent_points and math.sqrt(off / count) > straight_px
    for axis in range(2):
        for k in range(by):
            t = middle + k + 1.0
            ahead[k, axis] = mean[axis] + slope[axis] * t
            if bent:
                ahead[k, axis] += bend[axis] * (t * t - squares)
    return ahead


@njit(nogil=True, cache=True)
def within(points: Points, rows: int, columns: int) -> int:
    """How many of the first points lie a pixel or more within a picture, one after the other."""
    for at in range(len(points)):
        x, y = points[at]
        if x < 1.0 or y < 1.0 or x > columns - 2.0 or y > rows - 2.0:
            return at
    return len(points)


@njit(nogil=True, cache=True)
def own_profile(
    planes: Plane, skipped: int, usual_times: float, faint_share: float
) -> NDArray[np.float64]:
    """The mean profile across, without its outermost `skipped` positions; what is faint is 0.

    A point with more than `usual_times` the usual power counts for less.
    """
    count, across = planes.shape[0], planes.shape[1] - 2 * skipped
    power = np.zeros(count, np.float32)
    for at in range(count):
        near = planes[at, skipped : skipped + across]
        total = 0.0
        for k in range(across):
            total += near[k] * near[k]
        power[at] = total
    usual = max(usual_times * float(np.median(power)), 1e-12)
    mean = np.zeros(across)
    weights = 0.0
    for at in range(count):
        weight = min(1.0, usual / max(power[at], usual))
        weights += weight
        near = planes[at, skipped : skipped + across]
        for k in range(across):
            mean[k] += weight * near[k]
    mean /= weights
    mean -= np.median(np.concatenate((mean[:_OUTER], mean[-_OUTER:])))
    smooth = np.zeros(across)
    for k in range(across):
        for near_by in range(max(k - 1, 0), min(k + 2, across)):
            smooth[k] += mean[near_by] / 3.0
    highest = np.abs(smooth).max()
    for k in range(across):
        if abs(smooth[k]) <= faint_share * highest:
            mean[k] = 0.0
    return mean


@njit(nogil=True, cache=True, fastmath={"contract", "nsz"})
def matched(planes: Plane, kernel: Plane, match: Plane) -> None:
    """The sum of `kernel` times its positions across, at every place where all of it fits."""
    for at in range(len(planes)):
        out = match[at]
        out[:] = 0.0
        for k in range(len(kernel)):
            near = planes[at, k : k + len(out)]
            weight = kernel[k]
            for place in range(len(out)):
                out[place] += weight * near[place]


@njit(nogil=True, cache=True)
def longest_stretch(
    on: NDArray[np.float64], height: float, least: float, longest_gap: int
) -> tuple[int, int]:
    """First and one past the last of the points that gather the most (Kadane).

    Each is worth what it has above `least` of `height`; gaps over `longest_gap` end a stretch.
    """
    best, best_first, best_last = 0.0, 0, 0
    total, first, gap = 0.0, 0, 0
    for place in range(len(on)):
        worth = min(on[place] / height, 1.2) - least
        gap = gap + 1 if worth < 0.0 else 0
        if total <= 0.0 or gap > longest_gap:
            total, first = 0.0, place
        total += worth
        if total > best:
            best, best_first, best_last = total, first, place + 1
    return best_first, best_last
