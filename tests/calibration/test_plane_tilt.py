"""How a plane stands before the camera."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspectd_calibration.camera_fit import fit_pose
from inspectd_calibration.plane_fit import fit_plane, neutral_lens
from inspectd_calibration.plane_tilt import off_plane_slopes, tilt_deg, working_distance_mm
from support.seen_targets import HEIGHT_PX, LENS, TARGET, WIDTH_PX, pixels, seen, turned

STRAIGHT = neutral_lens(WIDTH_PX, HEIGHT_PX)


@settings(max_examples=30, deadline=None)
@given(st.floats(5.0, 40.0), st.floats(0.0, 360.0))
def test_the_tilt_is_seen_without_a_lens(tilt: float, slope_deg: float) -> None:
    # Turned about the point that the optical axis meets, which is where it is measured.
    rng = np.random.default_rng(1)
    found = seen(turned(tilt, slope_deg), (0, 0, 260.0), rng, noise_px=0.0, lens=STRAIGHT)
    told = tilt_deg(found, fit_plane(found, None).calibration)

    assert told == pytest.approx(tilt, abs=0.05)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.0, 40.0), st.floats(0.0, 360.0), st.floats(200.0, 900.0))
def test_the_distance_is_along_the_optical_axis(
    tilt: float, slope_deg: float, away_mm: float
) -> None:
    rng = np.random.default_rng(2)
    found = seen(turned(tilt, slope_deg), (0, 0, away_mm), rng, noise_px=0.0)

    assert working_distance_mm(fit_pose(LENS, found)) == pytest.approx(away_mm, rel=1e-4)


@pytest.mark.parametrize("tilt", [0.0, 18.0])
def test_slopes_say_where_a_point_off_the_plane_seems_to_be(tilt: float) -> None:
    rotation, centre = turned(tilt, 25.0), np.array([3.0, 2.0, 240.0])
    found = seen(rotation, (3.0, 2.0, 240.0), np.random.default_rng(3), noise_px=0.0)
    fit = fit_plane(found, LENS)
    slopes = off_plane_slopes(found, fit.calibration, fit_pose(LENS, found), None)
    off_mm = 0.1
    local = TARGET.points_mm - TARGET.points_mm.mean(axis=0)
    there = np.column_stack((local, np.full(len(local), off_mm))) @ rotation.T + centre
    seems = fit.calibration.to_mm(pixels(there))

    # A point nearer by dz seems further out: the opposite of where the target's own point is.
    assert found.points_mm - seems == pytest.approx(off_mm * slopes, abs=2e-3 * off_mm)


@pytest.mark.parametrize("tilt", [6.0, 18.0])
def test_without_a_lens_the_distance_gives_nearly_the_same_slopes(tilt: float) -> None:
    found = seen(
        turned(tilt, 25.0), (0, 0, 240.0), np.random.default_rng(4), noise_px=0.0, lens=STRAIGHT
    )
    calibration = fit_plane(found, None).calibration
    told = off_plane_slopes(found, calibration, None, 240.0)
    exact = off_plane_slopes(found, calibration, fit_pose(STRAIGHT, found), None)

    # The direction of the tilt is not known without a lens: up to a sign of the slope.
    sizes = np.linalg.norm(told, axis=1), np.linalg.norm(exact, axis=1)
    assert sizes[0].max() == pytest.approx(sizes[1].max(), rel=0.25)


def test_a_telecentric_view_has_one_slope_everywhere() -> None:
    found = seen(turned(10.0, 90.0), (0, 0, 9_000.0), np.random.default_rng(5), noise_px=0.0)
    slopes = off_plane_slopes(found, fit_plane(found, LENS).calibration, None, None)

    assert np.ptp(slopes, axis=0) == pytest.approx([0.0, 0.0], abs=1e-12)
    assert np.linalg.norm(slopes[0]) == pytest.approx(np.tan(np.radians(10.0)), rel=0.1)
