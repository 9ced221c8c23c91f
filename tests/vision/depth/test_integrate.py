"""integrate: heights from slopes, whatever they are at the border."""

import numpy as np
import pytest

from inspectd.vision.depth.integrate import integrate


@pytest.mark.parametrize("shape", [(60, 80), (61, 77), (16, 17)])
def test_a_surface_that_does_not_end_at_its_borders_comes_back(shape: tuple[int, int]) -> None:
    rows, columns = np.mgrid[: shape[0], : shape[1]] * 0.1
    heights = (
        0.3 * np.sin(columns) + 0.5 * np.cos(0.7 * rows) + 0.2 * columns + 0.05 * rows * columns
    )
    slope_x = (0.3 * np.cos(columns) + 0.2 + 0.05 * rows).astype(np.float32)
    slope_down = (-0.35 * np.sin(0.7 * rows) + 0.05 * columns).astype(np.float32)
    found = integrate(slope_x, slope_down, 0.1)
    np.testing.assert_allclose(found, heights - heights.mean(), atol=5e-3)


def test_noise_in_the_slopes_averages_out() -> None:
    rng = np.random.default_rng(2)
    noise = rng.normal(0.0, 0.01, (2, 200, 200)).astype(np.float32)
    assert integrate(noise[0], noise[1], 0.05).std() < 0.001
