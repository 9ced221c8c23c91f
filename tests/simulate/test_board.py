"""Rendered targets against geometry that is worked out another way."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspectd.core.frame import Pixels
from inspectd.core.lens import Lens
from inspectd.simulate.board import project, render_board

WIDTH_PX, HEIGHT_PX = 320, 240
PITCH_MM = 20.0
BLACK, WHITE = 20.0, 200.0
STRAIGHT = Lens(focal_x_px=500.0, focal_y_px=505.0, centre_x_px=161.3, centre_y_px=118.7)
BENT = STRAIGHT.model_copy(update={"k1": -0.25, "k2": 0.07, "p1": 0.001, "p2": -0.0008})


@dataclass(frozen=True)
class Board:
    kind: str
    columns: int = 5
    rows: int = 4
    pitch_mm: float = PITCH_MM
    marker_mm: float | None = None


CHESSBOARD = Board("chessboard")
angles = st.floats(-0.35, 0.35)


def pose(x: float, y: float, z: float, distance_mm: float = 400.0) -> SimpleNamespace:
    """Tilt by a Rodrigues vector, with the board's middle in front of the camera."""
    rotation = np.asarray(cv2.Rodrigues(np.array([x, y, z]))[0])
    middle = PITCH_MM * np.array([2.0, 1.5, 0.0])
    return SimpleNamespace(
        rotation=rotation, translation_mm=np.array([0.7, -1.3, distance_mm]) - rotation @ middle
    )


def picture(board: Board, lens: Lens, where: SimpleNamespace, **changes: Any) -> Pixels:
    options: dict[str, Any] = {"blur_px": 0.0, "noise": 0.0, "rng": np.random.default_rng(1)}
    options |= {"width_px": WIDTH_PX, "height_px": HEIGHT_PX} | changes
    return render_board(board, lens, where.rotation, where.translation_mm, **options)


def edge_in_row(
    lens: Lens, where: SimpleNamespace, column: int, row: int
) -> tuple[int, float, float]:
    """A row of pixels, and where on it the edge above grid point (column, row) is and ends."""
    down_mm = PITCH_MM * np.linspace(row - 1.0, row, 401)
    left, edge, right = (
        project(
            np.column_stack((np.full_like(down_mm, x * PITCH_MM), down_mm)),
            lens,
            where.rotation,
            where.translation_mm,
        )
        for x in (column - 0.5, column, column + 0.5)
    )
    pixel_row = round(float(edge[200, 1]))
    at = [float(np.interp(pixel_row, line[:, 1], line[:, 0])) for line in (left, edge, right)]
    return pixel_row, at[1], min(at[1] - at[0], at[2] - at[1])


@given(angles, angles, st.floats(-0.1, 0.1), st.sampled_from([STRAIGHT, BENT]))
@settings(max_examples=12, deadline=None)
def test_an_edge_of_a_chessboard_is_where_the_lens_shows_it_to_a_fiftieth_of_a_pixel(
    x: float, y: float, z: float, lens: Lens
) -> None:
    where = pose(x, y, z)
    pixels = picture(CHESSBOARD, lens, where)

    for column in range(5):
        row, true_px, room_px = edge_in_row(lens, where, column, 2)
        first, last = round(true_px - 0.6 * room_px), round(true_px + 0.6 * room_px)
        levels = pixels[row, first : last + 1].astype(np.float64)
        # Of a step that all pixels average over their area, the share of each side is its length.
        share = (levels.sum() - len(levels) * levels[-1]) / (levels[0] - levels[-1])
        assert {levels[0], levels[-1]} == {BLACK, WHITE}
        assert first - 0.5 + share == pytest.approx(true_px, abs=0.02)


