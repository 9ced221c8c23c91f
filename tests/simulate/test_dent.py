import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspectd.simulate.dent import Dent
from inspectd.simulate.field import as_field

dents = st.builds(
    Dent,
    centre_mm=st.tuples(st.floats(-50.0, 50.0), st.floats(-50.0, 50.0)),
    diameter_mm=st.floats(0.2, 10.0),
    depth_mm=st.floats(0.01, 0.5),
)


def slope_towards_right(dent: Dent, radius_mm: np.ndarray) -> np.ndarray:
    x = as_field(dent.centre_mm[0] + radius_mm)
    slopes = dent.mark(x, as_field(np.full_like(radius_mm, dent.centre_mm[1]))).slopes
    assert slopes is not None
    return slopes[0]


@settings(deadline=None)
@given(dents)
def test_the_slopes_of_a_dent_lead_down_to_its_depth(dent: Dent) -> None:
    radius = np.linspace(0.0, dent.diameter_mm, 2000)
    assert np.trapezoid(slope_towards_right(dent, radius), radius) == pytest.approx(
        dent.depth_mm, rel=0.02
    )


@settings(deadline=None)
@given(dents)
def test_the_slope_at_the_rim_is_half_of_the_greatest(dent: Dent) -> None:
    radius = np.linspace(0.0, dent.diameter_mm, 2000)
    slopes = slope_towards_right(dent, radius)
    at_rim = slope_towards_right(dent, np.array([dent.diameter_mm / 2.0]))[0]
    assert at_rim == pytest.approx(slopes.max() / 2.0, rel=0.1)


@settings(deadline=None)
@given(dents)
def test_nothing_is_touched_where_the_distance_is_positive(dent: Dent) -> None:
    radius = np.linspace(0.0, dent.diameter_mm, 500)
    x = as_field(dent.centre_mm[0] + radius)
    outside = dent.distance_mm(x, as_field(np.full_like(radius, dent.centre_mm[1]))) > 1e-4
    assert outside.any()
    assert np.all(slope_towards_right(dent, radius)[outside] == 0.0)


@pytest.mark.parametrize(("diameter_mm", "depth_mm"), [(0.0, 0.1), (2.0, 0.0), (-1.0, 0.1)])
def test_a_dent_without_size_is_refused(diameter_mm: float, depth_mm: float) -> None:
    with pytest.raises(ValueError, match="a dent has a size"):
        Dent((0.0, 0.0), diameter_mm, depth_mm)
