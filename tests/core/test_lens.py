"""Lens: bending and straightening are each other's inverse, and are OpenCV's."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from inspectd.core.frame import Points
from inspectd.core.lens import Lens

PLAIN = Lens(focal_x_px=460.0, focal_y_px=462.0, centre_x_px=320.0, centre_y_px=180.0)
BARREL = PLAIN.model_copy(update={"k1": -0.35, "k2": 0.15, "p1": 0.002, "p2": -0.003, "k3": -0.03})


def grid() -> Points:
    columns, rows = np.meshgrid(np.linspace(0, 639, 15), np.linspace(0, 359, 11))
    return np.column_stack((columns.ravel(), rows.ravel()))


def test_without_distortion_nothing_moves() -> None:
    assert PLAIN.undistorted(grid()) == pytest.approx(grid(), abs=1e-9)


def test_it_bends_as_opencv_does() -> None:
    ideal = grid()
    rays = np.column_stack(((ideal - [320.0, 180.0]) / [460.0, 462.0], np.ones(len(ideal))))
    expected, _ = cv2.projectPoints(
        rays, np.zeros(3), np.zeros(3), BARREL.matrix, BARREL.distortion
    )
    assert BARREL.distorted(ideal) == pytest.approx(expected[:, 0], abs=1e-9)


@given(
    st.floats(-0.15, 0.3), st.floats(-0.05, 0.1), st.floats(-0.005, 0.005), st.floats(-0.005, 0.005)
)
def test_straightening_undoes_bending(k1: float, k2: float, p1: float, p2: float) -> None:
    lens = PLAIN.model_copy(update={"k1": k1, "k2": k2, "p1": p1, "p2": p2})
    ideal = lens.undistorted(grid())
    seen = ~np.isnan(ideal).any(axis=1)
    assert seen.mean() > 0.9
    assert lens.distorted(ideal[seen]) == pytest.approx(grid()[seen], abs=1e-6)


def test_beyond_where_the_lens_folds_back_there_is_no_answer() -> None:
    folding = PLAIN.model_copy(update={"k1": -0.5})
    assert np.isnan(folding.undistorted(np.array([[5_000.0, 180.0]]))).all()
    assert not np.isnan(folding.undistorted(np.array([[330.0, 180.0]]))).any()


def test_no_points_are_no_trouble() -> None:
    assert BARREL.undistorted(np.empty((0, 2))).shape == (0, 2)


@pytest.mark.parametrize("wrong", [{"k1": float("nan")}, {"focal_x_px": 0.0}, {"k9": 1.0}])
def test_a_lens_that_is_none_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Lens.model_validate({**PLAIN.model_dump(), **wrong})
