"""A part's outline: where it is said to be, turned as told."""

import numpy as np
import pytest

from inspectd.simulate.outline import Outline, plate
from inspectd.simulate.render import PartSpec, render_part


def test_distance_is_zero_on_the_edge_and_negative_on_the_part() -> None:
    outline = Outline((10.0, 5.0), 6.0, 4.0, corner_mm=1.0)
    x, y = np.array([10.0, 13.0, 14.0, 10.0]), np.array([5.0, 5.0, 5.0, 7.0])
    distance = outline.distance_mm(x.astype(np.float32), y.astype(np.float32))
    assert distance == pytest.approx([-2.0, 0.0, 1.0, 0.0], abs=1e-5)


def test_a_hole_shows_the_belt() -> None:
    outline = Outline((0.0, 0.0), 10.0, 10.0, holes_mm=((2.0, 0.0, 2.0),), angle_deg=90.0)
    x, y = np.array([0.0, 2.0], np.float32), np.array([2.0, 0.0], np.float32)
    share = outline.share(x, y, 0.05)
    assert share == pytest.approx([0.3, 1.0])


def test_the_belt_is_darker_than_the_part() -> None:
    spec = PartSpec(width_px=200, height_px=160, outline=plate(6.0, 5.0, (5.0, 4.0)))
    pixels = render_part(spec, 1)
    assert pixels[80, 100] > 2.0 * pixels[5, 5]
