"""Bright and dark candidates that face each other: the two sides of one dent.

On a rough surface only the steep rims of a dent stand out, and each comes alone.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from inspectd.vision.background import Departure
from inspectd.vision.regions import Candidates
from inspectd.vision.window import joint_box

_SIZES_ALIKE = 4.0  # ratio of areas
_SQUARE = 2.2  # of the box around both, long side over short side


def facing(found: Candidates, away: Departure) -> list[tuple[int, int]]:
    """Pairs of candidates that could be one dent, the nearest first."""
    count = len(found.boxes)
    if count < 2:  # noqa: PLR2004 - a pair
        return []
    area = np.bincount(found.labels.ravel(), minlength=count + 1)[1:]
    lightness = away.difference[0].ravel()
    sign = np.sign(np.bincount(found.labels.ravel(), lightness, count + 1)[1:])
    pairs = [
        (_gap(found.boxes[i], found.boxes[j]), i, j)
        for i, j in combinations(range(count), 2)
        if sign[i] * sign[j] < 0
        and max(area[i], area[j]) <= _SIZES_ALIKE * min(area[i], area[j])
        and _facing(found.boxes[[i, j]])
    ]
    return [(i, j) for _, i, j in sorted(pairs)]


def _facing(boxes: NDArray[np.int32]) -> bool:
    """Whether two boxes are no farther apart than they are long, and make a square together."""
    _, _, width, height = joint_box(boxes)
    nearby = _gap(boxes[0], boxes[1]) <= float(boxes[:, 2:].max())
    return nearby and max(width, height) <= _SQUARE * min(width, height)


def _gap(one: NDArray[np.int32], two: NDArray[np.int32]) -> float:
    """Distance between two boxes (left, top, width, height); 0 where they overlap."""
    apart = np.maximum(one[:2] - (two[:2] + two[2:]), two[:2] - (one[:2] + one[2:]))
    return float(np.hypot(*np.maximum(apart, 0)))
