"""Inner corners of a chessboard."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Points
from inspectd_calibration.detect_order import upright
from inspectd_calibration.target import Target

# What is looked for to say how much of a board is seen; 3 x 3 are found in mere noise.
_SMALLEST = (4, 4)


def find_chessboard(grey: NDArray[np.uint8], target: Target) -> tuple[NDArray[np.int64], Points]:
    """Ids (n,) and positions (n, 2) of all inner corners in a (rows, columns) uint8 picture.

    A. Duda and U. Frese, "Accurate detection and localization of checkerboard corners for
    calibration", BMVC 2018 (OpenCV's findChessboardCornersSB). CalibrationError if there is none.
    """
    size = (target.columns, target.rows)
    found, corners = cv2.findChessboardCornersSB(grey, size, flags=cv2.CALIB_CB_ACCURACY)
    if not found:
        raise CalibrationError(_why_not(grey, target))
    grid = upright(corners.reshape(target.rows, target.columns, 2).astype(np.float64), grey)
    return np.arange(target.rows * target.columns), grid.reshape(-1, 2)


def _why_not(grey: NDArray[np.uint8], target: Target) -> str:
    """What is seen instead of the whole board, and what to do about it."""
    wanted = f"{target.columns} x {target.rows}"
    found, _, meta = cv2.findChessboardCornersSBWithMeta(grey, _SMALLEST, cv2.CALIB_CB_LARGER)
    if not found:
        return (
            f"no chessboard with {wanted} inner corners is seen: look at light, focus and glare, "
            "and show the whole sheet with its white margin"
        )
    # As wide as high does not matter: the board may lie on its side.
    rows, columns = sorted(meta.shape)
    least, most = sorted((target.rows, target.columns))
    seen = f"{columns} x {rows}"
    if (rows, columns) == (least - 1, most - 1):
        return (
            f"a chessboard with {seen} inner corners is seen, not {wanted}: columns and rows count "
            "inner corners, one less than squares; give the target as it was printed"
        )
    if rows >= least and columns >= most:
        return (
            f"a chessboard with {seen} inner corners is seen, not {wanted}: give the target as it "
            "was printed"
        )
    return (
        f"only {seen} of the chessboard's {wanted} inner corners are seen: part of it is hidden, "
        "glares or is outside the picture (or columns and rows are another target's)"
    )
