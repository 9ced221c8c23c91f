"""sides_px: where a line begins and ends across, by the heights of its own two flanks."""

import numpy as np
import pytest

from inspectd.vision.background import Plane
from inspectd.vision.sides import sides_px

AT_PX = np.arange(-30.0, 30.25, 0.5)


def straightened(*steps: tuple[float, float, float], noise: float = 0.002) -> Plane:
    """60 profiles of (from px, to px, height), with a soft edge of 1 px."""
    profile = np.zeros_like(AT_PX)
    for left, right, height in steps:
        profile += height * np.clip(np.minimum(AT_PX - left, right - AT_PX) + 0.5, 0.0, 1.0)
    rows = profile + np.random.default_rng(1).normal(0.0, noise, (60, AT_PX.size))
    return rows.astype(np.float32)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_a_plain_line_ends_at_half_of_its_height(sign: float) -> None:
    left, right = sides_px(straightened((-2.3, 3.1, 0.1 * sign)), 12.0)
    assert left == pytest.approx(-2.3, abs=0.15)
    assert right == pytest.approx(3.1, abs=0.15)


def test_a_weak_flank_belongs_to_the_line() -> None:
    left, right = sides_px(straightened((-4.5, 0.0, -0.1), (0.0, 4.5, -0.025)), 12.0)
    assert left == pytest.approx(-4.5, abs=0.2)
    assert right == pytest.approx(4.5, abs=0.3)


def test_a_flank_of_the_other_sign_belongs_to_the_line() -> None:
    left, right = sides_px(straightened((-4.0, 0.0, -0.1), (0.0, 4.0, 0.05)), 12.0)
    assert left == pytest.approx(-4.0, abs=0.2)
    assert right == pytest.approx(4.0, abs=0.3)


def test_a_knot_on_the_line_does_not_widen_it() -> None:
    planes = straightened((-2.0, 2.0, -0.05))
    planes[:25] = straightened((-25.0, 25.0, -0.4))[:25]
    left, right = sides_px(planes, 12.0)
    assert right - left == pytest.approx(4.0, abs=0.3)


def test_scatter_beside_the_line_is_no_flank() -> None:
    left, right = sides_px(straightened((-2.0, 2.0, -0.05), noise=0.02), 12.0)
    assert right - left == pytest.approx(4.0, abs=0.8)
