import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspectd.simulate.field import as_field
from inspectd.simulate.scratch import Scratch


@st.composite
def scratches(draw: st.DrawFn) -> Scratch:
    length = draw(st.floats(1.0, 40.0))
    return Scratch(
        centre_mm=(draw(st.floats(-50.0, 50.0)), draw(st.floats(-50.0, 50.0))),
        length_mm=length,
        width_mm=draw(st.floats(0.05, 0.3)) * length,
        depth_mm=0.03,
        direction_deg=draw(st.floats(0.0, 360.0)),
        curvature_per_mm=draw(st.floats(-2.0, 2.0)) / length,
    )


def polygon_area(corners: np.ndarray) -> float:
    x, y = corners.T
    return float(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2.0)


@settings(deadline=None)
@given(scratches())
def test_every_corner_of_the_contour_lies_on_the_outline(scratch: Scratch) -> None:
    x, y = as_field(np.asarray(scratch.contour_mm()).T)
    assert np.abs(scratch.distance_mm(x, y)).max() < 1e-3


@settings(deadline=None)
@given(scratches())
def test_the_contour_encloses_the_true_area(scratch: Scratch) -> None:
    area = polygon_area(np.asarray(scratch.contour_mm()))
    assert area == pytest.approx(scratch.area_mm2, rel=0.01)


@settings(deadline=None)
@given(scratches())
def test_no_two_points_of_the_contour_are_farther_apart_than_the_diameter(
    scratch: Scratch,
) -> None:
    corners = np.asarray(scratch.contour_mm())
    farthest = np.linalg.norm(corners[:, None] - corners[None], axis=2).max()
    assert farthest <= scratch.diameter_mm + 1e-6


def test_a_straight_scratch_reaches_half_its_length_from_its_middle() -> None:
    scratch = Scratch((10.0, 10.0), 8.0, 0.4, 0.03, 0.0)
    x = as_field([5.9, 6.1, 13.9, 14.1])
    inside = scratch.distance_mm(x, as_field([10.0] * 4)) < 0.0
    assert inside.tolist() == [False, True, True, False]


def test_an_arc_is_as_long_along_its_centreline_as_a_straight_one() -> None:
    bent = Scratch((0.0, 0.0), 10.0, 0.2, 0.03, 0.0, curvature_per_mm=0.2)
    end = 0.2 * (bent.length_mm - bent.width_mm) / 2.0
    tip = as_field([[5.0 * math.sin(end)], [5.0 * (1.0 - math.cos(end))]])
    assert bent.distance_mm(tip[0], tip[1])[0] == pytest.approx(-0.1, abs=1e-5)


@settings(deadline=None)
@given(scratches())
def test_the_slopes_of_a_groove_lead_down_to_its_depth(scratch: Scratch) -> None:
    across = np.linspace(0.0, scratch.width_mm / 2.0, 400)
    angle = math.radians(scratch.direction_deg)
    x = as_field(scratch.centre_mm[0] - across * math.sin(angle))
    y = as_field(scratch.centre_mm[1] + across * math.cos(angle))
    slopes = scratch.mark(x, y).slopes
    assert slopes is not None
    rise = -slopes[0] * math.sin(angle) + slopes[1] * math.cos(angle)
    # Fields are float32: far from the origin, 400 steps across a hair-line are coarse.
    assert np.trapezoid(rise, across) == pytest.approx(scratch.depth_mm, rel=0.06)


def test_the_surface_beside_a_scratch_is_untouched() -> None:
    scratch = Scratch((0.0, 0.0), 6.0, 0.2, 0.03, 30.0, 0.1, (0.5, 0.6, 0.7))
    mark = scratch.mark(as_field([2.0]), as_field([-2.0]))
    assert mark.slopes is not None
    assert mark.reflectance is not None
    assert np.abs(mark.slopes).max() < 1e-6
    assert np.all(mark.reflectance == 1.0)


def test_a_scratch_wider_than_long_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than wide"):
        Scratch((0.0, 0.0), 1.0, 2.0, 0.03, 0.0)


def test_a_scratch_that_bends_back_is_refused() -> None:
    with pytest.raises(ValueError, match="half a turn"):
        Scratch((0.0, 0.0), 10.0, 0.2, 0.03, 0.0, curvature_per_mm=0.5)


def test_in_its_gaps_a_broken_scratch_leaves_the_surface_as_it_is() -> None:
    broken = Scratch((0.0, 0.0), 8.0, 0.3, 0.03, 0.0, 0.0, (0.5, 0.5, 0.5), ((-1.0, 0.5),))
    mark = broken.mark(as_field([-2.0, -0.25, 2.0]), as_field([0.0, 0.0, 0.0]))
    assert mark.reflectance is not None
    assert mark.reflectance[:, 0].tolist() == pytest.approx([0.5, 1.0, 0.5], abs=1e-6)
    assert broken.length_mm == 8.0


@pytest.mark.parametrize("gap_mm", [(-4.0, 0.0), (1.0, 1.0), (3.0, 4.0)])
def test_a_gap_at_an_end_or_of_no_length_is_refused(gap_mm: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="gaps between its ends"):
        Scratch((0.0, 0.0), 8.0, 0.3, 0.03, 0.0, gaps_mm=(gap_mm,))
