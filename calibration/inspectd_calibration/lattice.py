"""Order in a crowd of points: which of them are a grid."""

from collections import deque

import numpy as np

from inspectd.core.frame import Points

Place = tuple[int, int]

_SEEDS = 200
# Of a step: how far from where it is expected the next point may be.
_NEAR = 0.3
# Sine of the smallest angle between the two steps of a grid.
_ACROSS = 0.4
_NEIGHBOURS = 8
# Fewer points in the outermost row, and it is dirt beside the grid.
_FULL = 0.5


def grid_of(points: Points) -> Points:
    """The largest grid among points (n, 2): (rows, columns, 2), NaN where one is missing.

    It may be turned and mirrored. Grown from a point in the middle: each next point is looked for
    where the step to the last one leads, so that perspective and a lens' bend do no harm.
    """
    best = np.empty((0, 0, 2))
    if len(points) <= _NEIGHBOURS:
        return best
    middle = np.linalg.norm(points - np.median(points, axis=0), axis=1)
    seen: set[int] = set()
    for seed in np.argsort(middle)[:_SEEDS].tolist():
        if seed in seen:
            continue
        found = _grown(points, seed)
        seen.update(found.values())
        grid = _as_array(points, found)
        if np.isfinite(grid).sum() > np.isfinite(best).sum():
            best = grid
    return best


def _grown(points: Points, seed: int) -> dict[Place, int]:
    steps = _first_steps(points, seed)
    if steps is None:
        return {}
    found: dict[Place, int] = {(0, 0): seed}
    used = {seed}
    queue = deque([((0, 0), *steps)])
    while queue:
        (row, column), right, down = queue.popleft()
        at = points[found[row, column]]
        ways = (((0, 1), right), ((0, -1), -right), ((1, 0), down), ((-1, 0), -down))
        for (by_row, by_column), step in ways:
            place = (row + by_row, column + by_column)
            distances = np.linalg.norm(points - (at + step), axis=1)
            nearest = int(distances.argmin())
            far = float(distances[nearest]) > _NEAR * float(np.linalg.norm(step))
            if place in found or nearest in used or far:
                continue
            found[place] = nearest
            used.add(nearest)
            made = points[nearest] - at
            queue.append(
                (place, by_column * made, down) if by_column else (place, right, by_row * made)
            )
    return found


def _first_steps(points: Points, seed: int) -> tuple[Points, Points] | None:
    """From one point to the nearest, and to the nearest in another direction."""
    ways = points - points[seed]
    lengths = np.linalg.norm(ways, axis=1)
    order = np.argsort(lengths)[1 : _NEIGHBOURS + 1]
    right = ways[order[0]]
    for down in ways[order[1:]]:
        turn = abs(right[0] * down[1] - right[1] * down[0])
        if turn > _ACROSS * np.linalg.norm(right) * np.linalg.norm(down):
            return right, down
    return None


def _as_array(points: Points, found: dict[Place, int]) -> Points:
    if not found:
        return np.empty((0, 0, 2))
    places = np.array(list(found))
    places -= places.min(axis=0)
    grid = np.full((*(places.max(axis=0) + 1), 2), np.nan)
    grid[tuple(places.T)] = points[list(found.values())]
    return _trimmed(grid)


def _trimmed(grid: Points) -> Points:
    """Without outermost rows and columns that are hardly there."""
    while grid.size:
        there = np.isfinite(grid[..., 0])
        sides = (there[0], there[-1], there[:, 0], there[:, -1])
        emptiest = int(np.argmin([side.mean() for side in sides]))
        if sides[emptiest].mean() >= _FULL:
            break
        grid = (grid[1:], grid[:-1], grid[:, 1:], grid[:, :-1])[emptiest]
    return grid
