from pathlib import Path

import numpy as np
import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from inspectd.core.calibration import Calibration, Origin
from inspectd.core.lens import Lens
from inspectd.toml_file import load_model

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


def test_a_picture_that_reaches_beyond_the_plane_s_horizon_has_not_everywhere_millimetres() -> None:
    tilted = Calibration(homography=(0.05, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0, -0.01, 1.0))
    assert tilted.why_no_plane(640, 90) == ""
    assert "horizon" in tilted.why_no_plane(640, 480)


def test_a_lens_moves_the_horizon_into_the_picture() -> None:
    tilted = (0.05, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0, -1 / 490, 1.0)
    lens = Lens(focal_x_px=500, focal_y_px=500, centre_x_px=320, centre_y_px=240, k1=-0.1)
    assert Calibration(homography=tilted).why_no_plane(640, 480) == ""
    assert "horizon" in Calibration(homography=tilted, lens=lens).why_no_plane(640, 480)


def test_the_hash_changes_with_the_content() -> None:
    assert Calibration.from_scale(0.05).sha256 != Calibration.from_scale(0.0501).sha256
    assert Calibration.from_scale(0.05).sha256 == Calibration.from_scale(0.05).sha256


LENS = Lens(focal_x_px=900.0, focal_y_px=900.0, centre_x_px=400.0, centre_y_px=300.0, k1=-0.2)
ORIGIN = Origin(
    made_at="2026-11-20T10:00:00+00:00",
    made_by="somebody",
    software_version="0",
    target="chessboard 9 x 6, pitch 5 mm",
    pictures={"a.png": "0" * 64},
)


def test_the_lens_is_undone_before_the_plane() -> None:
    shown = np.array([[100.0, 80.0], [400.0, 300.0]])
    calibration = Calibration(homography=TILTED, lens=LENS)
    plain = Calibration(homography=TILTED)
    np.testing.assert_allclose(calibration.to_mm(shown), plain.to_mm(LENS.undistorted(shown)))


def test_the_local_scale_includes_the_lens() -> None:
    calibration = Calibration(homography=(0.05, 0, 0, 0, 0.05, 0, 0, 0, 1), lens=LENS)
    assert calibration.mm_per_px_at(400.0, 300.0) == pytest.approx(0.05, rel=1e-6)
    assert calibration.mm_per_px_at(50.0, 50.0) > 0.052


def test_a_sealed_calibration_is_read_again(tmp_path: Path) -> None:
    sealed = Calibration(homography=TILTED, lens=LENS, origin=ORIGIN, valid_days=30).sealed()
    path = tmp_path / "calibration.toml"
    path.write_text(tomli_w.dumps(sealed.model_dump(mode="json", exclude_none=True)))
    assert load_model(path, Calibration) == sealed


def test_a_sealed_calibration_that_was_changed_is_refused() -> None:
    sealed = Calibration(homography=TILTED, origin=ORIGIN).sealed()
    changed = {**sealed.model_dump(), "length_uncertainty_relative": 0.0}
    with pytest.raises(ValidationError, match="changed after it was made"):
        Calibration.model_validate(changed)


def test_validity_counts_from_when_it_was_made() -> None:
    with pytest.raises(ValidationError, match=r"origin\.made_at"):
        Calibration(homography=TILTED, valid_days=30)


def test_fields_come_with_their_hash() -> None:
    with pytest.raises(ValidationError, match="belong together"):
        Calibration(homography=TILTED, fields="fields.npz")
