import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspectd_calibration.colour import fit_colour
from inspectd_calibration.colour_chart import REFERENCE_LAB
from inspectd_calibration.colour_space import Colours, lab_to_linear_srgb, srgb_encoded
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError

WANTED = lab_to_linear_srgb(REFERENCE_LAB)
CROSSTALK = np.array([[0.7, 0.25, 0.05], [0.15, 0.7, 0.15], [0.05, 0.3, 0.65]])
share = st.floats(0.0, 0.3)


def camera(
    crosstalk: NDArray[np.float64] = CROSSTALK,
    tint: tuple[float, float, float] = (0.5, 0.85, 0.6),
    black: float = 0.02,
) -> Colours:
    return np.asarray(WANTED @ crosstalk.T * np.array(tint) + black)


@settings(deadline=None)
@given(share, share, share, st.floats(0.4, 0.9), st.floats(0.4, 0.9), st.floats(0.0, 0.05))
def test_a_linear_camera_s_colours_come_out_right(
    first: float, second: float, third: float, red: float, blue: float, black: float
) -> None:
    crosstalk = np.array(
        [[1.0 - first, first, 0.0], [second, 1.0 - 2.0 * second, second], [0.0, third, 1.0 - third]]
    )

    fit = fit_colour(camera(crosstalk, (red, 0.85, blue), black))

    assert fit.corrected.max() < 1e-6
    assert fit.unseen.max() < 1e-6
    assert fit.black_level == pytest.approx([black] * 3, abs=1e-9)
    assert fit.white_balance == pytest.approx([0.85 / red, 1.0, 0.85 / blue])
    assert fit.exposure == pytest.approx(1.0 / 0.85)
    assert fit.matrix.sum(axis=1) == pytest.approx([1.0, 1.0, 1.0])
    assert fit.matrix @ crosstalk == pytest.approx(np.eye(3), abs=1e-9)


def test_each_step_brings_the_colours_nearer() -> None:
    noisy = camera() + np.random.default_rng(0).normal(0.0, 0.001, WANTED.shape)

    fit = fit_colour(noisy)

    assert fit.raw.mean() > 2.0 * fit.balanced.mean() > 10.0 * fit.corrected.mean()
    assert fit.corrected.mean() < 1.0
    assert fit.corrected.mean() <= fit.unseen.mean() < 1.5


def test_the_file_s_formula_is_what_was_fitted() -> None:
    fit = fit_colour(camera())

    balanced = fit.exposure * fit.white_balance * (camera() - fit.black_level)
    assert balanced @ fit.matrix.T == pytest.approx(WANTED, abs=1e-9)
    assert balanced @ fit.matrix.T == pytest.approx(fit.patches_srgb)


@pytest.mark.parametrize(
    ("patches", "message"),
    [
        (srgb_encoded(WANTED) * 0.9, "Gamma to 1"),
        (0.2 * camera(), "lengthen the exposure"),
        (np.vstack((camera()[:18], camera()[:17:-1])) * 10.0, "turned or mirrored"),
        (camera(black=0.15), "lower the camera's BlackLevel"),
    ],
)
def test_a_chart_that_will_not_do_names_the_remedy(patches: Colours, message: str) -> None:
    with pytest.raises(CalibrationError, match=message):
        fit_colour(patches)
