"""Centres of dots to a hundredth of a pixel, free of what tilt and lens do to a disc."""

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

# Of the pitch: a dot's radius, and how far around it the sheet is surely white.
_RADIUS, _WINDOW = 0.25, 0.45
# The very middle of a dot lies in no direction.
_TINY = 1e-9


def refine_discs(grey: NDArray[np.uint8], guess_px: Points, grid: Grid, blur_px: float) -> Fitted:
    """Centres of discs near `guess_px`, (n, 2).

    The picture of a tilted disc's centre is not the centre of its picture (J. Heikkilä, "Geometric
    camera calibration using circular control points", IEEE PAMI 22 (2000)). So the disc is fitted
    on the target's plane: to second order around each dot, which is where that error comes from,
    the neighbouring dots say how the plane is seen. The radius is free: ink spreads.
    """
    ways = np.concatenate((grid.along_row, grid.along_column))
    windows = windows_around(grey, guess_px, _WINDOW * float(np.linalg.norm(ways, axis=1).max()))
    zeros = np.zeros(len(guess_px))
    model = partial(_discs, windows=windows, grid=grid, blur_px=blur_px)
    start = np.column_stack((zeros, zeros, zeros + _RADIUS, zeros, zeros + 1.0, zeros, zeros))
    p, q, _ = _on_plane(windows.right, windows.down, grid)
    near = Windows(
        windows.right,
        windows.down,
        windows.levels,
        windows.weights * (np.hypot(p, q) < _WINDOW),
    )
    start[:, 3], start[:, 4] = level_and_contrast(model(start)[0], near)
    unknowns, residual = fit(model, near, start)
    return Fitted(guess_px + unknowns[:, :2], np.abs(unknowns[:, 4]), residual)


def _discs(unknowns: Values, windows: Windows, grid: Grid, blur_px: float) -> tuple[Values, Values]:
    """Levels and derivatives by x, y, radius (pitches), mean level, half contrast, slope."""
    x, y, radius, level, contrast, slope_x, slope_y = (v[:, None] for v in unknowns.T)
    dx, dy = windows.right - x, windows.down - y
    p, q, inverse = _on_plane(dx, dy, grid)
    distance = np.hypot(p, q)
    # Of the distance in pitches, by px in the picture: its direction and length.
    unit_p, unit_q = (v / np.maximum(distance, _TINY) for v in (p, q))
    by_x = unit_p * inverse[:, None, 0, 0] + unit_q * inverse[:, None, 1, 0]
    by_y = unit_p * inverse[:, None, 0, 1] + unit_q * inverse[:, None, 1, 1]
    per_px = np.maximum(np.hypot(by_x, by_y) * blur_px, _TINY)
    scaled = (distance - radius) / per_px
    shape = erf(scaled / np.sqrt(2.0))
    slope = np.sqrt(2.0 / np.pi) * np.exp(-(scaled**2) / 2.0) / per_px
    jacobian = np.stack(
        (
            -contrast * slope * by_x - slope_x,
            -contrast * slope * by_y - slope_y,
            -contrast * slope,
            np.ones_like(dx),
            shape,
            dx,
            dy,
        ),
        axis=-1,
    )
    return level + contrast * shape + slope_x * dx + slope_y * dy, jacobian


def _on_plane(dx: Values, dy: Values, grid: Grid) -> tuple[Values, Values, Values]:
    """Offsets (n, m) on the target, in pitches, of offsets in px, and (n, 2, 2) pitches a px.

    Solves d = J s + Q(s) / 2 for s to second order: s = J^-1 (d - Q(J^-1 d) / 2).
    """
    inverse = np.linalg.inv(np.stack((grid.along_row, grid.along_column), axis=-1))
    offset = np.stack((dx, dy), axis=-1)
    p, q = np.moveaxis(offset @ inverse.transpose(0, 2, 1), -1, 0)
    bends = (v[:, None] for v in (grid.bend_row, grid.twist, grid.bend_column))
    parts = ((p**2)[..., None], (2.0 * p * q)[..., None], (q**2)[..., None])
    bent = sum((b * part for b, part in zip(bends, parts, strict=True)), np.zeros_like(offset))
    flat = (offset - bent / 2.0) @ inverse.transpose(0, 2, 1)
    return flat[..., 0], flat[..., 1], inverse
