"""measure_bowl: the rim where the slope has fallen to half, depth and volume."""

import math

import numpy as np
import pytest

from inspectd.vision.depth.bowl import Bowl, Field, measure_bowl

SIDE = 161
PITCH_MM = 0.05


def bowl(
    radius_px: float, *, stretch: float = 1.0, noise: float = 0.0, depth_mm: float = 0.1
) -> tuple[Field, tuple[Field, Field]]:
    """Heights and slopes of a paraboloid with a soft rim, `stretch` times as long as wide."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2.0
    x = x / stretch
    distance = np.hypot(x, y)
    t = np.clip((radius_px - distance) / (0.16 * radius_px) + 0.5, 0.0, 1.0)
    per_px = 2.0 * depth_mm / PITCH_MM / radius_px**2 * t * t * (3.0 - 2.0 * t)
    rng = np.random.default_rng(3)
    slopes = (
        (per_px * x / stretch + rng.normal(0.0, noise, x.shape)).astype(np.float32),
        (per_px * y + rng.normal(0.0, noise, x.shape)).astype(np.float32),
    )
    heights = -depth_mm * np.clip(1.0 - (distance / radius_px) ** 2, 0.0, None)
    return heights.astype(np.float32), slopes


def axes(found: Bowl) -> tuple[float, float]:
    """Along the columns and along the rows."""
    long, short = np.ptp(found.outline(360), axis=0)
    return float(long), float(short)


def measured(radius_px: float, **drawn: float) -> Bowl:
    heights, slopes = bowl(radius_px, **drawn)
    found = measure_bowl(heights, slopes, (SIDE / 2, SIDE / 2), radius_px, PITCH_MM)
    assert found is not None
    return found


@pytest.mark.parametrize("radius_px", [6.0, 10.0, 25.5, 40.0])
def test_a_round_bowl_has_its_diameter_depth_and_volume(radius_px: float) -> None:
    found = measured(radius_px, noise=0.005)
    assert axes(found) == pytest.approx((2.0 * radius_px, 2.0 * radius_px), rel=0.015)
    assert found.depth_mm == pytest.approx(0.1, rel=0.06)
    volume = math.pi / 2.0 * radius_px**2 * 0.1
    assert found.volume_mm_px2 == pytest.approx(volume, rel=0.1)
    assert abs(found.radius_px - radius_px) < 5.0 * found.rim_noise_px + 0.15


@pytest.mark.parametrize("stretch", [1.05, 1.1, 1.2, 1.5])
def test_an_oval_bowl_has_two_diameters(stretch: float) -> None:
    found = measured(24.0, stretch=stretch, noise=0.005)
    assert axes(found) == pytest.approx((48.0 * stretch, 48.0), rel=0.02)


def test_a_groove_a_hill_and_a_plane_are_no_bowls() -> None:
    heights, slopes = bowl(12.0, stretch=4.0)
    assert measure_bowl(heights, slopes, (80.0, 80.0), 12.0, PITCH_MM) is None
    assert measure_bowl(-heights, slopes, (80.0, 80.0), 12.0, PITCH_MM) is None
    flat = np.zeros((SIDE, SIDE), np.float32)
    assert measure_bowl(flat, (flat, flat), (80.0, 80.0), 12.0, PITCH_MM) is None


def test_slopes_that_are_unknown_on_one_side_leave_the_diameter() -> None:
    heights, (slope_x, slope_down) = bowl(25.0)
    slope_x[:, 95:] = slope_down[:, 95:] = np.nan
    found = measure_bowl(heights, (slope_x, slope_down), (80.0, 80.0), 25.0, PITCH_MM)
    assert found is not None
    assert found.radius_px == pytest.approx(25.0, rel=0.02)
