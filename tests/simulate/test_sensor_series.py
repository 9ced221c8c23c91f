import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspectd.core.frame import Pixels
from inspectd.simulate.sensor_series import LinearSensor

SHAPE = (200, 200)


def expose(sensor: LinearSensor, electrons: float, seed: int = 0) -> Pixels:
    rng = np.random.default_rng(seed)
    return sensor.expose(np.full(SHAPE, electrons), sensor.pattern(SHAPE, rng), rng)


@settings(deadline=None, max_examples=20)
@given(st.floats(100.0, 5000.0), st.floats(0.1, 0.5), st.floats(5.0, 20.0))
def test_mean_and_variance_are_those_of_the_linear_model(
    electrons: float, gain: float, noise_e: float
) -> None:
    sensor = LinearSensor(12, gain, noise_e, 20_000.0, 50.0)

    levels = (expose(sensor, electrons) >> 4).astype(float)

    assert levels.mean() == pytest.approx(50.0 + gain * electrons, rel=0.005)
    expected = gain**2 * (electrons + noise_e**2) + 1.0 / 12.0
    assert levels.var() == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize(
    ("bits", "dtype", "full", "step"),
    [(8, np.uint8, 255, 1), (10, np.uint16, 65_472, 64), (12, np.uint16, 65_520, 16)],
)
def test_levels_fill_their_container_from_the_top(
    bits: int, dtype: type, full: int, step: int
) -> None:
    sensor = LinearSensor(bits, 1.0, 2.0, 1e6, 10.0)

    bright, dim = expose(sensor, 1e5), expose(sensor, 50.0)

    assert bright.dtype == dtype
    assert np.all(bright == full)
    assert np.gcd.reduce(dim.ravel()) == step


def test_a_full_well_clips_the_light_s_noise_but_not_the_read_noise() -> None:
    sensor = LinearSensor(12, 0.5, 4.0, 1000.0, 50.0)

    levels = (expose(sensor, 5000.0) >> 4).astype(float)

    assert levels.mean() == pytest.approx(550.0, abs=0.1)
    assert levels.var() == pytest.approx(0.25 * 16.0 + 1.0 / 12.0, rel=0.05)


def test_each_pixel_keeps_its_own_offset_and_gain() -> None:
    sensor = LinearSensor(12, 1.0, 2.0, 1e6, 100.0, dsnu_e=10.0, prnu=0.05)
    rng = np.random.default_rng(1)
    pattern = sensor.pattern(SHAPE, rng)

    def mean_of(electrons: float) -> np.ndarray:
        shots = [sensor.expose(np.full(SHAPE, electrons), pattern, rng) >> 4 for _ in range(16)]
        return np.asarray(np.mean(shots, axis=0))

    assert mean_of(0.0).std() == pytest.approx(10.0, rel=0.05)
    assert mean_of(2000.0).std() == pytest.approx(np.hypot(100.0, 10.0), rel=0.05)
