import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspectd.simulate.field import as_field
from inspectd.simulate.stain import Stain

RUST = (0.5, 0.65, 0.8)
waves = st.lists(st.tuples(st.floats(0.0, 0.12), st.floats(0.0, 2.0 * math.pi)), max_size=4)
stains = st.builds(
    Stain,
    centre_mm=st.tuples(st.floats(-50.0, 50.0), st.floats(-50.0, 50.0)),
    area_mm2=st.floats(0.5, 100.0),
    colour=st.just(RUST),
    waves=waves.map(tuple),
)


@settings(deadline=None)
@given(stains)
def test_the_contour_encloses_the_area_that_was_asked_for(stain: Stain) -> None:
    x, y = np.asarray(stain.contour_mm()).T
    area = abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2.0
    assert area == pytest.approx(stain.area_mm2, rel=0.01)


@settings(deadline=None)
@given(stains)
def test_the_colour_is_half_of_itself_on_the_contour(stain: Stain) -> None:
    x, y = as_field(np.asarray(stain.contour_mm()).T)
    reflectance = stain.mark(x, y).reflectance
    assert reflectance is not None
    assert np.abs(reflectance - (1.0 + np.asarray(RUST)) / 2.0).max() < 1e-2


@settings(deadline=None)
@given(stains)
def test_a_stain_is_never_wider_than_long(stain: Stain) -> None:
    assert 0.0 < stain.width_mm <= stain.length_mm == stain.diameter_mm


def test_a_stain_without_area_is_refused() -> None:
    with pytest.raises(ValueError, match="a stain has an area"):
        Stain((0.0, 0.0), 0.0, RUST)


def test_waves_that_would_turn_the_outline_inside_out_are_refused() -> None:
    with pytest.raises(ValueError, match="add up to less"):
        Stain((0.0, 0.0), 5.0, RUST, ((0.3, 0.0), (0.3, 0.0)))
