"""Size of one bowl from the slopes around it: diameter, depth, volume.

The rim is where the slope has fallen to half of its greatest value. A single pixel of a rough
surface says little; the mean around the whole rim says much. So the bowl's outline at half of its
depth gives the middle, and an ellipse where it is long; the slope along the radius is averaged over
the angle, and over four sectors for what the outline is oval by.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Points
from inspectd.vision.depth.rim import (
    STEPS_PER_PX,
    Ellipse,
    find_rim,
    ovalness,
    profile,
    slopes_along,
)
from inspectd.vision.robust import median_and_sigma

Field = NDArray[np.float32]

_HALF = 0.5
_FEWEST_PX = 12
_ROUND = 0.12  # excess of one axis over the other below which the sectors of the rim decide
_SURELY = 4.0  # standard deviations
_LONGEST = 2.0  # ratio of axes above which it is a groove
_SOUND = 1.35  # radii: beyond, the surface is sound
_SLIGHTEST = 0.01  # of the radius: what pixels alone do
_FOOT_WIDTHS = 1.5  # of the rim, beyond it: where the sound surface begins


@dataclass(frozen=True, slots=True)
class Bowl:
    """A bowl, in pixels of the fields that it was found in; heights in mm.

    `radius_px` is that of a circle of the same area; `oval` (cosine, sine) what the rim differs
    from the ellipse by, as shares of the radius, and `doubted` how much of that was too little to
    be believed and left out. `rim_noise_px` is the standard uncertainty of the diameter by noise
    and roughness, `rim_width_px` how far the slope takes to fall from 3/4 to 1/4 of its greatest,
    `volume_mm_px2` is in mm x px², `significance` the greatest slope over its uncertainty.
    """

    ellipse: Ellipse
    radius_px: float
    oval: tuple[float, float]
    doubted: float
    depth_mm: float
    volume_mm_px2: float
    rim_noise_px: float
    rim_width_px: float
    significance: float

    def outline(self, corners: int) -> Points:
        """The rim as (corners, 2) of (column, row)."""
        angle = np.linspace(0.0, math.tau, corners, endpoint=False)
        cosine, sine = self.oval
        swell = 1.0 + cosine * np.cos(2.0 * angle) + sine * np.sin(2.0 * angle)
        x, y = self.ellipse.rays(angle)
        radius = self.radius_px * swell
        return np.column_stack(
            (self.ellipse.column_px + radius * x, self.ellipse.row_px + radius * y)
        )


def measure_bowl(
    heights: Field,
    slopes: tuple[Field, Field],
    middle_px: tuple[float, float],
    rough_px: float,
    pitch_mm: float,
) -> Bowl | None:
    """The bowl in a window; None where there is none to measure.

    `heights`: (rows, columns) mm, the surface around at 0; `slopes`: dz/dx and dz/drow, of the same
    shape, NaN where unknown; `middle_px` (column, row) and `rough_px`: about its middle and radius.
    """
    half_depth = _half_depth(heights, middle_px, rough_px)
    if half_depth is None:
        return None
    ellipse, radius = half_depth
    # A paraboloid is sqrt(2) times as wide as at half of its depth.
    radius *= math.sqrt(2.0)
    steep = slopes_along(slopes, ellipse, radius)
    slope, noise = profile(steep, radius)
    rim = find_rim(slope, radius)
    if rim is None:
        return None
    at_rim = float(noise[min(round(rim.radius_px * STEPS_PER_PX), len(noise) - 1)])
    rim_noise_px = 2.0 * at_rim / max(rim.fall_per_px, 1e-9)
    oval = ovalness(steep, rim.radius_px)
    amplitude = math.hypot(*oval)
    believed = amplitude > _SURELY * rim_noise_px / (2.0 * rim.radius_px) + _SLIGHTEST
    distance = np.arange(len(slope)) / STEPS_PER_PX
    inside = distance <= rim.radius_px + _FOOT_WIDTHS * rim.width_px
    area = np.where(inside, slope, 0.0) / STEPS_PER_PX
    return Bowl(
        ellipse=ellipse,
        radius_px=rim.radius_px,
        oval=oval if believed else (0.0, 0.0),
        doubted=0.0 if believed else amplitude,
        depth_mm=float(area.sum()) * pitch_mm,
        volume_mm_px2=math.pi * float((distance**2 * area).sum()) * pitch_mm,
        rim_noise_px=rim_noise_px,
        rim_width_px=rim.width_px,
        significance=rim.peak / max(at_rim, 1e-9),
    )


def _half_depth(
    heights: Field, middle_px: tuple[float, float], rough_px: float
) -> tuple[Ellipse, float] | None:
    """What lies below half of the depth, and its radius; None for a groove, or nothing.

    An ellipse where it is so beyond what the roughness around does to a level line: it shifts that
    of a paraboloid by its share of the depth.
    """
    rows, columns = heights.shape
    y, x = np.mgrid[:rows, :columns]
    near = np.hypot(x - middle_px[0], y - middle_px[1]) < max(rough_px, 3.0)
    if np.count_nonzero(near) < _FEWEST_PX:
        return None
    depth = -float(np.percentile(heights[near], 5))
    if depth <= 0.0:
        return None
    below = (heights < -_HALF * depth).astype(np.uint8)
    count, labels = cv2.connectedComponents(below, connectivity=8)
    held = np.bincount(labels[near & (below > 0)], minlength=count)
    held[0] = 0
    if not held.any():
        return None
    inside = labels == int(held.argmax())
    if np.count_nonzero(inside) < _FEWEST_PX:
        return None
    moments = cv2.moments(inside.astype(np.uint8), binaryImage=True)
    area = moments["m00"]
    spread = (
        np.array([[moments["mu20"], moments["mu11"]], [moments["mu11"], moments["mu02"]]]) / area
    )
    values, vectors = np.linalg.eigh(spread)
    short_axis, long_axis = 4.0 * np.sqrt(np.maximum(values, 1e-6))
    ratio = float(long_axis / short_axis)
    if ratio > _LONGEST:
        return None
    around = np.hypot(x - middle_px[0], y - middle_px[1]) > _SOUND * rough_px
    roughness = median_and_sigma(heights[around])[1] / depth if around.any() else 0.0
    if ratio - 1.0 < max(_ROUND, _SURELY * roughness):
        ratio = 1.0
    angle = math.atan2(vectors[1, 1], vectors[0, 1])
    middle = (moments["m10"] / area, moments["m01"] / area)
    radius = math.sqrt(float(long_axis * short_axis)) / 2.0
    return Ellipse(*middle, math.sqrt(ratio), angle), radius
