"""The rim of a bowl along rays from its middle: where the slope has fallen to half."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Profile = NDArray[np.float64]  # slope along the radius, STEPS_PER_PX to the pixel

STEPS_PER_PX = 2
_HALF = 0.5
_SMOOTH_SHARE = 0.02  # of the radius: far below the width of a rim
_REACH = 1.75  # radii
_APART_PX = 4.0  # roughness is alike over about this distance
_LEAST_WIDTH_PX = 0.5
_SECTORS = 4  # double ones, opposite sides together
# What the mean over a sector of 45 degrees leaves of a second harmonic.
_ATTENUATED = math.sin(math.pi / 4.0) / (math.pi / 4.0)


@dataclass(frozen=True, slots=True)
class Ellipse:
    """Middle (column, row), px; the long axis over a circle of the same area, and its direction."""

    column_px: float
    row_px: float
    stretch: float
    angle_rad: float

    def rays(self, angle: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where one px along the radius leads in columns and rows, for angles on the circle."""
        along, across = self.stretch * np.cos(angle), np.sin(angle) / self.stretch
        cos, sin = math.cos(self.angle_rad), math.sin(self.angle_rad)
        return along * cos - across * sin, along * sin + across * cos


@dataclass(frozen=True, slots=True)
class Rim:
    """Radius; from 3/4 to 1/4 of the greatest slope; fall of the slope per px; that slope."""

    radius_px: float
    width_px: float
    fall_per_px: float
    peak: float


def slopes_along(slopes: tuple[Field, Field], ellipse: Ellipse, radius_px: float) -> Field:
    """Slope along every ray, (distances, angles), NaN where unknown."""
    reach_px = _REACH * radius_px
    turns = 2 * _SECTORS * min(max(4, round(math.tau * reach_px / 8)), 90)
    towards_x, towards_y = ellipse.rays(np.linspace(0.0, math.tau, turns, endpoint=False))
    distance = np.arange(max(8, round(STEPS_PER_PX * reach_px)))[:, None] / STEPS_PER_PX
    columns = (ellipse.column_px + distance * towards_x).astype(np.float32)
    rows = (ellipse.row_px + distance * towards_y).astype(np.float32)
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
    return np.asarray(x * towards_x + down * towards_y, dtype=np.float32)


def profile(steep: Field, radius_px: float) -> tuple[Profile, Profile]:
    """Mean over the angles, slightly smoothed, and its standard uncertainty by the scatter."""
    known = np.isfinite(steep)
    count = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, steep, 0.0).sum(axis=1) / count
    spread = np.sqrt(np.where(known, (steep - mean[:, None]) ** 2, 0.0).sum(axis=1) / count)
    around = math.tau * np.arange(len(steep)) / STEPS_PER_PX / _APART_PX
    independent = np.maximum(around * known.mean(axis=1), 1.0)
    sigma = max(_SMOOTH_SHARE * radius_px * STEPS_PER_PX, 0.3)
    taps = np.arange(-math.ceil(3 * sigma), math.ceil(3 * sigma) + 1)
    kernel = np.exp(-0.5 * (taps / sigma) ** 2)
    padded = np.pad(mean, len(taps) // 2, "edge")
    return np.convolve(padded, kernel / kernel.sum(), "valid"), spread / np.sqrt(independent)


def find_rim(slope: Profile, rough_px: float) -> Rim | None:
    """The rim of a profile, near a rough radius; None where the slope does not rise and fall."""
    near = slice(round(0.3 * rough_px * STEPS_PER_PX), round(1.4 * rough_px * STEPS_PER_PX))
    if near.stop - near.start < 2:  # noqa: PLR2004 - a peak between two
        return None
    top = near.start + int(slope[near].argmax())
    peak = float(slope[top])
    if peak <= 0.0:
        return None
    inner, radius, outer = (_falls_to(slope, top, share * peak) for share in (0.75, _HALF, 0.25))
    if radius is None:
        return None
    inner = top / STEPS_PER_PX if inner is None else inner
    outer = (len(slope) - 1) / STEPS_PER_PX if outer is None else outer
    width = max(outer - inner, _LEAST_WIDTH_PX)
    return Rim(radius, width, _HALF * peak / width, peak)


def ovalness(steep: Field, radius_px: float) -> tuple[float, float]:
    """Cosine and sine of the rim's second harmonic, as shares of its radius; 0 where untellable."""
    width = steep.shape[1] // (2 * _SECTORS)
    # Sector k lies around the angle k pi / 4, and around the opposite one.
    turned = np.roll(steep, width // 2, axis=1)
    radii = []
    for sector in range(_SECTORS):
        first, second = sector * width, (sector + _SECTORS) * width
        both = (turned[:, first : first + width], turned[:, second : second + width])
        rim = find_rim(profile(np.concatenate(both, axis=1), radius_px)[0], radius_px)
        if rim is None:
            return 0.0, 0.0
        radii.append(rim.radius_px)
    share = 2.0 * _ATTENUATED * sum(radii) / _SECTORS
    return (radii[0] - radii[2]) / share, (radii[1] - radii[3]) / share


def _falls_to(slope: Profile, top: int, level: float) -> float | None:
    below = np.flatnonzero(slope[top:] < level)
    if not below.size:
        return None
    outside = top + int(below[0])
    fall = float(slope[outside - 1] - slope[outside])
    return (outside - 1 + (float(slope[outside - 1]) - level) / max(fall, 1e-12)) / STEPS_PER_PX
