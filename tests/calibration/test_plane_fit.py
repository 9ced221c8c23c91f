"""The homography: exact where there is no noise, and as uncertain as it says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspectd_calibration.plane_fit import fit_plane, neutral_lens
from support.seen_targets import HEIGHT_PX, LENS, TARGET, WIDTH_PX, pixels, seen, turned

from inspectd.core.errors import CalibrationError
from inspectd.core.lens import Lens

STRAIGHT = neutral_lens(WIDTH_PX, HEIGHT_PX)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.0, 40.0), st.floats(0.0, 360.0), st.floats(-180.0, 180.0), st.booleans())
def test_lengths_are_exact_where_there_is_no_noise(
    tilt_deg: float, slope_deg: float, roll_deg: float, straight: bool
) -> None:
    lens = STRAIGHT if straight else LENS
    rotation, centre = turned(tilt_deg, slope_deg, roll_deg), (2.0, -1.0, 260.0)
    found = seen(rotation, centre, np.random.default_rng(1), noise_px=0.0, lens=lens)
    fit = fit_plane(found, None if straight else LENS)
    on_plane = np.random.default_rng(2).uniform(-50.0, 50.0, (30, 2))
    there = np.column_stack((on_plane, np.zeros(30))) @ rotation.T + centre
    told = fit.calibration.to_mm(pixels(there, lens))

    assert np.diff(told, axis=0) == pytest.approx(np.diff(on_plane, axis=0), abs=1e-5)
    assert fit.noise_px < 1e-6


def test_the_noise_is_told_from_the_residuals() -> None:
    found = seen(turned(10.0, 40.0), (0.0, 0.0, 260.0), np.random.default_rng(3), noise_px=0.2)

    assert fit_plane(found, LENS).noise_px == pytest.approx(0.2, rel=0.25)


def test_the_modes_are_the_scatter_of_the_homography() -> None:
    at, told, stated = np.array([[80.0, 700.0]]), [], []
    for seed in range(80):
        rng = np.random.default_rng([4, seed])
        fit = fit_plane(seen(turned(15.0, 70.0), (0, 0, 260.0), rng, noise_px=0.2), LENS)
        middle = fit.calibration.to_mm(at)
        told.append(middle[0])
        stated.append(sum((mode.to_mm(at)[0] - middle[0]) ** 2 for mode in fit.modes))

    # The standard deviation of 80 draws is known to 8 %.
    assert np.sqrt(np.mean(stated, axis=0)) == pytest.approx(np.std(told, axis=0), rel=0.25)


def test_distortion_that_the_lens_does_not_know_is_found() -> None:
    bent = STRAIGHT.model_copy(update={"k1": -0.05})
    found = seen(turned(5.0, 0.0), (0, 0, 220.0), np.random.default_rng(5), lens=bent)
    fit = fit_plane(found, STRAIGHT, free_k1=True)

    assert fit.more_k1 is not None
    value, standard = fit.more_k1
    assert value == pytest.approx(-0.05, abs=4.0 * standard)
    assert standard < 0.005


def test_few_points_are_refused() -> None:
    found = seen(turned(5.0, 0.0), (0, 0, 260.0), np.random.default_rng(6))
    few = replace(found, points_px=found.points_px[:8], points_mm=found.points_mm[:8])
    with pytest.raises(CalibrationError, match=r"8 points .* at least 9 are needed"):
        fit_plane(few, LENS)


def test_points_on_one_line_are_refused() -> None:
    found = seen(turned(5.0, 0.0), (0, 0, 260.0), np.random.default_rng(7))
    row = slice(0, TARGET.columns)
    line = replace(found, points_px=found.points_px[row], points_mm=found.points_mm[row])
    with pytest.raises(CalibrationError, match=r"on one line"):
        fit_plane(line, LENS)


def test_a_lens_that_has_no_answer_where_the_target_is_seen_is_refused() -> None:
    found = seen(turned(5.0, 0.0), (0, 0, 260.0), np.random.default_rng(8))
    folding = Lens(focal_x_px=90.0, focal_y_px=90.0, centre_x_px=-900.0, centre_y_px=0.0, k1=-5.0)
    with pytest.raises(CalibrationError, match=r"no answer where the target is seen"):
        fit_plane(found, folding)
