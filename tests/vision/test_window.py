"""open_window: a candidate at full resolution, compared to the surface right around it."""

from dataclasses import replace

import numpy as np
import pytest

from inspectd.core.recipe import Vision
from inspectd.vision.background import departure
from inspectd.vision.normalise import linearise
from inspectd.vision.regions import candidates
from inspectd.vision.texture import Filters, anomaly, gabor_energy
from inspectd.vision.window import Evidence, Window, open_window


def opened(error: float, noise: float = 2.0) -> Window:
    """A dark square of 40 px in the middle, where the background is wrong by `error`."""
    levels = np.random.default_rng(6).normal(128, noise, (400, 480))
    levels[180:220, 220:260] -= 38
    pixels = np.rint(levels).astype(np.uint8)
    working = linearise(pixels, 1.0)
    away = departure(working)
    energy = gabor_energy(working.half, 10.0, 8)
    found = candidates(anomaly(energy), away, Vision())
    off = replace(away, background=away.background - np.float32(error))
    return open_window(Evidence(pixels, None, working, Filters((10.0,), 8), off, found), 0)


@pytest.mark.parametrize("error", [0.0, 0.05, -0.1])
def test_what_the_background_is_wrong_by_around_a_candidate_is_taken_off(error: float) -> None:
    window = opened(error)
    rows = slice(185 - window.row_px, 215 - window.row_px)
    columns = slice(225 - window.column_px, 255 - window.column_px)
    assert np.median(window.difference[0, rows, columns]) == pytest.approx(-38 / 255, abs=0.01)
    assert np.median(window.difference[0][window.inside == 0]) == pytest.approx(0.0, abs=0.005)


def test_a_window_says_how_much_the_surface_around_scatters() -> None:
    assert opened(0.0, noise=4.0).noise[0] == pytest.approx(4.0 / 255, rel=0.15)


def test_the_candidate_is_inside_and_its_surroundings_are_not() -> None:
    window = opened(0.0)
    rows = slice(180 - window.row_px, 220 - window.row_px)
    columns = slice(220 - window.column_px, 260 - window.column_px)
    assert window.inside[rows, columns].all()
    assert not window.inside[0].any()
    assert not window.inside[:, 0].any()
