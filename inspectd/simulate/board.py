"""Pictures of calibration targets with known camera, lens and pose."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Pixels, Points
from inspectd.core.lens import Lens
from inspectd.simulate.board_pattern import Board, Pattern, Values, pattern_of

# Grey levels of 255 that the lens shows before blur.
_BLACK, _WHITE, _SURROUNDINGS = 20.0, 200.0, 70.0
_FULL_SCALE = 255.0
# White around the outermost points; it is a square of the board, and one of margin.
_SHEET_PITCHES = 2.0
# Each pixel with an edge in it is the mean of this many by this many boxes.
_SUPERSAMPLING = 4
# A box of so many pixels that shows one colour only says that there is no edge in its middle one.
_REACH = 1.5


def render_board(
    board: Board,
    lens: Lens,
    rotation: NDArray[np.float64],
    translation_mm: NDArray[np.float64],
    *,
    width_px: int,
    height_px: int,
    blur_px: float,
    noise: float,
    rng: np.random.Generator,
) -> Pixels:
    """Picture of `board`: (height_px, width_px) uint8, black 20, white 200, surroundings 70.

    A point X on the board (x to the right, y down, z away from the camera; `Target` will do as
    board) is at `rotation` (3, 3) X + `translation_mm` (3,) in front of the camera, as in OpenCV.
    Every pixel is the mean over its area of what `lens.undistorted` says it looks at. `blur_px`
    and `noise` are standard deviations: of the lens' point spread, and in grey levels.
    """
    columns, rows = np.meshgrid(np.arange(width_px), np.arange(height_px))
    at_px = np.column_stack((columns.ravel(), rows.ravel())).astype(np.float64)
    seen = _radiance(
        board, _looks_at(lens, rotation, translation_mm, at_px).reshape(*rows.shape, 2)
    )
    if blur_px > 0.0:
        seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), sigmaX=blur_px), dtype=np.float64)
    exposed = seen + rng.normal(0.0, noise, seen.shape) if noise > 0.0 else seen
    return np.asarray(np.rint(exposed).clip(0.0, _FULL_SCALE), dtype=np.uint8)


def plane_matrix(
    lens: Lens, rotation: NDArray[np.float64], translation_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(3, 3) homography from mm on the board to where a pinhole shows them, px."""
    pose = np.column_stack((rotation[:, 0], rotation[:, 1], translation_mm))
    return np.asarray(lens.matrix @ pose)


def project(
    points_mm: Points,
    lens: Lens,
    rotation: NDArray[np.float64],
    translation_mm: NDArray[np.float64],
) -> Points:
    """Where the lens shows `points_mm` (n, 2) of the board, (n, 2) px: the truth of a rendering."""
    matrix = plane_matrix(lens, rotation, translation_mm)
    homogeneous = np.column_stack((points_mm, np.ones(len(points_mm)))) @ matrix.T
    return lens.distorted(homogeneous[:, :2] / homogeneous[:, 2:])


def _looks_at(
    lens: Lens,
    rotation: NDArray[np.float64],
    translation_mm: NDArray[np.float64],
    points_px: Points,
) -> Points:
    """Where on the board's plane pixels look, (n, 2) mm; NaN where they look past it."""
    to_plane = np.linalg.inv(plane_matrix(lens, rotation, translation_mm))
    ideal = np.column_stack((lens.undistorted(points_px), np.ones(len(points_px))))
    homogeneous = ideal @ to_plane.T
    # The third is one over the distance: not positive above the plane's horizon.
    homogeneous[~(homogeneous[:, 2] > 0.0)] = np.nan
    return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:])


def _radiance(board: Board, plane_mm: Values) -> Values:
    """Grey levels, (rows, columns), of pixels that look at `plane_mm`, (rows, columns, 2)."""
    down, right = (np.asarray(step) for step in np.gradient(plane_mm, axis=(0, 1)))
    near = _on_sheet(board, plane_mm) & np.isfinite(down + right).all(axis=-1)
    at, right, down = plane_mm[near], right[near], down[near]
    pattern = pattern_of(board)
    white = _white(pattern, at, right, down, _REACH)
    edge = (white > 0.0) & (white < 1.0)
    white[edge] = _mean_white(pattern, at[edge], right[edge], down[edge])
    radiance = np.full(plane_mm.shape[:2], _SURROUNDINGS)
    radiance[near] = _BLACK + (_WHITE - _BLACK) * white
    return radiance


def _on_sheet(board: Board, plane_mm: Values) -> NDArray[np.bool_]:
    margin_mm = _SHEET_PITCHES * board.pitch_mm
    last_mm = board.pitch_mm * np.array([board.columns - 1, board.rows - 1])
    return np.asarray(((plane_mm > -margin_mm) & (plane_mm < last_mm + margin_mm)).all(axis=-1))


def _mean_white(pattern: Pattern, at: Points, right: Points, down: Points) -> Values:
    """Share of white in pixels: the mean of boxes, each a small part of the pixel."""
    shifts = (np.arange(_SUPERSAMPLING) + 0.5) / _SUPERSAMPLING - 0.5
    parts = [
        _white(pattern, at + a * right + b * down, right, down, 1.0 / _SUPERSAMPLING)
        for a in shifts
        for b in shifts
    ]
    return np.asarray(np.mean(parts, axis=0))


def _white(pattern: Pattern, at: Points, right: Points, down: Points, scale: float) -> Values:
    """Share of white in boxes of the size of `scale` pixels, whose sides are `right` and `down`."""
    size = scale * np.hypot(right, down)
    return pattern(at[:, 0], at[:, 1], size[:, 0], size[:, 1])
