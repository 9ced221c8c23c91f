"""Bright and dark candidates that face each other: the two sides of one dent.

On a rough surface only the steep rims of a dent stand out, and each comes alone.
"""

import numpy as np
from numpy.typing import NDArray

from inspectd.vision.background import Departure
from inspectd.vision.regions import Candidates

_SIZES_ALIKE = 4.0  # ratio of areas
# Each pair is looked at in a window of its own: in a crowd only the nearest are.
_MOST_PARTNERS = 3
_SQUARE = 2.2  # of the box around both, long side over short side


def facing(found: Candidates, away: Departure) -> list[tuple[int, int]]:
    """Pairs of candidates that could be one dent, the nearest first."""
    count = len(found.boxes)
    if count < 2:  # noqa: PLR2004 - a pair
        return []
    first, second = np.triu_indices(count, 1)
    gap, facing_each_other = _facing(found.boxes[first], found.boxes[second])
    near = np.flatnonzero(facing_each_other)
    first, second, gap = first[near], second[near], gap[near]
    area, sign = np.zeros(count), np.zeros(count)
    for index in np.unique(np.concatenate((first, second))).tolist():
        box, own = found.within(index)
        area[index] = np.count_nonzero(own)
        sign[index] = np.sign(away.difference[0][box][own].sum(dtype=np.float64))
    small, large = np.minimum(area[first], area[second]), np.maximum(area[first], area[second])
    alike = (sign[first] * sign[second] < 0) & (large <= _SIZES_ALIKE * small)
    pairs: list[tuple[int, int]] = []
    partners = np.zeros(count, dtype=int)
    for number in np.lexsort((second, first, gap)):
        i, j = int(first[number]), int(second[number])
        if alike[number] and partners[[i, j]].max() < _MOST_PARTNERS:
            partners[[i, j]] += 1
            pairs.append((i, j))
    return pairs


def _facing(
    one: NDArray[np.int32], two: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How far n pairs of boxes (left, top, width, height) are apart, and whether they face.

    They do where they are no farther apart than they are long, and make a square together.
    """
    low = np.minimum(one[:, :2], two[:, :2])
    high = np.maximum(one[:, :2] + one[:, 2:], two[:, :2] + two[:, 2:])
    sides = high - low
    # What the joint box is longer than both boxes together lies between them.
    between = np.maximum(sides - one[:, 2:] - two[:, 2:], 0)
    gap = np.hypot(between[:, 0], between[:, 1])
    longest = np.maximum(one[:, 2:].max(axis=1), two[:, 2:].max(axis=1))
    square = sides.max(axis=1) <= _SQUARE * sides.min(axis=1)
    return gap, (gap <= longest) & square
