from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspectd_calibration.photon_transfer import (
    QUANTISATION_VARIANCE_DN2,
    Exposure,
    SensorCheck,
    check_sensor,
    pair_statistics,
)
from studies.light import series

from inspectd.core.errors import CalibrationError
from inspectd.simulate.sensor_series import LinearSensor


def ideal(gain: float, noise_e: float, well_e: float = 20_000.0) -> list[Exposure]:
    """The model's own numbers, without any noise in them."""
    dark = gain**2 * noise_e**2 + QUANTISATION_VARIANCE_DN2
    points = []
    for electrons in np.linspace(0.02, 1.2, 40) * well_e:
        kept = min(electrons, well_e)
        shot = gain**2 * electrons if electrons <= well_e else 0.0
        points.append(Exposure(electrons, 10.0 + gain * kept, dark + shot, 10.0, dark))
    return points


@pytest.mark.parametrize(
    ("bits", "gain", "noise_e", "dark_dn"),
    [
        (8, 0.25, 4.0, 8.0),
        (8, 0.06, 12.0, 6.0),
        (10, 0.1, 6.0, 5.0),
        (10, 0.5, 2.0, 8.0),
        (12, 0.4, 2.3, 20.0),
        (12, 2.0, 5.0, 60.0),
    ],
)
def test_gain_and_read_noise_of_a_simulated_sensor_come_out_within_two_percent(
    bits: int, gain: float, noise_e: float, dark_dn: float
) -> None:
    sensor = LinearSensor(bits, gain, noise_e, 1.5 * 2**bits / gain, dark_dn, 0.5, 0.005)

    check = check_sensor(series(sensor, 14, 200, seed=bits))

    assert check.system_gain_dn_per_e == pytest.approx(gain, rel=0.02)
    assert check.temporal_dark_noise_e == pytest.approx(noise_e, rel=0.02)
    assert check.saturation_reached
    assert not check.dark_noise_is_bound
    assert check.linearity_error_percent < 0.1
    assert check.prnu_percent == pytest.approx(0.5, abs=0.1)


@given(st.floats(0.05, 5.0), st.floats(10.0, 50.0))
def test_the_model_s_own_numbers_give_the_model_back(gain: float, noise_e: float) -> None:
    check = check_sensor(ideal(gain, noise_e))

    assert check.system_gain_dn_per_e == pytest.approx(gain, rel=1e-9)
    assert check.temporal_dark_noise_e == pytest.approx(noise_e, rel=1e-6)
    assert check.saturation_capacity_e == pytest.approx(20_000.0, rel=0.04)
    assert check.linearity_error_percent == pytest.approx(0.0, abs=1e-9)
    assert check.snr_max == pytest.approx(check.saturation_capacity_e**0.5)
    assert check.dynamic_range == pytest.approx(
        check.saturation_capacity_e / check.absolute_threshold_e
    )


def test_a_read_noise_below_the_quantisation_is_told_as_a_bound() -> None:
    sensor = LinearSensor(8, 0.02, 2.0, 20_000.0, 3.0)

    check = check_sensor(series(sensor, 14, 100, seed=1))

    assert check.dark_noise_is_bound
    assert check.temporal_dark_noise_e > 2.0


def test_a_series_that_ends_below_saturation_says_so() -> None:
    check = check_sensor([point for point in ideal(0.5, 20.0) if point.exposure_us < 12_000.0])

    assert not check.saturation_reached
    assert check.saturation_capacity_e == pytest.approx(12_000.0, rel=0.05)


def test_the_linearity_error_is_that_of_the_response() -> None:
    bent = [
        replace(point, mean_dn=point.mean_dn + 0.02 * point.signal_dn**2 / 10_000.0)
        for point in ideal(0.5, 20.0)
    ]

    check = check_sensor(bent)

    assert 0.2 < check.linearity_error_percent < 2.0
    assert check_sensor(ideal(0.5, 20.0)).linearity_error_percent < 1e-6


@given(st.integers(0, 1000))
def test_a_change_of_light_between_two_pictures_is_no_noise(step: int) -> None:
    rng = np.random.default_rng(5)
    first, second = (rng.normal(1000.0, 3.0, (80, 80)) for _ in range(2))

    _, variance, _ = pair_statistics(first, second + step)

    assert variance == pytest.approx(9.0, rel=0.1)


def test_a_fixed_pattern_is_spatial_variance_and_not_temporal() -> None:
    rng = np.random.default_rng(6)
    pattern = rng.normal(0.0, 5.0, (200, 200))
    first, second = (pattern + rng.normal(100.0, 2.0, pattern.shape) for _ in range(2))

    mean, temporal, spatial = pair_statistics(first, second)

    assert mean == pytest.approx(100.0, abs=0.1)
    assert temporal == pytest.approx(4.0, rel=0.05)
    assert spatial == pytest.approx(25.0, rel=0.05)


def denoised(points: list[Exposure]) -> list[Exposure]:
    return [replace(point, variance_dn2=0.9 * point.dark_variance_dn2) for point in points]


def noiseless_below_saturation(points: list[Exposure]) -> list[Exposure]:
    return [replace(point, variance_dn2=0.5) for point in points[:-12]] + points[-12:]


def dark_light(points: list[Exposure]) -> list[Exposure]:
    return [replace(point, mean_dn=10.0) for point in points]


def copied(points: list[Exposure]) -> list[Exposure]:
    return [*points[:9], replace(points[9], variance_dn2=0.0), *points[10:]]


def copied_dark(points: list[Exposure]) -> list[Exposure]:
    copy = replace(points[0], dark_variance_dn2=0.0, dark_spatial_variance_dn2=1.0)
    return [copy, *points[1:]]


def negative(points: list[Exposure]) -> list[Exposure]:
    return [replace(points[0], dark_variance_dn2=-1.0), *points[1:]]


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (ideal(0.5, 20.0)[:4], "4 exposure times: at least 5"),
        (ideal(0.5, 20.0)[25:], "add shorter exposure times"),
        (denoised(ideal(0.5, 20.0)), "record raw pictures"),
        (noiseless_below_saturation(ideal(0.5, 20.0)), "record raw pictures"),
        (dark_light(ideal(0.5, 20.0)), "light is on"),
        (copied(ideal(0.5, 20.0)), "equal to the last bit"),
        (copied_dark(ideal(0.5, 20.0)), "equal to the last bit"),
        (negative(ideal(0.5, 20.0)), "variance below 0"),
    ],
)
def test_a_series_that_will_not_do_names_the_remedy(points: list[Exposure], message: str) -> None:
    with pytest.raises(CalibrationError, match=message):
        check_sensor(points)


def test_what_is_derived_is_in_the_standard_s_decibels() -> None:
    check: SensorCheck = check_sensor(ideal(1.0, 10.0))

    assert check.snr_max_db == pytest.approx(10.0 * np.log10(check.saturation_capacity_e))
    assert check.dynamic_range_db == pytest.approx(20.0 * np.log10(check.dynamic_range))
