"""Chessboard corners that markers name, so that part of a board will do."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Points
from inspectd_calibration.target import Target

# Fewer say too little of a lens; a homography takes four.
_FEWEST = 8


def charuco_board(target: Target) -> cv2.aruco.CharucoBoard:
    """OpenCV's description of a ChArUco `target`, in mm: the first square is black."""
    assert target.marker_mm is not None
    squares = (target.columns + 1, target.rows + 1)
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_1000)
    return cv2.aruco.CharucoBoard(squares, target.pitch_mm, target.marker_mm, dictionary)


def find_charuco(grey: NDArray[np.uint8], target: Target) -> tuple[NDArray[np.int64], Points]:
    """Ids (n,) and positions (n, 2) of the corners that are seen in a (rows, columns) picture.

    S. Garrido-Jurado et al., "Automatic generation and detection of highly reliable fiducial
    markers under occlusion", Pattern Recognition 47 (2014). CalibrationError if they are too few.
    """
    parameters = cv2.aruco.CharucoParameters()
    # One marker beside a corner will do: where it is, is fitted anew.
    parameters.minMarkers = 1
    detector = cv2.aruco.CharucoDetector(charuco_board(target), parameters)
    ids, points_px, markers = _corners(detector, grey)
    if not enough(ids, target):
        raise CalibrationError(_why_not(detector, grey, target, len(ids), markers))
    return ids, points_px


def _corners(
    detector: cv2.aruco.CharucoDetector, grey: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], Points, list[int]]:
    corners, ids, _, marker_ids = detector.detectBoard(grey)
    # Of what it does not see, OpenCV hands out None or nothing.
    known, markers = (_ints(found) for found in (ids, marker_ids))
    if len(known) == 0:
        return known, np.empty((0, 2)), markers.tolist()
    order = np.argsort(known)
    return known[order], corners.reshape(-1, 2)[order].astype(np.float64), markers.tolist()


def _ints(found: object) -> NDArray[np.int64]:
    return np.array([] if found is None else found, dtype=np.int64).ravel()


def enough(ids: NDArray[np.int64], target: Target) -> bool:
    """Whether these points are enough to learn from, and not in one line."""
    rows, columns = divmod(ids, target.columns)
    return len(ids) >= _FEWEST and len(set(rows)) > 1 and len(set(columns)) > 1


def _why_not(
    detector: cv2.aruco.CharucoDetector,
    grey: NDArray[np.uint8],
    target: Target,
    seen: int,
    markers: list[int],
) -> str:
    if enough(_corners(detector, np.ascontiguousarray(grey[:, ::-1]))[0], target):
        return (
            "the charuco board is mirrored: turn ReverseX and ReverseY of the camera off (or both "
            "on), take the picture without a mirror, and print the sheet the right way round"
        )
    board = detector.getBoard()
    if any(marker >= len(board.getIds()) for marker in markers):
        return (
            f"marker {max(markers)} is not of this board, which has {len(board.getIds())}: give "
            "columns, rows and markers of the target as it was printed"
        )
    if not markers:
        return (
            "no marker of the charuco board is seen: look at light, focus and glare, and go "
            "nearer; the markers must be of DICT_5X5_1000"
        )
    if seen == 0 and len(markers) >= _FEWEST:
        return (
            f"{len(markers)} markers are seen, but not where a board of {target.columns} x "
            f"{target.rows} corners has them: columns and rows count inner corners, one less than "
            "squares; give the target as it was printed"
        )
    return (
        f"only {seen} of the charuco board's {target.columns * target.rows} corners are seen "
        f"({len(markers)} markers), at least {_FEWEST} in two rows are needed: uncover the board, "
        "and avoid glare"
    )
