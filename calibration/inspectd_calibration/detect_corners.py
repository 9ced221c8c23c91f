"""Corners of squares to a hundredth of a pixel, by fitting what a lens makes of a corner."""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from inspectd.core.frame import Points
from inspectd_calibration.detect_fit import (
    Fitted,
    Grid,
    Values,
    Windows,
    fit,
    level_and_contrast,
    windows_around,
)
from inspectd_calibration.target import Target

_PITCH_SHARE = 0.4
_SMALLEST_RADIUS_PX, _LARGEST_RADIUS_PX = 3.0, 15.0


def refine_corners(
    grey: NDArray[np.uint8], guess_px: Points, grid: Grid, target: Target, blur_px: float
) -> Fitted:
    """Corners near `guess_px`, (n, 2).

    Least squares of two crossing edges as a Gaussian lens of `blur_px` shows them, a product of
    error functions on a slope of light (after L. Lucchese and S. K. Mitra, "Using saddle points for
    subpixel feature detection in camera calibration targets", APCCAS 2002, who fit a polynomial).
    The edges bend as the neighbouring points say.
    """
    windows = windows_around(grey, guess_px, _radius_px(grid, target, blur_px))
    angles = [np.arctan2(way[:, 1], way[:, 0]) for way in (grid.along_row, grid.along_column)]
    zeros = np.zeros(len(guess_px))
    model = partial(_corners, windows=windows, grid=grid, blur_px=blur_px)
    shape, _ = model(np.column_stack((zeros, zeros, *angles, zeros, zeros + 1.0, zeros, zeros)))
    levels = level_and_contrast(shape, windows)
    guess = np.column_stack((zeros, zeros, *angles, *levels, zeros, zeros))
    unknowns, residual = fit(model, windows, guess)
    return Fitted(guess_px + unknowns[:, :2], np.abs(unknowns[:, 5]), residual)


def _radius_px(grid: Grid, target: Target, blur_px: float) -> float:
    """How far from a corner there are only its two edges."""
    ways = np.concatenate((grid.along_row, grid.along_column))
    pitch_px = float(np.linalg.norm(ways, axis=1).min())
    if target.marker_mm is None:
        radius_px = _PITCH_SHARE * pitch_px
    else:
        # To the nearest corner of a marker, as the crow flies.
        share = (target.pitch_mm - target.marker_mm) / (np.sqrt(2.0) * target.pitch_mm)
        radius_px = float(share) * pitch_px - blur_px
    return min(max(radius_px, _SMALLEST_RADIUS_PX), _LARGEST_RADIUS_PX)


def _corners(
    unknowns: Values, windows: Windows, grid: Grid, blur_px: float
) -> tuple[Values, Values]:
    """Levels and derivatives by x, y, two angles, mean level, half contrast, slope of light."""
    x, y, row, column, level, contrast, slope_x, slope_y = (v[:, None] for v in unknowns.T)
    dx, dy = windows.right - x, windows.down - y
    first, by_first = _edge(dx, dy, row, (grid.along_row, grid.bend_row), blur_px)
    second, by_second = _edge(dx, dy, column, (grid.along_column, grid.bend_column), blur_px)
    model = level + contrast * first * second + slope_x * dx + slope_y * dy
    jacobian = np.stack(
        (
            contrast * (by_first[0] * second + first * by_second[0]) - slope_x,
            contrast * (by_first[1] * second + first * by_second[1]) - slope_y,
            contrast * by_first[2] * second,
            contrast * first * by_second[2],
            np.ones_like(dx),
            first * second,
            dx,
            dy,
        ),
        axis=-1,
    )
    return model, jacobian


def _edge(
    dx: Values, dy: Values, angle: Values, line: tuple[Points, Points], blur_px: float
) -> tuple[Values, tuple[Values, Values, Values]]:
    """From -1 to 1 across a line, and its derivatives by x, y of the corner and by the angle."""
    way, bend = line
    along_x, along_y = np.cos(angle), np.sin(angle)
    along, across = dx * along_x + dy * along_y, dy * along_x - dx * along_y
    length = np.linalg.norm(way, axis=1, keepdims=True)
    curvature = (bend[:, 1:] * along_x - bend[:, :1] * along_y) / length**2
    scaled = (across - curvature / 2.0 * along**2) / blur_px
    slope = np.sqrt(2.0 / np.pi) / blur_px * np.exp(-(scaled**2) / 2.0)
    return erf(scaled / np.sqrt(2.0)), (slope * along_y, -slope * along_x, -slope * along)
