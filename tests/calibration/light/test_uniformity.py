import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspectd_calibration.uniformity import uniformity


@given(st.floats(1.0, 60_000.0))
def test_an_even_light_is_even_whatever_its_brightness(level: float) -> None:
    light = uniformity(np.full((90, 120), level))

    assert light.minimum_over_mean == pytest.approx(1.0)
    assert light.minimum_over_maximum == pytest.approx(1.0)


@given(st.floats(-0.8, 0.8))
def test_a_slope_s_ends_are_the_darkest_and_the_brightest_cell(right: float) -> None:
    signal = np.tile(100.0 * (1.0 + right * np.linspace(-0.5, 0.5, 180)), (90, 1))

    light = uniformity(signal)

    # The outer cells' middles stand at 8/9 of the way from the middle to the rim.
    assert light.minimum_over_mean == pytest.approx(1.0 - abs(right) * 4.0 / 9.0, abs=0.005)
    assert int(light.cells[0].argmax()) == (8 if right > 0.01 else 0) or abs(right) <= 0.01


def test_the_darkest_cell_counts() -> None:
    signal = np.full((90, 90), 100.0)
    signal[:10, :10] = 50.0

    light = uniformity(signal)

    assert light.minimum_over_maximum == pytest.approx(0.5)
    assert light.minimum_over_mean == pytest.approx(0.5 / (1.0 - 0.5 / 81.0))
    assert light.cells.shape == (9, 9)
    assert light.cells.argmin() == 0
