"""Dents on a relief: found as hollows of the depth map, measured by the slopes around them."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.frame import Points
from inspectd.vision.background import SCALE
from inspectd.vision.depth.bowl import Bowl, measure_bowl
from inspectd.vision.depth.integrate import integrate
from inspectd.vision.depth.relief import Place, Relief, coarseness
from inspectd.vision.robust import median_and_sigma
from inspectd.vision.shape import feret_diameter, is_cut, polygon_area, rounded, sides

Field = NDArray[np.float32]

_CLEAR = 5.0  # robust standard deviations of the heights
_SLIGHT = 2.5
_NARROW_PX = 3.0  # of the coarse heights: standard deviation
_SMALLEST_MM = 0.0015  # shallower than what a surface's own roughness does anyway
_MOST = 64
_HALF = 0.5
_FEWEST_CELLS = 4
_MARGIN = 1.9  # radii
_MARGIN_PX = 8
_MOST_PX = 192
_SOUND_BEYOND = 1.35  # radii: the surface around
_SIGNIFICANT = 6.0
_BLURRED = 0.036  # of the diameter: a rim that is known no better is roughness
_BLURRED_CUT = 0.015  # where half of the rim is all there is to see
_SOFT = 0.2  # of the radius: a wider rim is more like a wave of the surface
_STRIKING = 15.0  # an uncertain hollow as clear as this is listed all the same
_CORNERS = 64
_ROUGHNESS = 2.4  # k = 2, and the middle and the ellipse are not known better either
_DEFINITION_SHARE = 0.3  # of the rim's width: where on it the rim is


@dataclass(frozen=True, slots=True)
class DepthScale:
    """True depth over measured depth, and its relative uncertainty (k = 2)."""

    factor: float
    uncertainty: float


# A glossy surface shades 1.2 to 2.4 times as much as a matt one of the same slope (rendered brushed
# metal, cast metal and plastic): what it is, one dent does not tell.
UNKNOWN_FINISH = DepthScale(0.7, 0.5)
KNOWN_FINISH = 0.2
TRUE_DEPTH = DepthScale(1.0, 0.02)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What dents are measured on: the picture of `shot`, of `shape`, and its calibration."""

    shot: str
    shape: tuple[int, ...]
    calibration: Calibration
    scale: DepthScale


def find_dents(relief: Relief, ground: Ground) -> list[Defect]:
    """Every hollow of the relief that is a bowl, measured, the deepest first."""
    found: list[Defect] = []
    known = np.isfinite(relief.heights)
    heights = np.where(known, relief.heights, np.float32(0.0))
    # What is wide stands out of all heights, what is narrow of those without the longer waves.
    narrow = heights - cv2.GaussianBlur(heights, (0, 0), _NARROW_PX)
    hollows = [*_hollows(heights, known), *_hollows(narrow.astype(np.float32), known)]
    for hollow in hollows:
        if any(_holds(dent, hollow[0], hollow[1]) for dent in found):
            continue
        new = _measured(relief, ground, hollow)
        if new is not None and not any(_holds(dent, *_middle(new)) for dent in found):
            found.append(new)
    return found


def _holds(dent: Defect, column: float, row: float) -> bool:
    outline = np.asarray(dent.contour_px, dtype=np.float32)
    return cv2.pointPolygonTest(outline, (column, row), measureDist=False) >= 0


def _middle(dent: Defect) -> tuple[float, float]:
    column, row = np.mean(dent.contour_px, axis=0)
    return float(column), float(row)


def _hollows(heights: Field, known: NDArray[np.bool_]) -> list[tuple[float, float, float]]:
    """Middle (column, row) and radius of hollows, px of the picture, the deepest first."""
    if not known.any():
        return []
    spread = median_and_sigma(heights[known])[1]
    below = (heights < -max(_SLIGHT * spread, _SMALLEST_MM)).astype(np.uint8)
    count, labels = cv2.connectedComponents(below, connectivity=8)
    lowest = np.zeros(count, np.float32)
    np.minimum.at(lowest, labels.ravel().astype(np.intp), heights.ravel())
    lowest[0] = 0.0
    deep = np.flatnonzero(lowest < -max(_CLEAR * spread, _SMALLEST_MM))
    found = []
    for label in sorted(deep, key=lambda label: float(lowest[label]))[:_MOST]:
        rows, columns = np.nonzero((labels == label) & (heights < _HALF * lowest[label]))
        if len(rows) < _FEWEST_CELLS:
            continue
        radius = math.sqrt(2.0 * len(rows) / math.pi)
        middle = (SCALE - 1) / 2
        found.append(
            (
                SCALE * float(columns.mean()) + middle,
                SCALE * float(rows.mean()) + middle,
                SCALE * radius,
            )
        )
    return found


