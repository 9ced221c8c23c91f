"""A grid of dots."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Points
from inspectd_calibration.detect_order import upright
from inspectd_calibration.lattice import grid_of
from inspectd_calibration.target import Target

# Enough to still tell a dot of three pixels, and to see none in noise.
_SMOOTHING_PX = 1.0
_SMALLEST_AREA_PX = 9.0
_LEAST_CONVEX = 0.85
# Perspective makes the nearest dot so much wider than the middle one, or the farthest narrower.
_SIZES = 2.5
_SMALLEST_GRID = 3


def find_dots(grey: NDArray[np.uint8], target: Target) -> tuple[NDArray[np.int64], Points]:
    """Ids (n,) and positions (n, 2) of all dots' centres in a (rows, columns) uint8 picture.

    Dark blobs of about one size that are a grid. CalibrationError if the grid is another one.
    """
    dots = _dots(grey, target)
    grid = grid_of(dots)
    wanted = (target.rows, target.columns)
    if grid.shape[:2] == wanted[::-1] != wanted:
        grid = grid.transpose(1, 0, 2)
    if grid.shape[:2] != wanted or not np.isfinite(grid).all():
        raise CalibrationError(_why_not(grid, len(dots), target))
    return np.arange(target.rows * target.columns), upright(grid, None).reshape(-1, 2)


def _dots(grey: NDArray[np.uint8], target: Target) -> Points:
    """Centres (n, 2) of the dark blobs that might be dots."""
    parameters = cv2.SimpleBlobDetector.Params()
    parameters.minArea = _SMALLEST_AREA_PX
    parameters.maxArea = max(grey.size / (target.columns * target.rows), _SMALLEST_AREA_PX)
    parameters.minDistBetweenBlobs = float(np.sqrt(_SMALLEST_AREA_PX))
    parameters.minConvexity = _LEAST_CONVEX
    smooth = cv2.GaussianBlur(grey, (0, 0), sigmaX=_SMOOTHING_PX)
    blobs = cv2.SimpleBlobDetector.create(parameters).detect(smooth)
    if not blobs:
        return np.empty((0, 2))
    sizes = np.array([blob.size for blob in blobs])
    # What else is dark and small, above all letters, is smaller.
    middle = float(np.median(np.sort(sizes)[-target.columns * target.rows :]))
    alike = (sizes > middle / _SIZES) & (sizes < middle * _SIZES)
    return np.array([blob.pt for blob in blobs], dtype=np.float64)[alike]


def _why_not(grid: Points, dots: int, target: Target) -> str:
    wanted = f"{target.columns} x {target.rows}"
    rows, columns = sorted(grid.shape[:2])
    if rows < _SMALLEST_GRID:
        return (
            f"no grid of {wanted} dots is seen ({dots} dark dots are): show the whole sheet with "
            "its white margin, and look at light, focus and glare"
        )
    missing = int(np.isnan(grid[..., 0]).sum())
    if missing:
        return (
            f"of a grid of {columns} x {rows} dots {missing} are missing: uncover the target, look "
            "at glare and dirt, or go nearer"
        )
    return (
        f"a grid of {columns} x {rows} dots is seen, not {wanted}: show the whole sheet with its "
        "white margin, and give columns and rows of the target as it was printed"
    )
