"""Scratches that something lies on: pieces of one line, listed as several defects."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from inspectd.core.defect import Defect, DefectKind
from inspectd.core.frame import Points
from inspectd.vision.ground import Ground
from inspectd.vision.outlines import box_gaps_mm, boxes_mm, gap_mm, outline_mm
from inspectd.vision.shape import feret_diameter

# A knot on a line takes away up to this share of the limit at each side of it: measured on drawn
# lines of 8 mm with knots of 0.4 to 3 mm, up to 1.1 mm at a limit of 5 mm.
_REACH_SHARE = 0.25

NO_GROUNDS: Mapping[str, Ground] = MappingProxyType({})


def chains(
    defects: Sequence[Defect],
    limits_mm: Sequence[float],
    grounds: Mapping[str, Ground] = NO_GROUNDS,
) -> list[list[int]]:
    """Groups of two or more defects of one shot, with a scratch among them, each near the next.

    Returns their numbers in `defects`. `limits_mm`: how long a scratch may be where each of them
    lies. Near is within a quarter of the smaller of two limits; what lies between them and is not
    judged counts for nothing. `grounds`: what is judged, by shot; all of those that it lacks.
    """
    outlines = [outline_mm(defect) for defect in defects]
    boxes = boxes_mm(outlines)
    shots = np.array([defect.shot for defect in defects])
    reach_mm = _REACH_SHARE * np.array(limits_mm, dtype=np.float64)
    edged = _at_borders(defects, outlines, reach_mm, grounds)
    waiting = np.ones(len(defects), dtype=bool)
    found: list[list[int]] = []
    for first in range(len(defects)):
        if not waiting[first]:
            continue
        waiting[first] = False
        group, edge = [first], [first]
        while edge:
            here = edge.pop()
            reach = np.minimum(reach_mm[here], reach_mm)
            far = box_gaps_mm(boxes[here], boxes) > reach
            beside = waiting & (shots == shots[here])
            near = [
                int(other)
                for other in np.flatnonzero(beside & ~far)
                if not gap_mm(outlines[here], outlines[other], reach[other]) > reach[other]
            ]
            waiting[near] = False
            if edged[here]:
                ground = grounds[defects[here].shot]
                across = [
                    int(other)
                    for other in np.flatnonzero(beside & waiting & edged)
                    if ground.judged_gap_mm(outlines[here], outlines[other]) <= reach[other]
                ]
                waiting[across] = False
                near += across
            group += near
            edge += near
        if len(group) > 1 and any(defects[i].kind is DefectKind.SCRATCH for i in group):
            found.append(group)
    return found


def _at_borders(
    defects: Sequence[Defect],
    outlines: Sequence[Points],
    reach_mm: NDArray[np.float64],
    grounds: Mapping[str, Ground],
) -> NDArray[np.bool_]:
    """(n,) whether what is not judged begins within each defect's reach."""
    return np.array(
        [
            defect.shot in grounds
            and bool(np.isfinite(outline).all())
            and grounds[defect.shot].reaches_border(outline, float(reach))
            for defect, outline, reach in zip(defects, outlines, reach_mm, strict=True)
        ],
        dtype=np.bool_,
    )


def extent_mm(defects: Sequence[Defect]) -> float:
    """The greatest distance between two corners of the outlines together, mm; NaN if one is."""
    points = np.vstack([outline_mm(defect) for defect in defects])
    return feret_diameter(points) if np.isfinite(points).all() else float("nan")
