"""round_rim: a dent's radius from the mean around its whole circle."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inspectd.vision.rim import round_rim
from inspectd.vision.shape import feret_diameter

ANGLE = np.linspace(0, 2 * np.pi, 40, endpoint=False)
CIRCLE = np.column_stack((np.cos(ANGLE), np.sin(ANGLE)))


def bowl(radius: float, direction_deg: float, noise: float) -> NDArray[np.float32]:
    rows, columns = np.mgrid[:160, :160].astype(float) - 80
    towards = columns * np.cos(np.radians(direction_deg)) + rows * np.sin(np.radians(direction_deg))
    shading = np.where(np.hypot(rows, columns) < radius, 0.1 * towards / radius, 0.0)
    return (shading + np.random.default_rng(2).normal(0, noise, shading.shape)).astype(np.float32)


@pytest.mark.parametrize("direction_deg", [0.0, 37.0, 200.0])
@pytest.mark.parametrize("noise", [0.0, 0.03])
@pytest.mark.parametrize("rough", [0.85, 1.15])
def test_a_bowls_rim_is_found_from_a_rough_outline(
    direction_deg: float, noise: float, rough: float
) -> None:
    found = round_rim(bowl(40.0, direction_deg, noise), 80 + rough * 40 * CIRCLE)
    assert feret_diameter(found) == pytest.approx(80.0, abs=2.0)


def test_the_rim_is_where_the_shading_has_fallen_to_half() -> None:
    rows, columns = np.mgrid[:160, :160].astype(float) - 80
    distance = np.hypot(rows, columns)
    # From full to nothing between 34 and 46 px.
    slope = np.clip((46 - distance) / 12, 0.0, 1.0)
    soft = (0.1 * slope * columns / np.maximum(distance, 1.0)).astype(np.float32)
    assert feret_diameter(round_rim(soft, 80 + 38 * CIRCLE)) == pytest.approx(80.0, abs=1.5)


def test_a_ring_under_a_dome_is_measured_too() -> None:
    rows, columns = np.mgrid[:160, :160].astype(float) - 80
    distance = np.hypot(rows, columns)
    ring = np.where(distance < 40, -0.1 * (distance / 40) ** 2, 0.0).astype(np.float32)
    assert feret_diameter(round_rim(ring, 80 + 36 * CIRCLE)) == pytest.approx(80.0, abs=2.0)


def test_what_is_not_round_keeps_its_outline() -> None:
    ellipse = 80 + CIRCLE * [50, 20]
    assert round_rim(bowl(40.0, 0.0, 0.0), ellipse) is ellipse


def test_where_nothing_is_shaded_the_outline_stays() -> None:
    rough = 80 + 40 * CIRCLE
    assert round_rim(np.zeros((160, 160), np.float32), rough) is rough