@given(angles, angles, st.sampled_from([STRAIGHT, BENT]))
@settings(max_examples=8, deadline=None)
def test_a_dot_has_its_area_and_its_middle(x: float, y: float, lens: Lens) -> None:
    where = pose(x, y, 0.0)
    pixels = picture(Board("dots"), lens, where)
    turn = np.linspace(0.0, 2.0 * np.pi, 721)[:-1]

    for column, row in ((0, 0), (2, 1), (4, 3)):
        rim_mm = PITCH_MM * np.column_stack(
            (column + 0.25 * np.cos(turn), row + 0.25 * np.sin(turn))
        )
        rim = project(rim_mm, lens, where.rotation, where.translation_mm)
        true_area = abs(cv2.contourArea(rim.astype(np.float32)))
        low, high = np.floor(rim.min(axis=0)).astype(int), np.ceil(rim.max(axis=0)).astype(int)
        around = pixels[low[1] - 1 : high[1] + 2, low[0] - 1 : high[0] + 2]
        black = (WHITE - around.astype(np.float64)) / (WHITE - BLACK)
        assert black.sum() == pytest.approx(true_area, rel=0.005)
        rows, columns = np.indices(black.shape)
        moments = cv2.moments(rim.astype(np.float32))
        true = np.array([moments["m10"], moments["m01"]]) / moments["m00"]
        middle = np.array([(black * columns).sum(), (black * rows).sum()]) / black.sum()
        assert middle + low - 1 == pytest.approx(true, abs=0.02)


def test_the_markers_of_a_charuco_board_are_read_by_opencv_where_it_expects_them() -> None:
    board = Board("charuco", marker_mm=14.0)
    where = pose(0.1, -0.2, 0.1, 500.0)
    lens = STRAIGHT.model_copy(update={"focal_x_px": 1000.0, "focal_y_px": 1000.0})
    lens = lens.model_copy(update={"centre_x_px": 319.5, "centre_y_px": 239.5})
    pixels = picture(board, lens, where, width_px=640, height_px=480, blur_px=0.7)
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_1000)
    corners, ids, _ = cv2.aruco.ArucoDetector(dictionary).detectMarkers(pixels)
    true = cv2.aruco.CharucoBoard((6, 5), PITCH_MM, 14.0, dictionary)

    assert sorted(np.ravel(ids)) == list(range(15))
    for number, seen in zip(np.ravel(ids), corners, strict=True):
        # OpenCV counts from the board's corner, one pitch from the first point.
        marker_mm = np.asarray(true.getObjPoints()[int(number)])[:, :2] - PITCH_MM
        shown = project(marker_mm.astype(np.float64), lens, where.rotation, where.translation_mm)
        assert seen.reshape(4, 2) == pytest.approx(shown, abs=1.5)


def test_noise_and_blur_are_what_was_asked_for() -> None:
    where = pose(0.0, 0.0, 0.0, 100.0)
    noisy = picture(CHESSBOARD, STRAIGHT, where, noise=3.0).astype(np.float64)
    clean = picture(CHESSBOARD, STRAIGHT, where).astype(np.float64)
    assert (noisy - clean).std() == pytest.approx(3.0, rel=0.03)

    blurred = picture(CHESSBOARD, STRAIGHT, where, blur_px=2.0).astype(np.float64)
    row, at, _ = edge_in_row(STRAIGHT, where, 2, 2)
    slope = np.diff(blurred[row, round(at) - 10 : round(at) + 11])
    place = np.arange(len(slope))
    middle = (slope * place).sum() / slope.sum()
    variance = (slope * (place - middle) ** 2).sum() / slope.sum()
    # The pixel itself adds a box, and the difference of two pixels another.
    assert np.sqrt(variance - 2.0 / 12.0) == pytest.approx(2.0, rel=0.03)


def test_the_same_generator_state_makes_the_same_picture() -> None:
    where = pose(0.1, 0.1, 0.1)
    first, second = (picture(CHESSBOARD, BENT, where, noise=2.0) for _ in range(2))
    assert np.array_equal(first, second)


def test_what_looks_past_the_plane_s_horizon_shows_no_board() -> None:
    where = pose(1.45, 0.0, 0.0)
    pixels = picture(CHESSBOARD, STRAIGHT, where)
    above = pixels[: HEIGHT_PX // 4] if pixels[0].max() < WHITE else pixels[-HEIGHT_PX // 4 :]
    assert set(np.unique(above)) == {70}
    assert {20, 200} <= set(np.unique(pixels))
