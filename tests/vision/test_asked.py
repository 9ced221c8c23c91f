"""asked: how small the forbidden defects are in a picture."""

import pytest

from inspectd.core.calibration import Calibration
from inspectd.core.recipe import Recipe
from inspectd.core.rules import Zone, ZoneDent, ZoneScratch
from inspectd.vision.asked import asked

SQUARE = ((0.0, 0.0), (5.0, 0.0), (5.0, 5.0), (0.0, 5.0))


def test_without_zones_it_is_the_recipes_own_limits() -> None:
    least = asked(Recipe(), Calibration.from_scale(0.05), (400, 480))
    assert (least.dent_px, least.scratch_px) == pytest.approx((40.0, 100.0))
    assert least.least_px == least.dent_px


def test_the_strictest_limit_of_all_zones_counts() -> None:
    seal = Zone(name="seal", polygon_mm=SQUARE, dent=ZoneDent(max_diameter_mm=1.0))
    edge = Zone(name="edge", polygon_mm=SQUARE, scratch=ZoneScratch(max_length_mm=0.5))
    least = asked(Recipe(zones=(seal, edge)), Calibration.from_scale(0.05), (400, 480))
    assert (least.dent_px, least.scratch_px) == pytest.approx((20.0, 10.0))
    assert least.least_px == least.scratch_px
