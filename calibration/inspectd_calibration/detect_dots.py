"""Centres of the dots of a grid, corrected for what tilt and lens make of a disc."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Points
from inspectd_calibration.detect_order import upright
from inspectd_calibration.target import Target


def find_dots(grey: NDArray[np.uint8], target: Target) -> tuple[NDArray[np.int64], Points]:
    """Ids (n,) and positions (n, 2) of all dots' centres in a (rows, columns) uint8 picture.

    CalibrationError if the grid is not found.
    """
    blobs = cv2.SimpleBlobDetector.create(_blob_parameters(grey, target))
    size = (target.columns, target.rows)
    for flags in (
        cv2.CALIB_CB_SYMMETRIC_GRID,
        cv2.CALIB_CB_SYMMETRIC_GRID | cv2.CALIB_CB_CLUSTERING,
    ):
        found, centres = cv2.findCirclesGrid(grey, size, flags=flags, blobDetector=blobs)
        if found:
            break
    else:
        raise CalibrationError(_why_not(len(blobs.detect(grey)), target))
    grid = upright(centres.reshape(target.rows, target.columns, 2).astype(np.float64), None)
    return np.arange(target.rows * target.columns), grid.reshape(-1, 2)


def _blob_parameters(grey: NDArray[np.uint8], target: Target) -> cv2.SimpleBlobDetector.Params:
    parameters = cv2.SimpleBlobDetector.Params()
    parameters.minArea = 12.0
    parameters.maxArea = float(grey.size) / (target.columns * target.rows)
    parameters.minDistBetweenBlobs = 5.0
    parameters.minConvexity = 0.85
    return parameters


def _why_not(blobs: int, target: Target) -> str:
    wanted = target.columns * target.rows
    seen = f"{blobs} dark dots are seen, {wanted} are wanted"
    return (
        f"no grid of {target.columns} x {target.rows} dots is seen ({seen}): show the whole sheet "
        "with its white margin, look at light, focus and glare, and give columns and rows as "
        "printed"
    )
