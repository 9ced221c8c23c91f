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
    assert light.spread_percent == pytest.approx(0.0, abs=1e-3)


@given(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4))
def test_a_slope_is_told_with_its_way_and_size(right: float, down: float) -> None:
    y, x = np.meshgrid(np.linspace(-0.5, 0.5, 180), np.linspace(-0.5, 0.5, 270), indexing="ij")

    light = uniformity(100.0 * (1.0 + right * x + down * y))

    assert light.brighter_towards == pytest.approx((right, down), abs=0.01)


def test_the_darkest_cell_counts() -> None:
    signal = np.full((90, 90), 100.0)
    signal[:10, :10] = 50.0

    light = uniformity(signal)

    assert light.minimum_over_maximum == pytest.approx(0.5)
    assert light.minimum_over_mean == pytest.approx(0.5 / (1.0 - 0.5 / 81.0))
    assert light.cells.shape == (9, 9)
    assert light.cells.argmin() == 0
