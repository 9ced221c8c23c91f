"""The relief of one part: heights to find dents on, and slopes to measure them by.

Two things can tell it: pictures under three or more directed lights, or a depth picture.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Pixels
from inspectd.vision.background import SCALE
from inspectd.vision.depth.form import without_form
from inspectd.vision.depth.integrate import integrate
from inspectd.vision.depth.normals import Directions, normals
from inspectd.vision.window import Evidence

Field = NDArray[np.float32]

_SATURATED = 0.99
_DARKEST = 0.02  # of full scale: darker, a level is noise and stray light
_STEEPEST = 1.5  # 56 degrees: no part under inspection is so steep, it is a shadow or dirt
_SMALLEST_SIDE = 16
_MICROMETRES_PER_MM = 1_000.0
# 0: no answer. Full scale: no answer with other sensors, and beyond the range with all.
_UNKNOWN_LEVELS = (0, 65_535)
_NOISE_SIGMA_PX = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle of a picture, in its pixels, and how many of them make one of a field."""

    left: int
    top: int
    width: int
    height: int
    step: int


class Relief(Protocol):
    """What dents are found on.

    `heights`: (rows // SCALE, columns // SCALE) float32 mm, form removed, NaN where unknown.
    """

    heights: Field

    def slopes(self, place: Place, pitch_mm: float) -> tuple[Field, Field]:
        """dz/dx and dz/drow in a place, (height // step, width // step) float32, NaN: unknown.

        `pitch_mm` is the size of a pixel of the picture there.
        """


class LitRelief:
    """Relief by photometric stereo: see `vision.depth.normals`.

    Each level is taken relative to its picture's own background, in which a level surface looks
    alike everywhere: so neither the lights' powers nor their unevenness matter.
    """

    def __init__(self, shots: Sequence[Evidence], directions: Directions, pitch_mm: float) -> None:
        self._shots = shots
        self._directions = directions
        planes = [shot.departure for shot in shots]
        slope_x, slope_down = self._slopes(
            [plane.background[0] + plane.difference[0] for plane in planes],
            [plane.background[0] for plane in planes],
        )
        known = np.isfinite(slope_x)
        if min(slope_x.shape) < _SMALLEST_SIDE:
            self.heights = np.full(slope_x.shape, np.nan, np.float32)
            return
        raw = integrate(np.nan_to_num(slope_x), np.nan_to_num(slope_down), SCALE * pitch_mm)
        self.heights = without_form(raw, known)

    def slopes(self, place: Place, pitch_mm: float) -> tuple[Field, Field]:
        """Of full resolution, or of the mean levels of `step` x `step` pixels."""
        del pitch_mm  # a slope has no unit
        full = (
            slice(place.top, place.top + place.height),
            slice(place.left, place.left + place.width),
        )
        size = (place.width // place.step, place.height // place.step)
        levels, around = [], []
        for shot in self._shots:
            seen = shot.working.lightness[full].astype(np.float32) / np.float32(255)
            levels.append(_resized(seen, size))
            around.append(_resized(_stretched(shot.departure.background[0], place), size))
        return self._slopes(levels, around)

    def _slopes(self, levels: list[Field], around: list[Field]) -> tuple[Field, Field]:
        """Slopes from levels and what a level surface gives there, both (rows, columns)."""
        shape = levels[0].shape
        shares = np.empty((len(levels), levels[0].size), np.float32)
        for share, level, usual, direction in zip(
            shares, levels, around, self._directions, strict=True
        ):
            relative = level / np.maximum(usual, np.float32(_DARKEST)) * np.float32(direction[2])
            usable = (level < _SATURATED) & (usual >= _DARKEST)
            share[:] = np.where(usable, relative, np.float32(-1.0)).ravel()
        x, up, z = normals(shares, self._directions)
        with np.errstate(invalid="ignore", divide="ignore"):
            slope_x, slope_down = -x / z, up / z
            steep = ~((z > 0.0) & (np.abs(slope_x) + np.abs(slope_down) < _STEEPEST))
        slope_x[steep] = slope_down[steep] = np.nan
        return slope_x.reshape(shape), slope_down.reshape(shape)


class MeasuredRelief:
    """Relief of a depth picture: heights are given, slopes are their differences."""

    def __init__(self, pixels: Pixels, um_per_level: float) -> None:
        """`pixels`: (rows, columns) uint16, 0 or full scale where the height is unknown."""
        scale = np.float32(um_per_level / _MICROMETRES_PER_MM)
        heights = pixels.astype(np.float32) * scale
        heights[unknown_levels(pixels)] = np.nan
        self._pixels, self._um_per_level = pixels, um_per_level
        self._heights = heights
        rows, columns = (side // SCALE for side in heights.shape)
        coarse = _mean_known(heights[: SCALE * rows, : SCALE * columns], SCALE)
        self.heights = without_form(np.nan_to_num(coarse), np.isfinite(coarse))

    def slopes(self, place: Place, pitch_mm: float) -> tuple[Field, Field]:
        """Central differences of the heights, smoothed by a pixel; NaN beside what is unknown."""
        rows, columns = (
            place.height // place.step * place.step,
            place.width // place.step * place.step,
        )
        part = self._heights[place.top : place.top + rows, place.left : place.left + columns]
        fine = _mean_known(part, place.step)
        known = np.isfinite(fine)
        share = cv2.GaussianBlur(known.astype(np.float32), (0, 0), _NOISE_SIGMA_PX)
        # Relative to their middle: float32 holds micrometres on metres no longer.
        middle = np.float32(np.median(fine[known])) if known.any() else np.float32(0.0)
        smooth = cv2.GaussianBlur(np.nan_to_num(fine - middle), (0, 0), _NOISE_SIGMA_PX)
        smooth = np.where(known, smooth / np.maximum(share, np.float32(1e-6)), np.float32(np.nan))
        down, across = np.gradient(smooth, place.step * pitch_mm)
        return across.astype(np.float32), down.astype(np.float32)

    def upside_down(self) -> "MeasuredRelief":
        """The same with hills for dents."""
        return MeasuredRelief(self._pixels, -self._um_per_level)


def unknown_levels(pixels: Pixels) -> NDArray[np.bool_]:
    """Where a depth picture, (rows, columns) uint16, knows no height."""
    return np.isin(pixels, _UNKNOWN_LEVELS)


def _resized(plane: Field, size: tuple[int, int]) -> Field:
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _stretched(quarter: Field, place: Place) -> Field:
    """What `quarter`, at a quarter of the resolution, says of the pixels of a place."""
    across = (np.arange(place.left, place.left + place.width) - 1.5) / SCALE
    down = (np.arange(place.top, place.top + place.height) - 1.5) / SCALE
    columns, rows = np.meshgrid(across.astype(np.float32), down.astype(np.float32))
    return np.asarray(
        cv2.remap(quarter, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        dtype=np.float32,
    )


def _mean_known(heights: Field, step: int) -> Field:
    """Means of `step` x `step` values, of those that are known; NaN where fewer than half are."""
    if step == 1:
        return heights
    size = (heights.shape[1] // step, heights.shape[0] // step)
    share = _resized(np.isfinite(heights).astype(np.float32), size)
    mean = _resized(np.nan_to_num(heights), size) / np.maximum(share, np.float32(1e-6))
    return np.where(share >= 0.5, mean, np.float32(np.nan)).astype(np.float32)  # noqa: PLR2004 - half


def coarseness(width_px: int, height_px: int, most_px: int) -> int:
    """The step at which a place has at most `most_px` x `most_px` values."""
    return max(1, math.ceil(max(width_px, height_px) / most_px))
