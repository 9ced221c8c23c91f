"""Outlines: a region with its contour, to a fraction of a pixel."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.defect import DefectKind, Polygon
from inspectd.core.frame import Points
from inspectd.vision.kernels import path as kernels
from inspectd.vision.regions import Mask

_FEWEST_CORNERS = 3
_NEWTON_STEPS = 2
# The last three rows and columns may not fill a pixel at a quarter of the resolution.
EDGE_PX = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A thin defect, in pixels of the picture.

    `centreline_px`: (n, 2) float64 (column, row), end to end. `width_px`: the median along it,
    `max_width_px` the largest. `contrast`: mean difference to the surroundings, 1 is full scale;
    `contrast_to_noise`: the profile's peak over the noise of a pixel beside it. `end_sd_px`:
    standard deviation of where one end is.
    """

    centreline_px: Points
    width_px: float
    max_width_px: float
    contrast: float
    contrast_to_noise: float
    end_sd_px: float


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One defect found in a picture, in pixels of the picture.

    `contour_px`: (n, 2) float64, a closed polygon of (column, row). `line`: where the defect is
    one, else None. `contrast`: mean difference to the surroundings, 1 is full scale. `in_grain`: it
    may be a streak of the surface's grain (`vision.grain`). `hides`: something else may lie in or
    under it (`vision.hidden`). `doubt`: how well its outline is known, as a share of its size
    (k = 2), where that is worse than by the sharpness of its edge.
    """

    kind: DefectKind
    contour_px: Points
    line: Line | None
    contrast: float
    in_grain: bool = False
    hides: bool = False
    doubt: float = 0.0


def ribbon(line: Line) -> Points:
    """(2 n, 2) outline of the line: its centreline, half a width to either side."""
    aside = normals(line.centreline_px) * line.width_px / 2
    return np.vstack((line.centreline_px + aside, (line.centreline_px - aside)[::-1]))


def normals(path: Points) -> Points:
    """Unit vectors across the path, (n, 2), at each of its points."""
    return kernels.normals(np.ascontiguousarray(path, dtype=np.float64))


def lies_in(contour_px: Points, column_px: float, row_px: float) -> bool:
    """Whether a place lies in a closed contour, or on it."""
    outline_px = contour_px.astype(np.float32)
    return cv2.pointPolygonTest(outline_px, (column_px, row_px), measureDist=False) >= 0


def is_cut(contour_px: Points, shape: tuple[int, ...]) -> bool:
    """Whether a contour comes within `EDGE_PX` of the edge of a picture of this shape."""
    far = np.array([shape[1], shape[0]]) - 1.0
    return bool((contour_px < EDGE_PX).any() or (contour_px > far - EDGE_PX).any())


def largest(mask: Mask, seeds: Mask) -> Mask:
    """The connected part of `mask` that holds most of `seeds`, its holes filled."""
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    held = np.bincount(labels[seeds > 0].ravel(), minlength=count)
    held[0] = 0
    if not held.any():
        return np.zeros_like(mask)
    return filled((labels == int(held.argmax())).astype(np.uint8))


def filled(mask: Mask) -> Mask:
    """The same region without holes."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(np.zeros_like(mask), outlines, -1, 1, cv2.FILLED), np.uint8)


def outline(level: NDArray[np.float32], mask: Mask) -> Points:
    """(n, 2) contour (column, row) of the largest region of `mask`, moved to where `level` is 0.

    `level`: positive inside, smooth over a pixel or more. Each corner of the pixel contour takes
    two Newton steps along the gradient, the second from between pixels, of at most one and a half
    pixels each: one alone goes too far where the level bends.
    """
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    corners: Points = max(outlines, key=len).reshape(-1, 2).astype(np.float64)
    slope_x, slope_y = (
        np.asarray(cv2.Sobel(level, cv2.CV_32F, *order, scale=1 / 8), np.float32)
        for order in ((1, 0), (0, 1))
    )
    for _ in range(_NEWTON_STEPS):
        here, x, y = (_between(plane, corners) for plane in (level, slope_x, slope_y))
        gradient = np.column_stack((x, y))
        steepness = np.maximum((gradient**2).sum(axis=1), 1e-12)
        step = -gradient * (here / steepness)[:, None]
        length = np.hypot(step[:, 0], step[:, 1])
        corners = corners + step * np.minimum(1.0, 1.5 / np.maximum(length, 1e-9))[:, None]
    return corners


def _between(plane: NDArray[np.float32], points: Points) -> NDArray[np.float64]:
    """(n,) bilinear values of a plane at (n, 2) column and row; at its border beyond it."""
    last = np.array([plane.shape[1] - 1, plane.shape[0] - 1])
    inside = points.clip(0, last)
    first = np.minimum(inside.astype(np.intp), np.maximum(last - 1, 0))
    after = np.minimum(first + 1, last)
    x, y = (inside - first).T
    above = plane[first[:, 1], first[:, 0]] * (1.0 - x) + plane[first[:, 1], after[:, 0]] * x
    below = plane[after[:, 1], first[:, 0]] * (1.0 - x) + plane[after[:, 1], after[:, 0]] * x
    return np.asarray(above * (1.0 - y) + below * y, dtype=np.float64)


def sides(points: Points) -> tuple[float, float]:
    """The short and the long side of the smallest rectangle around points."""
    _, (one, other), _ = cv2.minAreaRect(points.astype(np.float32))
    return float(min(one, other)), float(max(one, other))


def rounded(points: Points) -> Polygon:
    """The corners as a defect's record has them: to a thousandth."""
    return tuple((round(float(x), 3), round(float(y), 3)) for x, y in points)


def polygon_area(points: Points) -> float:
    """Area of a closed polygon, by the shoelace formula."""
    x, y = points[:, 0], points[:, 1]
    return 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))


def path_length(points: Points, *, closed: bool) -> float:
    """Length of a polyline; with the way back to its start where `closed`."""
    ends = np.vstack((points, points[:1])) if closed else points
    return float(np.hypot(*np.diff(ends, axis=0).T).sum())


def feret_diameter(points: Points) -> float:
    """Largest distance between two points (maximum Feret diameter)."""
    hull = cv2.convexHull(points.astype(np.float32)).reshape(-1, 2).astype(np.float64)
    return float(np.sqrt(((hull[:, None] - hull[None]) ** 2).sum(axis=2)).max())


def elongation(points: Points) -> float:
    """Length over width, of the better fitting of two models.

    One is the smallest rectangle around, the other the ribbon of the same area and perimeter,
    however it is bent: it has area L W and perimeter 2 (L + W).
    """
    if len(points) < _FEWEST_CORNERS:
        return 1.0
    short, long = sides(points)
    straight = long / max(short, 1.0)
    half_perimeter = path_length(points, closed=True) / 2
    area = max(polygon_area(points), 1.0)
    length = (half_perimeter + math.sqrt(max(0.0, half_perimeter**2 - 4 * area))) / 2
    bent = length * length / area if half_perimeter**2 > 4 * area else 1.0
    return max(straight, bent)
