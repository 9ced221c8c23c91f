"""Reliefs: slopes at any step, whatever the lights' powers, and what stays unknown."""

import math

import numpy as np
import pytest
from studies.dents import job

from inspectd.core.recipe import Recipe
from inspectd.simulate.light import DIRECTED
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.surface import Surface
from inspectd.vision.background import departure
from inspectd.vision.depth.relief import LitRelief, MeasuredRelief, Place, Relief, coarseness
from inspectd.vision.normalise import linearise
from inspectd.vision.regions import candidates
from inspectd.vision.spread import in_turn
from inspectd.vision.texture import Filters, unusual
from inspectd.vision.window import Evidence

WHOLE = Place(0, 0, 240, 160, 1)


def evidence(pixels: np.ndarray) -> Evidence:
    vision = Recipe().vision
    working = linearise(pixels, 1.0)
    filters = Filters((vision.wavelength_px,), vision.orientations)
    away = departure(working)
    found = candidates(unusual(working.half, filters, in_turn), away, vision)
    return Evidence(pixels, None, working, filters, away, found)


def lit(*, dimmed: float = 1.0, spoilt: int = 0, level: int = 255) -> LitRelief:
    """A sound plastic plate; north's light dimmed, a square of the first `spoilt` shots blinded."""
    spec = PartSpec(surface=Surface.PLASTIC, width_px=240, height_px=160)
    shots = []
    for number, light in enumerate(DIRECTED):
        pixels = render_part(
            PartSpec(surface=spec.surface, width_px=240, height_px=160, light=light), 3
        )
        if number == 0:
            pixels = (pixels * dimmed).astype(np.uint8)
        if number < spoilt:
            pixels[60:100, 100:140] = level
        shots.append(evidence(pixels))
    calibration = job().calibration
    assert calibration is not None
    directions = np.array([light.direction for light in calibration.lights])
    return LitRelief(shots, directions, 0.05)


def rms(relief: Relief, place: Place) -> float:
    return math.hypot(*(float(np.nanstd(slope)) for slope in relief.slopes(place, 0.05)))


def test_a_dimmed_light_leaves_the_slopes() -> None:
    bright, dim = (lit(dimmed=share).slopes(WHOLE, 0.05)[1] for share in (1.0, 0.6))
    assert np.nanmedian(np.abs(bright - dim)) < 0.01
    assert abs(float(np.nanmedian(dim))) < 0.005


def test_one_saturated_shot_of_four_leaves_the_relief_known_and_two_do_not() -> None:
    square = np.s_[17:23, 27:33]
    assert np.isfinite(lit(spoilt=1).heights[square]).all()
    assert np.isnan(lit(spoilt=2).heights[square]).all()


@pytest.mark.parametrize("step", [1, 2, 3])
def test_slopes_have_the_shape_of_the_place_over_the_step(step: int) -> None:
    place = Place(7, 5, 101, 77, step)
    depth = MeasuredRelief(np.full((160, 240), 500, np.uint16), 1.0)
    for relief in (lit(), depth):
        assert relief.slopes(place, 0.05)[0].shape == (77 // step, 101 // step)


def test_means_of_pixels_are_smoother() -> None:
    relief = lit()
    assert rms(relief, Place(0, 0, 240, 160, 4)) < rms(relief, WHOLE)


def test_heights_give_slopes_in_millimetres_per_millimetre() -> None:
    rows, columns = np.mgrid[:160, :240]
    heights = np.rint(10_000 + 4.0 * columns - 2.0 * rows).astype(np.uint16)
    relief = MeasuredRelief(heights, 2.5)
    slope_x, slope_down = relief.slopes(Place(40, 40, 60, 60, 1), 0.05)
    assert np.nanmedian(slope_x) == pytest.approx(4.0 * 2.5e-3 / 0.05, rel=1e-3)
    assert np.nanmedian(slope_down) == pytest.approx(-2.0 * 2.5e-3 / 0.05, rel=1e-3)
    assert float(np.nanmax(np.abs(relief.heights))) < 1e-3


def test_level_0_is_unknown() -> None:
    heights = np.full((160, 240), 500, np.uint16)
    heights[40:80, 40:80] = 0
    relief = MeasuredRelief(heights, 1.0)
    assert np.isnan(relief.heights[11:19, 11:19]).all()
    assert np.isnan(relief.slopes(Place(40, 40, 40, 40, 1), 0.05)[0]).all()


def test_a_place_is_coarse_enough_and_no_coarser() -> None:
    assert [coarseness(side, 10, 192) for side in (10, 192, 193, 400)] == [1, 1, 2, 3]
