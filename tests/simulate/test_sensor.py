import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspectd.core.camera import PixelFormat
from inspectd.simulate.field import as_field
from inspectd.simulate.sensor import Sensor

SENSOR = Sensor(saturation_capacity_e=10_000.0, temporal_dark_noise_e=5.0, black_level=0.01)


def expose(level: float, pixel_format: PixelFormat = "Mono16") -> np.ndarray:
    return SENSOR.expose(
        as_field(np.full((200, 200), level)), pixel_format, np.random.default_rng(0)
    )


@settings(deadline=None)
@given(st.floats(0.05, 0.9))
def test_mean_and_variance_follow_the_photon_transfer(level: float) -> None:
    grey_per_electron = 65_535.0 / 10_000.0
    picture = expose(level).astype(np.float64)
    assert picture.mean() == pytest.approx((level + 0.01) * 65_535.0, rel=0.01)
    electrons = level * 10_000.0
    expected = grey_per_electron**2 * (electrons + 5.0**2)
    assert picture.var() == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    ("pixel_format", "depth", "full_scale"),
    [("Mono8", np.uint8, 255), ("Mono12", np.uint16, 4095), ("Mono16", np.uint16, 65_535)],
)
def test_a_full_well_clips_at_full_scale(
    pixel_format: PixelFormat, depth: type, full_scale: int
) -> None:
    picture = expose(1.5, pixel_format)
    assert picture.dtype == depth
    assert np.all(picture == full_scale)


def test_darkness_is_the_black_level_and_never_wraps_around() -> None:
    picture = expose(-1.0, "Mono8")
    assert 2 <= picture.mean() <= 3
    assert picture.max() < 10


@pytest.mark.parametrize(("level", "grey"), [(100.4, 100), (100.6, 101)])
def test_without_noise_a_level_becomes_the_nearest_grey(level: float, grey: int) -> None:
    quiet = Sensor(saturation_capacity_e=1e12, temporal_dark_noise_e=0.0, black_level=0.0)
    signal = as_field(np.full((20, 20), level / 255.0))
    assert np.all(quiet.expose(signal, "Mono8", np.random.default_rng(0)) == grey)
