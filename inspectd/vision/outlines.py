"""Where outlines lie to each other: closed polygons of corners (x, y) in mm.

An outline with a corner that is no number (a place where the lens has no answer) may be anywhere:
the distance to it is NaN, it is near to everything and inside of nothing.
"""

from collections.abc import Sequence

import numpy as np

from inspectd.core.defect import Defect
from inspectd.core.frame import Points
from inspectd.vision.kernels.outline import border_gap, holds, near_count


def outline_mm(defect: Defect) -> Points:
    """(n, 2) float64 corners of the defect's outline, in the calibrated plane."""
    return np.array(defect.contour_mm, dtype=np.float64).reshape(-1, 2)


def boxes_mm(outlines: Sequence[Points]) -> Points:
    """(n, 4) the box around each outline: its smallest x and y, its largest x and y."""
    corners = [(*outline.min(axis=0), *outline.max(axis=0)) for outline in outlines]
    return np.array(corners, dtype=np.float64).reshape(-1, 4)


def box_gaps_mm(box: Points, boxes: Points) -> Points:
    """(n,) distances from one box to n others: lower bounds of those between the outlines."""
    apart = np.maximum(box[:2] - boxes[:, 2:], boxes[:, :2] - box[2:])
    return np.asarray(np.hypot(*np.maximum(apart, 0.0).T), dtype=np.float64)


def gap_mm(one: Points, other: Points, enough_mm: float = 0.0) -> float:
    """Smallest distance between two outlines; 0 where they cross or one lies in the other.

    A distance of `enough_mm` or less may be told larger than it is, but no larger than that.
    """
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return float("nan")
    if holds(one, *other[0]) or holds(other, *one[0]):
        return 0.0
    return float(border_gap(one, other, enough_mm))


def touches(one: Points, other: Points, margin_mm: float) -> bool:
    """Whether two outlines come within a margin of each other."""
    return not (_box_gap_mm(one, other) > margin_mm or gap_mm(one, other, margin_mm) > margin_mm)


def lies_in(outline: Points, zone: Points, margin_mm: float) -> bool:
    """Whether an outline lies wholly inside another, farther than a margin from its border."""
    if not np.isfinite(outline).all() or not holds(zone, *outline[0]):
        return False
    return float(border_gap(outline, zone, margin_mm)) > margin_mm


def overlap(lesser: Points, larger: Points, margin_mm: float) -> bool:
    """Whether most corners of the first lie in the second, or within a margin of it."""
    if not np.isfinite(lesser).all() or _box_gap_mm(lesser, larger) > margin_mm:
        return False
    return 2 * int(near_count(lesser, larger, margin_mm)) > len(lesser)


def _box_gap_mm(one: Points, other: Points) -> float:
    boxes = boxes_mm([one, other])
    return float(box_gaps_mm(boxes[0], boxes[1:])[0])
