"""What stands out of a measured relief and is no bowl: grooves, ridges, pits, steps, cut-off dents.

A depth picture shows nothing else that would tell of them, so they must not pass unseen.
"""

import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.frame import Points
from inspectd.vision.background import SCALE
from inspectd.vision.depth.relief import Relief
from inspectd.vision.robust import median_and_sigma
from inspectd.vision.shape import feret_diameter, is_cut, path_length, polygon_area, rounded

_CLEAR = 6.0  # robust standard deviations of the heights
_SMALLEST_MM = 0.003  # less is what form and waviness leave
_FEWEST_CELLS = 4
_GROOVE = 4.0  # times as long as wide: a scratch
_REACH = 1.6  # radii of a bowl that its rim, and the form taken off around it, reach
_MOST = 64


def find_rest(
    relief: Relief,
    known: Sequence[Defect],
    shot: str,
    shape: tuple[int, ...],
    calibration: Calibration,
) -> list[Defect]:
    """Every clear hollow and hill of the relief that is none of the `known` ones, largest first.

    One that is long and thin is a SCRATCH, anything else OTHER, which may be a dent. `shape`:
    (rows, columns) of the picture. Sizes are those of the outline at half of the height, whole
    cells of `SCALE` pixels.
    """
    valid = np.isfinite(relief.heights)
    if not valid.any():
        return []
    heights = np.where(valid, relief.heights, np.float32(0.0))
    clear = max(_CLEAR * median_and_sigma(heights[valid])[1], _SMALLEST_MM)
    free = valid & ~_reached(known, heights.shape)
    outlines = [*_outlines(heights, free, clear), *_outlines(-heights, free, clear)]
    found = [_defect(outline, shot, shape, calibration) for outline in outlines]
    return sorted(found, key=lambda one: one.area_mm2, reverse=True)[:_MOST]


def _reached(known: Sequence[Defect], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(rows, columns) of the heights: what lies in or around a bowl that is listed already."""
    mask = np.zeros(shape, np.uint8)
    for one in known:
        outline = np.asarray(one.contour_px)
        middle = outline.mean(axis=0)
        grown = (middle + _REACH * (outline - middle)) / SCALE
        cv2.fillPoly(mask, [np.rint(grown).astype(np.int32)], 1)
    return mask > 0


def _outlines(
    heights: NDArray[np.float32], free: NDArray[np.bool_], clear: float
) -> Iterator[Points]:
    """(n, 2) outline, px of the picture, of everything that rises by more than `clear`."""
    # Half of `clear`: of what is just clear, the outline is at half of its height.
    risen = ((heights > clear / 2.0) & free).astype(np.uint8)
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(risen, connectivity=8)
    highest = np.zeros(count, np.float32)
    np.maximum.at(highest, labels.ravel().astype(np.intp), np.where(free, heights, 0.0).ravel())
    for label in range(1, count):
        if highest[label] <= clear or statistics[label, cv2.CC_STAT_AREA] < _FEWEST_CELLS:
            continue
        left, top, width, height = statistics[label, :4].tolist()
        cells = (labels[top : top + height, left : left + width] == label).astype(np.uint8)
        # In pixels, so that the outline runs around its outermost cells and not through them.
        pixels = cv2.resize(cells, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_NEAREST)
        rings, _ = cv2.findContours(pixels, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        ring = max(rings, key=len).reshape(-1, 2)
        yield np.asarray(ring + np.array([SCALE * left, SCALE * top]), dtype=np.float64)


def _defect(
    outline_px: Points, shot: str, shape: tuple[int, ...], calibration: Calibration
) -> Defect:
    outline_mm = calibration.to_mm(outline_px)
    column, row = (float(value) for value in outline_px.mean(axis=0))
    cell_mm = SCALE * calibration.mm_per_px_at(column, row)
    area_mm2, around_mm = polygon_area(outline_mm), path_length(outline_mm, closed=True)
    # The ribbon of this area and perimeter, however it is bent.
    half = around_mm / 2.0
    length_mm = max(
        feret_diameter(outline_mm), (half + math.sqrt(max(0.0, half * half - 4.0 * area_mm2))) / 2.0
    )
    width_mm = area_mm2 / max(length_mm, 1e-9)
    groove = length_mm > _GROOVE * width_mm
    relative = calibration.length_uncertainty_relative
    return Defect(
        kind=DefectKind.SCRATCH if groove else DefectKind.OTHER,
        length_mm=length_mm,
        width_mm=width_mm,
        diameter_mm=feret_diameter(outline_mm),
        area_mm2=area_mm2,
        depth_mm=None,
        uncertainty_mm=math.hypot(relative * length_mm, 2.0 * cell_mm),
        area_uncertainty_mm2=math.hypot(2.0 * relative * area_mm2, around_mm * cell_mm / 2.0),
        contrast=0.0,
        shot=shot,
        contour_mm=rounded(outline_mm),
        contour_px=rounded(outline_px),
        cut=is_cut(outline_px, shape),
        hides=not groove,
    )
