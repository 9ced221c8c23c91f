"""Scratches that something lies on: pieces of one line, listed as several defects."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inspectd.core.defect import Defect, DefectKind

_Points = NDArray[np.float64]
# A knot on a line takes away up to this share of the limit at each side of it: measured on drawn
# lines of 8 mm with knots of 0.4 to 3 mm, up to 1.1 mm at a limit of 5 mm.
_REACH_SHARE = 0.25


def chains(defects: Sequence[Defect], limit_mm: float) -> list[list[Defect]]:
    """Groups of two or more defects of one shot, with a scratch among them, each near the next.

    Near is within a quarter of `limit_mm`, the limit of a scratch's length, in mm.
    """
    outlines = [np.asarray(defect.contour_mm, dtype=np.float64) for defect in defects]
    reach_mm = _REACH_SHARE * limit_mm
    waiting = list(range(len(defects)))
    found: list[list[Defect]] = []
    while waiting:
        group, edge = [waiting[0]], [waiting.pop(0)]
        while edge:
            here = edge.pop()
            near = [
                other
                for other in waiting
                if defects[other].shot == defects[here].shot
                and _gap_mm(outlines[here], outlines[other], reach_mm) <= reach_mm
            ]
            waiting = [other for other in waiting if other not in near]
            group += near
            edge += near
        pieces = [defects[number] for number in group]
        if len(pieces) > 1 and any(piece.kind is DefectKind.SCRATCH for piece in pieces):
            found.append(pieces)
    return found


def extent_mm(defects: Sequence[Defect]) -> float:
    """The greatest distance between two corners of the outlines together, mm."""
    points = np.vstack([np.asarray(defect.contour_mm, dtype=np.float64) for defect in defects])
    return float(_distances_mm(points, points).max())


def _gap_mm(one: _Points, other: _Points, reach_mm: float) -> float:
    """The distance between two outlines, mm; infinite where their boxes are out of reach.

    From the corners of each to the edges of the other: exact but for outlines that cross, which
    no two contours of one picture do.
    """
    apart = np.maximum(one.min(axis=0) - other.max(axis=0), other.min(axis=0) - one.max(axis=0))
    if apart.max() > reach_mm:
        return float("inf")
    return min(_to_edges_mm(one, other), _to_edges_mm(other, one))


def _to_edges_mm(points: _Points, outline: _Points) -> float:
    start = outline
    edge = np.roll(outline, -1, axis=0) - start
    squared = np.maximum((edge**2).sum(axis=1), np.finfo(np.float64).tiny)
    away = points[:, None] - start
    along = np.clip((away * edge).sum(axis=2) / squared, 0.0, 1.0)
    return float(np.sqrt(((away - along[..., None] * edge) ** 2).sum(axis=2)).min())


def _distances_mm(one: _Points, other: _Points) -> _Points:
    return np.asarray(np.sqrt(((one[:, None] - other) ** 2).sum(axis=2)))
