"""The accuracy study, small: it renders, calibrates and counts what it says."""

import numpy as np
import pytest
from studies.geometry import SERIES, Lengths, figures, plane_only

from inspectd.core.lens import Lens

LENS = Lens(focal_x_px=1200.0, focal_y_px=1200.0, centre_x_px=402.0, centre_y_px=297.0)


def test_lengths_on_rendered_planes_are_right_to_a_twentieth_of_a_percent_of_the_field() -> None:
    planes = list(plane_only(LENS, np.random.default_rng(1)))
    (told,) = figures(planes).values()

    assert {plane.series for plane in planes} == {SERIES[2]}
    assert told["planes"] == 3
    assert told["error_p95_percent_of_field"] < 0.05
    assert told["covered_percent"] > 50.0


def test_the_figures_are_those_of_the_lengths() -> None:
    error_mm, expanded_mm = np.array([0.0, 0.1, -0.2, 0.4]), np.full(4, 0.2)
    one = Lengths("a", 0.0, error_mm, expanded_mm, field_mm=100.0)
    other = Lengths("a", 0.0, np.zeros(4), expanded_mm, field_mm=100.0)
    told = figures([one, other])["a"]

    assert told["covered_percent"] == pytest.approx(87.5)
    assert told["error_largest_percent_of_field"] == pytest.approx(0.4)
    assert told["covered_standard_error_percent"] == pytest.approx(12.5 / np.sqrt(2.0))
