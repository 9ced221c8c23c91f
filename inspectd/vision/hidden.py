"""What one tolerated defect may hide of another: a dent under a stain, a dent crossed by a scratch.

A stain is even, and beside a scratch there is surface. What departs clearly there, and is no defect
of the list, is something else; nobody knows what, so the guard band's outcome is what it gets.
Under a stain that takes nearly all of the light, nothing departs: what is hidden there may be as
large as the stain.
"""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.defect import DefectKind
from inspectd.core.frame import Points
from inspectd.vision.background import SCALE, Departure
from inspectd.vision.regions import Mask, clearly
from inspectd.vision.shape import Line, Shape, feret_diameter

# All in pixels at a quarter of the resolution.
_RIM_PX = 3  # how far an edge reaches in `Departure.difference`, which is blurred
_LINE_RIM_PX = 2
_BESIDE_PX = 8  # so far beyond a line's reach is looked at
_FEWEST = 4  # pixels of one thing, or where a stain has few, a sixth of them
_SHARES = 6
# Of what stands out of the surface. Rendered stains of 9 mm2 reached 0.32 at 0.05 and 0.1 mm a
# pixel (0.47 at 0.02), those over a dent of 2.2 mm had 0.61 and more.
_UNEVEN = 0.55
_UNEVEN_BESIDE = 0.65  # there is more surface beside a line, whose mottle was seen to reach 0.6
_DARKEST = 0.3  # a picture's own noise is not darker: what lies under it would not be seen
_CORNERS = 3


def hiding(shapes: Sequence[Shape], away: Departure, least_px: float) -> list[Shape]:
    """The shapes of one picture; those that something else may lie in or under as `hides`.

    `least_px`: so large a defect is beyond its limit.
    """
    return [replace(shape, hides=_hides(shape, shapes, away, least_px)) for shape in shapes]


def _hides(shape: Shape, shapes: Sequence[Shape], away: Departure, least_px: float) -> bool:
    if shape.line is not None:
        return _beside(shape.line, shapes, away)
    return shape.hides or (
        shape.kind is DefectKind.STAIN and _within(shape.contour_px, away, least_px)
    )


def _within(contour_px: Points, away: Departure, least_px: float) -> bool:
    """Whether a stain is uneven inside its rim, or large and opaque.

    Against its median, and no plane: the shading of a hollow is a plane, but for its rim.
    """
    box, corner = _box(contour_px, _RIM_PX, away)
    inside = _filled([contour_px], box, corner)
    inside = np.asarray(cv2.erode(inside, _disc(_RIM_PX), borderValue=0), np.uint8)
    if not inside.any():
        return False
    difference, surface = away.difference[0][box], away.background[0][box]
    middle = np.float32(np.median(difference[inside > 0]))
    # A large stain bends its background, and light falls off: uneven is what is so both ways.
    level = difference + surface
    away_by = np.minimum(
        np.abs(difference - middle), np.abs(level - np.float32(np.median(level[inside > 0])))
    )
    # What lets less light through shows less of the surface's own scatter, too.
    shown = 1.0 + float(middle / max(float(surface[inside > 0].mean()), 1e-6))
    if shown < _DARKEST and feret_diameter(contour_px) > least_px:
        return True
    shown = max(_DARKEST, shown)
    least = np.float32(_UNEVEN * shown) * clearly(away)[0]
    fewest = max(1, min(_FEWEST, int(inside.sum()) // _SHARES))
    return _holds(away_by > least, inside, fewest)


def _beside(line: Line, shapes: Sequence[Shape], away: Departure) -> bool:
    """Whether something departs beside a line that no shape of the list is."""
    reach = _RIM_PX + _BESIDE_PX + round(line.width_px / 2 / SCALE)
    box, corner = _box(line.centreline_px, reach, away)
    near = np.zeros(away.difference[0][box].shape, np.uint8)
    middle = _coarse(line.centreline_px) - corner
    cv2.polylines(near, [middle], isClosed=False, color=1, thickness=2 * reach + 1)
    # An anomaly or a small stain at a line's side may itself be a piece of what the line crosses.
    known = _filled(
        [shape.contour_px for shape in shapes if shape.line or shape.kind is DefectKind.DENT],
        box,
        corner,
    )
    near[cv2.dilate(known, _disc(_LINE_RIM_PX)) > 0] = 0
    least = np.float32(_UNEVEN_BESIDE) * clearly(away)[0]
    return _holds(np.abs(away.difference[0][box]) > least, near, _FEWEST)


def _holds(departing: NDArray[np.bool_], where: Mask, fewest: int) -> bool:
    """Whether a connected part of what departs there has so many pixels."""
    mask = (departing & (where > 0)).astype(np.uint8)
    _, _, statistics, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return bool((statistics[1:, cv2.CC_STAT_AREA] >= fewest).any())


def _coarse(points: Points) -> NDArray[np.int32]:
    return np.rint((points - (SCALE - 1) / 2) / SCALE).astype(np.int32)


def _box(
    points: Points, margin: int, away: Departure
) -> tuple[tuple[slice, slice], NDArray[np.int32]]:
    """The rows and columns around points, and their first column and row."""
    rows, columns = away.difference.shape[1:]
    coarse = _coarse(points)
    left, top = np.clip(coarse.min(axis=0) - margin, 0, (columns - 1, rows - 1)).tolist()
    right, bottom = np.clip(coarse.max(axis=0) + margin + 1, 1, (columns, rows)).tolist()
    return (slice(top, bottom), slice(left, right)), np.array([left, top], np.int32)


def _filled(
    contours: Sequence[Points], box: tuple[slice, slice], corner: NDArray[np.int32]
) -> Mask:
    """Everything inside the outlines, as a mask of the box."""
    mask = np.zeros((box[0].stop - box[0].start, box[1].stop - box[1].start), np.uint8)
    for contour in contours:
        if len(contour) >= _CORNERS:
            cv2.fillPoly(mask, [_coarse(contour) - corner], 1)
    return mask


def _disc(radius: int) -> Mask:
    size = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
