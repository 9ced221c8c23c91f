import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from inspectd.core.calibration import Calibration

# A plane seen at a slant: what is further away is smaller.
TILTED = (0.05, 0.001, 2.0, 0.0, 0.06, -1.0, 0.0, 1e-4, 1.0)


def test_a_scale_maps_pixels_to_millimetres() -> None:
    points = np.array([[0.0, 0.0], [100.0, 40.0]])
    np.testing.assert_allclose(Calibration.from_scale(0.05).to_mm(points), [[0, 0], [5, 2]])


@given(st.floats(1e-4, 10), st.floats(0, 4000), st.floats(0, 4000))
def test_the_local_scale_of_a_plain_scale_is_that_scale(
    mm_per_px: float, column: float, row: float
) -> None:
    found = Calibration.from_scale(mm_per_px).mm_per_px_at(column, row)
    assert found == pytest.approx(mm_per_px, rel=1e-9)


@given(st.floats(0, 2000), st.floats(0, 2000))
def test_the_local_scale_of_a_tilted_plane_is_that_of_a_small_square(
    column: float, row: float
) -> None:
    calibration = Calibration(homography=TILTED)
    half = 0.01
    corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    x, y = calibration.to_mm(corners + np.array([column, row])).T
    area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
    assert calibration.mm_per_px_at(column, row) == pytest.approx(
        np.sqrt(area) / (2 * half), rel=1e-5
    )


@pytest.mark.parametrize(
    "homography",
    [(0.0,) * 9, (1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0), (float("nan"),) * 9, (1.0,) * 8],
)
def test_a_homography_that_maps_to_no_plane_is_refused(homography: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError):
        Calibration(homography=homography)


def test_the_hash_changes_with_the_content() -> None:
    assert Calibration.from_scale(0.05).sha256 != Calibration.from_scale(0.0501).sha256
    assert Calibration.from_scale(0.05).sha256 == Calibration.from_scale(0.05).sha256
