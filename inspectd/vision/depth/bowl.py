"""Size of one bowl from the slopes around it: diameter, depth, volume.

The rim is where the slope has fallen to half of its greatest value. A single pixel of a rough
surface says little; the mean around the whole rim says much. So the bowl's outline at half of its
depth gives the middle and the axes of an ellipse, and the slope along the radius is averaged over
that ellipse's angle.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.vision.robust import median_and_sigma

Field = NDArray[np.float32]

_HALF = 0.5
_STEPS_PER_PX = 2
_SMOOTH_SHARE = 0.02  # of the radius: far below the width of a rim
_FEWEST_PX = 12
_ROUND = 0.12  # excess of one axis over the other below which a bowl is a circle
_SURELY = 4.0  # standard deviations of that excess
_LONGEST = 2.0  # ratio of axes above which it is a groove
_REACH = 1.75  # radii
_SOUND = 1.35  # radii: beyond, the surface is sound
_TURNS_APART_PX = 4.0  # roughness is alike over about this distance


@dataclass(frozen=True, slots=True)
class Bowl:
    """A bowl, in pixels of the fields that it was found in; heights in mm.

    `long_px` and `short_px` are whole diameters, `angle_rad` the long one's direction (0 along
    the columns, towards rows below). `rim_noise_px` is the standard uncertainty of the diameter by
    roughness and noise, `rim_width_px` how far the slope takes to fall from 3/4 to 1/4.
    `volume_mm_px2` is in mm x px².
    """

    column_px: float
    row_px: float
    long_px: float
    short_px: float
    angle_rad: float
    depth_mm: float
    volume_mm_px2: float
    rim_noise_px: float
    rim_width_px: float
    significance: float


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
    ellipse = _half_depth(heights, middle_px, rough_px)
    if ellipse is None:
        return None
    column, row, long_axis, short_axis, angle, roughness = ellipse
    ratio = long_axis / short_axis
    if ratio > _LONGEST:
        return None
    if ratio - 1.0 < max(_ROUND, _SURELY * roughness):
        ratio = 1.0
    # A bowl is about sqrt(2) times as wide as at half of its depth.
    radius = math.sqrt(long_axis * short_axis) / math.sqrt(2.0)
    stretch = math.sqrt(ratio)
    profile, noise = _profile(
        slopes, (column, row), (stretch, 1.0 / stretch, angle), _REACH * radius
    )
    rim = _rim(profile, radius)
    if rim is None:
        return None
    radius_px, width_px, fall, peak = rim
    distance = np.arange(len(profile)) / _STEPS_PER_PX
    inside = distance <= radius_px + 1.5 * width_px
    area = np.where(inside, profile, 0.0) / _STEPS_PER_PX
    at_rim = float(noise[min(round(radius_px * _STEPS_PER_PX), len(noise) - 1)])
    return Bowl(
        column_px=column,
        row_px=row,
        long_px=2.0 * radius_px * stretch,
        short_px=2.0 * radius_px / stretch,
        angle_rad=angle,
        depth_mm=float(area.sum()) * pitch_mm,
        volume_mm_px2=math.pi * float((distance**2 * area).sum()) * pitch_mm,
        rim_noise_px=2.0 * at_rim / max(fall, 1e-9),
        rim_width_px=width_px,
        significance=peak / max(at_rim, 1e-9),
    )


def _half_depth(
    heights: Field, middle_px: tuple[float, float], rough_px: float
) -> tuple[float, float, float, float, float, float] | None:
    """Middle (column, row), axes and direction of what lies below half depth, and the roughness.

    The roughness is that of the surface around, over the depth: by this share of the radius a
    paraboloid's level line at half of its depth is shifted by it.
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
    angle = math.atan2(vectors[1, 1], vectors[0, 1])
    around = np.hypot(x - middle_px[0], y - middle_px[1]) > _SOUND * rough_px
    spread_mm = median_and_sigma(heights[around])[1] if around.any() else 0.0
    column, row = moments["m10"] / area, moments["m01"] / area
    return column, row, float(long_axis), float(short_axis), angle, spread_mm / depth


def _profile(
    slopes: tuple[Field, Field],
    centre: tuple[float, float],
    axes: tuple[float, float, float],
    reach_px: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slope along the radius, and its standard uncertainty, `_STEPS_PER_PX` to the pixel."""
    long_axis, short_axis, tilt = axes
    turns = min(max(24, round(math.tau * reach_px)), 720)
    angle = np.arange(turns) * (math.tau / turns)
    cos, sin = math.cos(tilt), math.sin(tilt)
    # On the unit ellipse, and the direction across it there.
    along, across = long_axis * np.cos(angle), short_axis * np.sin(angle)
    towards_x, towards_y = along * cos - across * sin, along * sin + across * cos
    distance = np.arange(max(8, round(_STEPS_PER_PX * reach_px)))[:, None] / _STEPS_PER_PX
    columns = (centre[0] + distance * towards_x).astype(np.float32)
    rows = (centre[1] + distance * towards_y).astype(np.float32)
    x, down = (
        cv2.remap(
            field,
            columns,
            rows,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=float("nan"),
        )
        for field in slopes
    )
    # dz/dt along the ray from the middle, t in px of a circle of the same area.
    steep = x * towards_x + down * towards_y
    known = np.isfinite(steep)
    count = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, steep, 0.0).sum(axis=1) / count
    spread = np.sqrt(np.where(known, (steep - mean[:, None]) ** 2, 0.0).sum(axis=1) / count)
    independent = np.clip(math.tau * distance[:, 0] / _TURNS_APART_PX, 1.0, None)
    independent *= known.mean(axis=1)
    smooth = max(_SMOOTH_SHARE * reach_px / _REACH * _STEPS_PER_PX, 0.3)
    taps = np.arange(-math.ceil(3 * smooth), math.ceil(3 * smooth) + 1)
    kernel = np.exp(-0.5 * (taps / smooth) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(mean, len(taps) // 2, "edge")
    return np.convolve(padded, kernel, "valid"), spread / np.sqrt(np.maximum(independent, 1.0))


def _rim(profile: NDArray[np.float64], rough_px: float) -> tuple[float, float, float, float] | None:
    """Radius, width of the rim, how fast the slope falls there per px, and the greatest slope."""
    near = slice(round(0.3 * rough_px * _STEPS_PER_PX), round(1.4 * rough_px * _STEPS_PER_PX))
    if near.stop - near.start < 2:  # noqa: PLR2004 - a peak between two
        return None
    top = near.start + int(profile[near].argmax())
    peak = float(profile[top])
    if peak <= 0.0:
        return None
    crossed = [_falls_to(profile, top, share * peak) for share in (0.75, _HALF, 0.25)]
    if crossed[1] is None:
        return None
    outer = crossed[2] if crossed[2] is not None else (len(profile) - 1) / _STEPS_PER_PX
    inner = crossed[0] if crossed[0] is not None else top / _STEPS_PER_PX
    width = max(outer - inner, 0.5)
    return crossed[1], width, _HALF * peak / width, peak


def _falls_to(profile: NDArray[np.float64], top: int, level: float) -> float | None:
    below = np.flatnonzero(profile[top:] < level)
    if not below.size:
        return None
    outside = top + int(below[0])
    fall = float(profile[outside - 1] - profile[outside])
    return (outside - 1 + (float(profile[outside - 1]) - level) / max(fall, 1e-12)) / _STEPS_PER_PX
