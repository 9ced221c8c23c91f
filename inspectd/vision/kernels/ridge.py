"""Ridges of a smooth map, to a fraction of a pixel, and the best way along a band.

Source of the ridges: C. Steger, "An unbiased detector of curvilinear structures", IEEE Trans.
Pattern Anal. Mach. Intell. 20 (1998): a point is on a ridge where the first derivative vanishes
in the direction of the strongest second derivative, within its own pixel; points are linked to
the neighbour ahead whose place and direction agree best, between two thresholds (hysteresis).
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Plane = NDArray[np.float32]
_REACH = 0.6  # of a pixel, from its centre to the ridge
_MEMORY = 5
_TINY = 1e-9


@njit(nogil=True, cache=True)
def ridge_points(level: Plane, points: NDArray[np.float32]) -> None:
    """Where the ridges of `level` run.

    `level`: (rows, columns) float32, smooth over two pixels or more; `points`: (rows, columns, 5)
    float32, overwritten: strength (the negative second derivative across, 0 where no ridge is),
    column and row of the ridge, and its direction (along columns, along rows). Derivatives are the
    least-squares fit of a quadratic to 3 x 3 pixels (facet model).
    """
    rows, columns = level.shape
    points[:] = 0.0
    for y in range(1, rows - 1):
        for x in range(1, columns - 1):
            a, b, c = level[y - 1, x - 1], level[y - 1, x], level[y - 1, x + 1]
            d, e, f = level[y, x - 1], level[y, x], level[y, x + 1]
            g, h, i = level[y + 1, x - 1], level[y + 1, x], level[y + 1, x + 1]
            gx = (c + f + i - a - d - g) / 6.0
            gy = (g + h + i - a - b - c) / 6.0
            gxx = (a + c + d + f + g + i - 2.0 * (b + e + h)) / 3.0
            gyy = (a + b + c + g + h + i - 2.0 * (d + e + f)) / 3.0
            gxy = (a + i - c - g) / 4.0
            half = 0.5 * (gxx - gyy)
            root = math.sqrt(half * half + gxy * gxy)
            strongest = 0.5 * (gxx + gyy) - root
            if strongest >= 0.0:
                continue
            # Eigenvector of the most negative curvature: across the ridge.
            nx, ny = gxy, strongest - gxx
            if abs(half - root) < abs(-half - root) and half < 0.0:
                nx, ny = strongest - gyy, gxy
            size = math.sqrt(nx * nx + ny * ny)
            if size < _TINY:
                nx, ny, size = (1.0, 0.0, 1.0) if gxx < gyy else (0.0, 1.0, 1.0)
            nx /= size
            ny /= size
            t = -(gx * nx + gy * ny) / strongest
            if abs(t * nx) > _REACH or abs(t * ny) > _REACH:
                continue
            points[y, x, 0] = -strongest
            points[y, x, 1] = x + t * nx
            points[y, x, 2] = y + t * ny
            points[y, x, 3] = -ny
            points[y, x, 4] = nx


@njit(nogil=True, cache=True)
def follow(
    points: Plane, row: int, column: int, sign: float, low: float, path: NDArray[np.float64]
) -> int:
    """Link ridge points from (row, column) in one direction, and say how many.

    `points`: of `ridge_points`; the strength of a linked point is set to its negative, so that
    none is linked twice. `sign`: 1 or -1, which way along the direction. `low`: the least
    strength. `path`: (n, 2) float64, filled with (column, row).
    """
    rows, columns = points.shape[:2]
    dx, dy = sign * points[row, column, 3], sign * points[row, column, 4]
    count = 0
    while count < len(path):
        best, best_row, best_column = 1e9, -1, -1
        for v in range(max(0, row - 1), min(rows, row + 2)):
            for u in range(max(0, column - 1), min(columns, column + 2)):
                if points[v, u, 0] < low or points[v, u, 0] <= 0.0:
                    continue
                ahead_x = points[v, u, 1] - points[row, column, 1]
                ahead_y = points[v, u, 2] - points[row, column, 2]
                distance = math.sqrt(ahead_x * ahead_x + ahead_y * ahead_y)
                if ahead_x * dx + ahead_y * dy < 0.3 * distance or distance < _TINY:
                    continue
                if count >= _MEMORY:
                    # A line bends, but does not turn back within a few pixels, as a rim does.
                    back_x = points[row, column, 1] - path[count - _MEMORY, 0]
                    back_y = points[row, column, 2] - path[count - _MEMORY, 1]
                    far = math.sqrt(back_x * back_x + back_y * back_y)
                    if ahead_x * back_x + ahead_y * back_y < 0.7 * far * distance:
                        continue
                turn = abs(points[v, u, 3] * dy - points[v, u, 4] * dx)
                if distance + turn < best:
                    best, best_row, best_column = distance + turn, v, u
        if best_row < 0:
            break
        row, column = best_row, best_column
        if points[row, column, 3] * dx + points[row, column, 4] * dy < 0.0:
            dx, dy = -points[row, column, 3], -points[row, column, 4]
        else:
            dx, dy = points[row, column, 3], points[row, column, 4]
        path[count, 0], path[count, 1] = points[row, column, 1], points[row, column, 2]
        points[row, column, 0] = -points[row, column, 0]
        count += 1
    return count


@njit(nogil=True, cache=True)
def best_way(match: Plane, bend_cost: float, steepest: int, way: NDArray[np.int64]) -> None:
    """The way along a band that gathers most, by dynamic programming.

    `match`: (steps, positions across) float32, what each place is worth; a change of position by k
    from one step to the next costs `bend_cost` k², and k is at most `steepest`. `way`: (steps,)
    int64, overwritten with positions.
    """
    steps, across = match.shape
    gathered = match[0].astype(np.float64)
    best = np.empty(across)
    # As wide as what it is chosen along with, or the inner loop would not be done in one go.
    came = np.empty(across, np.int64)
    moves = np.zeros((steps, across), np.int8)
    for step in range(1, steps):
        best[:] = -1e18
        came[:] = 0
        for k in range(-steepest, steepest + 1):
            cost = bend_cost * k * k
            first, last = max(0, -k), min(across, across - k)
            reached, gains, ways = best[first:last], gathered[first + k :], came[first:last]
            for here in range(len(reached)):
                worth = gains[here] - cost
                better = worth > reached[here]
                reached[here] = worth if better else reached[here]
                ways[here] = k if better else ways[here]
        for here in range(across):
            gathered[here] = best[here] + match[step, here]
            moves[step, here] = came[here]
    here = int(np.argmax(gathered))
    for step in range(steps - 1, -1, -1):
        way[step] = here
        here += moves[step, here]
