"""Where outlines lie to each other, against plain geometry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.frame import Points
from inspectd.vision.outlines import (
    box_gaps_mm,
    boxes_mm,
    gap_mm,
    lies_in,
    overlap,
    touches,
)

SQUARE = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
NOWHERE = np.array([[0.0, 0.0], [np.nan, 0.0], [4.0, 4.0]])
somewhere = st.floats(-20.0, 20.0)


def moved(x: float, y: float, grown: float = 1.0) -> Points:
    return np.asarray(SQUARE * grown + [x, y])


@given(somewhere, somewhere, st.floats(0.1, 3.0))
def test_the_gap_of_two_boxes_is_that_between_them(x: float, y: float, grown: float) -> None:
    aside = max(x - 4.0, -x - 4.0 * grown, 0.0)
    above = max(y - 4.0, -y - 4.0 * grown, 0.0)
    other = moved(x, y, grown)
    assert gap_mm(SQUARE, other) == pytest.approx(np.hypot(aside, above), abs=1e-9)
    assert gap_mm(other, SQUARE) == pytest.approx(np.hypot(aside, above), abs=1e-9)


@given(
    st.lists(st.tuples(somewhere, somewhere), min_size=3, max_size=12),
    st.lists(st.tuples(somewhere, somewhere), min_size=3, max_size=12),
)
def test_boxes_are_never_farther_apart_than_what_they_hold(
    one: list[tuple[float, float]], other: list[tuple[float, float]]
) -> None:
    outlines = np.array(one), np.array(other)
    boxes = boxes_mm(outlines)
    assert box_gaps_mm(boxes[0], boxes)[1] <= gap_mm(outlines[0], outlines[1]) + 1e-9


def test_outlines_that_cross_without_a_corner_in_the_other_are_not_apart() -> None:
    tall, wide = SQUARE * [0.1, 1.0] + [2.0, 0.0], SQUARE * [1.0, 0.1] + [0.0, 2.0]
    assert gap_mm(tall, wide) == 0.0


def test_what_lies_in_another_is_not_apart_from_it() -> None:
    assert gap_mm(SQUARE, moved(1.0, 1.0, 0.1)) == 0.0
    assert gap_mm(moved(1.0, 1.0, 0.1), SQUARE) == 0.0


@given(st.floats(0.0, 5.0))
def test_a_gap_that_is_near_enough_is_told_no_larger_than_that(enough: float) -> None:
    assert gap_mm(SQUARE, moved(6.0, 1.0), enough) <= max(enough, 2.0)


def test_touching_and_lying_in_leave_the_margin_to_the_doubt() -> None:
    assert touches(SQUARE, moved(4.05, 0.0), 0.1)
    assert not touches(SQUARE, moved(4.15, 0.0), 0.1)
    assert lies_in(moved(0.15, 0.15, 0.5), SQUARE, 0.1)
    assert not lies_in(moved(0.05, 0.15, 0.5), SQUARE, 0.1)
    assert not lies_in(moved(10.0, 10.0, 0.5), SQUARE, 0.1)
    assert not lies_in(moved(-1.0, -1.0, 2.0), SQUARE, 0.1)


def test_an_outline_that_is_no_number_is_near_everything_and_inside_of_nothing() -> None:
    assert touches(NOWHERE, moved(90.0, 0.0), 0.1)
    assert touches(moved(90.0, 0.0), NOWHERE, 0.1)
    assert not lies_in(NOWHERE, moved(-50.0, -50.0, 30.0), 0.1)
    assert not overlap(NOWHERE, SQUARE, 0.1)


def test_most_corners_must_lie_on_the_larger() -> None:
    assert overlap(moved(0.5, 0.5, 0.5), SQUARE, 0.0)
    assert overlap(moved(0.0, 0.05), SQUARE, 0.1)
    assert not overlap(moved(3.0, 3.0), SQUARE, 0.1)
    assert not overlap(moved(2.0, 0.0), SQUARE, 0.1)
