"""Distances between outlines: polygons of a few dozen corners, many pairs of them."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

_Corners = NDArray[np.float64]


@njit(cache=True, nogil=True)
def to_edge(x: float, y: float, start: _Corners, end: _Corners) -> float:
    """Distance from a point to the edge between two corners (x, y)."""
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    squared = along_x * along_x + along_y * along_y
    share = 0.0
    if squared > 0.0:
        share = ((x - start[0]) * along_x + (y - start[1]) * along_y) / squared
        share = min(1.0, max(0.0, share))
    return math.hypot(x - start[0] - share * along_x, y - start[1] - share * along_y)


@njit(cache=True, nogil=True)
def _side(start: _Corners, end: _Corners, point: _Corners) -> float:
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    return float(along_x * (point[1] - start[1]) - along_y * (point[0] - start[0]))


@njit(cache=True, nogil=True)
def border_gap(one: _Corners, other: _Corners, enough: float) -> float:
    """Smallest distance between the borders of two closed polygons, 0 where they cross.

    `one`, `other`: (n, 2) float64, C-contiguous, finite. Stops at the first distance that is no
    more than `enough`, which is then returned.
    """
    smallest = np.inf
    for i in range(len(one)):
        a, b = one[i - 1], one[i]
        for j in range(len(other)):
            c, d = other[j - 1], other[j]
            if _side(a, b, c) * _side(a, b, d) < 0.0 and _side(c, d, a) * _side(c, d, b) < 0.0:
                return 0.0
            smallest = min(smallest, to_edge(b[0], b[1], c, d), to_edge(d[0], d[1], a, b))
            if smallest <= enough:
                return smallest
    return smallest


@njit(cache=True, nogil=True)
def holds(polygon: _Corners, x: float, y: float) -> bool:
    """Whether a point lies inside a closed polygon, by the even-odd rule."""
    inside = False
    for i in range(len(polygon)):
        a, b = polygon[i - 1], polygon[i]
        if (a[1] > y) != (b[1] > y) and x < a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1]):
            inside = not inside
    return inside


@njit(cache=True, nogil=True)
def near_count(points: _Corners, polygon: _Corners, reach: float) -> int:
    """How many of the points lie in a closed polygon, or no farther than `reach` from it."""
    count = 0
    for i in range(len(points)):
        x, y = points[i]
        near = holds(polygon, x, y)
        for j in range(len(polygon)):
            if near:
                break
            near = to_edge(x, y, polygon[j - 1], polygon[j]) <= reach
        count += near
    return count
