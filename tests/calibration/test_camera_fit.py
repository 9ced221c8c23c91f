"""A lens from many views, a pose from one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspectd_calibration.camera_fit import fit_lens, fit_pose
from support.seen_targets import LENS, TARGET, seen, turned, views

from inspectd.core.errors import CalibrationError


def test_views_without_noise_give_the_lens_back() -> None:
    fit = fit_lens(views(10, np.random.default_rng(1), noise_px=0.0))

    wanted, told = LENS.model_dump(), fit.lens.model_dump()
    assert {name: told[name] for name in list(wanted)[:4]} == pytest.approx(
        {name: wanted[name] for name in list(wanted)[:4]}, abs=0.01
    )
    assert [told["k1"], told["k2"]] == pytest.approx([LENS.k1, LENS.k2], abs=1e-3)
    assert fit.rms_px < 1e-4


def test_the_stated_covariance_is_the_scatter_of_the_lens() -> None:
    normal = []
    for seed in range(25):
        fit = fit_lens(views(10, np.random.default_rng([2, seed]), noise_px=0.05))
        off = np.array(list(fit.lens.model_dump().values())) - list(LENS.model_dump().values())
        normal.append(off @ np.linalg.solve(fit.covariance, off) / 9.0)

    # Chi squared over its 225 degrees of freedom, within five standard deviations.
    assert np.mean(normal) == pytest.approx(1.0, abs=5.0 * np.sqrt(2.0 / 225.0))


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0.0, 55.0),
    st.floats(0.0, 360.0),
    st.floats(-180.0, 180.0),
    st.floats(200.0, 900.0),
)
def test_a_pose_comes_back_as_it_was(
    tilt_deg: float, slope_deg: float, roll_deg: float, away_mm: float
) -> None:
    rotation = turned(tilt_deg, slope_deg, roll_deg)
    found = seen(rotation, (5.0, -3.0, away_mm), np.random.default_rng(3), noise_px=0.0)
    pose = fit_pose(LENS, found)

    assert pose.rms_px < 1e-3
    assert pose.tilt_deg == pytest.approx(tilt_deg, abs=0.01)
    assert pose.rotation == pytest.approx(rotation, abs=1e-4)
    middle = pose.rotation @ [*TARGET.points_mm.mean(axis=0), 0.0] + pose.translation_mm
    assert middle == pytest.approx([5.0, -3.0, away_mm], rel=1e-4, abs=1e-3)


def test_five_points_are_no_view() -> None:
    found = seen(turned(10.0, 0.0), (0.0, 0.0, 250.0), np.random.default_rng(4))
    few = replace(found, points_px=found.points_px[:5], points_mm=found.points_mm[:5])
    with pytest.raises(CalibrationError, match=r"a\.png: 5 points .* at least 6 .* show more"):
        fit_pose(LENS, few)