def _measured(relief: Relief, ground: Ground, hollow: tuple[float, float, float]) -> Defect | None:
    column, row, radius = hollow
    reach = math.ceil(_MARGIN * radius) + _MARGIN_PX
    left, top = max(0, round(column) - reach), max(0, round(row) - reach)
    width = min(ground.shape[1], round(column) + reach + 1) - left
    height = min(ground.shape[0], round(row) + reach + 1) - top
    step = coarseness(width, height, _MOST_PX)
    pitch_mm = ground.calibration.mm_per_px_at(column, row)
    place = Place(left, top, width, height, step)
    slope_x, slope_down = relief.slopes(place, pitch_mm)
    middle = ((column - left) / step, (row - top) / step)
    heights = _heights(slope_x, slope_down, middle, radius / step, step * pitch_mm)
    bowl = measure_bowl(heights, (slope_x, slope_down), middle, radius / step, step * pitch_mm)
    if bowl is None or bowl.significance < _SIGNIFICANT:
        return None
    dent = _defect(bowl, place, ground)
    known = _BLURRED_CUT if dent.cut else _BLURRED
    soft = max(1.0, bowl.rim_width_px / (_SOFT * bowl.radius_px))
    if soft * bowl.rim_noise_px <= known * 2.0 * bowl.radius_px:
        return dent
    striking = bowl.significance >= _STRIKING and not dent.cut
    if not striking:
        return None
    # Where its rim is, nobody can say: a clear hollow all the same, and within no limit it is near.
    doubt_mm = math.hypot(dent.uncertainty_mm, _SOFT * dent.diameter_mm)
    return replace(dent, uncertainty_mm=doubt_mm)


def _heights(
    slope_x: Field, slope_down: Field, middle: tuple[float, float], radius: float, pitch_mm: float
) -> Field:
    """Heights in a window, the surface around the bowl at 0."""
    rows, columns = slope_x.shape
    heights = integrate(np.nan_to_num(slope_x), np.nan_to_num(slope_down), pitch_mm)
    y, x = np.mgrid[:rows, :columns]
    around = np.hypot(x - middle[0], y - middle[1]) > _SOUND_BEYOND * radius
    if not around.any():
        return heights
    basis = np.column_stack((np.ones(heights.size), x.ravel(), y.ravel()))
    sound = around.ravel()
    plane = np.linalg.lstsq(basis[sound], heights.ravel()[sound], rcond=None)[0]
    level = (basis @ plane).reshape(heights.shape)
    return np.asarray(heights - level, dtype=np.float32)


def _defect(bowl: Bowl, place: Place, ground: Ground) -> Defect:
    calibration, scale = ground.calibration, ground.scale
    outline_px = _outline(bowl, place)
    outline_mm = calibration.to_mm(outline_px)
    diameter_mm = feret_diameter(outline_mm)
    area_mm2 = polygon_area(outline_mm)
    x, y = (float(value) for value in outline_px.mean(axis=0))
    pitch_mm = calibration.mm_per_px_at(x, y) * place.step
    relative = calibration.length_uncertainty_relative
    uncertainty_mm = math.hypot(
        relative * diameter_mm,
        _ROUGHNESS * bowl.rim_noise_px * pitch_mm,
        _DEFINITION_SHARE * bowl.rim_width_px * pitch_mm,
        bowl.doubted * diameter_mm,
    )
    depth_mm = scale.factor * bowl.depth_mm
    volume_mm3 = scale.factor * bowl.volume_mm_px2 * pitch_mm**2
    depth_share = math.hypot(scale.uncertainty, 2.0 / bowl.significance)
    wide_share = 2.0 * uncertainty_mm / max(diameter_mm, 1e-9)
    return Defect(
        kind=DefectKind.DENT,
        length_mm=diameter_mm,
        width_mm=sides(outline_mm)[0],
        diameter_mm=diameter_mm,
        area_mm2=area_mm2,
        depth_mm=depth_mm,
        uncertainty_mm=uncertainty_mm,
        area_uncertainty_mm2=wide_share * area_mm2,
        contrast=0.0,
        shot=ground.shot,
        contour_mm=rounded(outline_mm),
        contour_px=rounded(outline_px),
        cut=is_cut(outline_px, ground.shape),
        depth_uncertainty_mm=depth_share * depth_mm,
        volume_mm3=volume_mm3,
        volume_uncertainty_mm3=math.hypot(depth_share, wide_share) * volume_mm3,
    )


def without_depth(found: Defect) -> Defect:
    """The same as an anomaly that is no dent."""
    return replace(
        found,
        kind=DefectKind.OTHER,
        depth_mm=None,
        depth_uncertainty_mm=None,
        volume_mm3=None,
        volume_uncertainty_mm3=None,
    )


def _outline(bowl: Bowl, place: Place) -> Points:
    """The rim as (64, 2) pixels of the picture."""
    # The middle of a field's pixel 0 is that of `step` pixels of the picture.
    corner = np.array([place.left, place.top]) + (place.step - 1) / 2
    return bowl.outline(_CORNERS) * place.step + corner
