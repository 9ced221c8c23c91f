import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inspectd.core.polygon import Polygon, why_no_polygon

SQUARE: Polygon = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))


@pytest.mark.parametrize("corners", [SQUARE, SQUARE[::-1], SQUARE[:3]])
def test_plain_polygons_of_either_direction_are_taken(corners: Polygon) -> None:
    assert why_no_polygon(corners) == ""


def test_a_hollow_and_a_corner_on_a_straight_edge_are_no_mistake() -> None:
    assert why_no_polygon(((0, 0), (4, 0), (4, 4), (2, 1), (0, 4))) == ""
    assert why_no_polygon(((0, 0), (2, 0), (4, 0), (4, 4))) == ""


@pytest.mark.parametrize(
    ("corners", "words"),
    [
        (SQUARE[:2], "2 corners"),
        (((0, 0), (4, 4), (4, 0), (0, 4)), "corners 1 and 3 cross or touch"),
        (((0, 0), (4, 4), (5, 0), (0, 4)), "cross or touch"),
        (((0, 0), (1, 0), (2, 0)), "lie on each other"),
        (((0, 0), (4, 0), (4, 0), (0, 4)), "corner 2 and the one after it"),
        (((0, 0), (4, 0), (4, 4), (0, 0)), "corner 4 and the one after it"),
        (((0, 0), (4, 0), (2, 0), (2, 4)), "lie on each other"),
        (((0, 0), (4, 0), (4, 4), (2, 0), (0, 4)), "cross or touch"),
        (((0, 0), (1e-9, 0), (0, 1e-9)), "area is 0"),
    ],
)
def test_what_has_no_inside_is_told(corners: Polygon, words: str) -> None:
    assert words in why_no_polygon(corners)


@given(
    st.lists(st.floats(0.5, 50.0), min_size=3, max_size=20),
    st.integers(0, 19),
    st.integers(0, 19),
)
def test_a_star_is_a_polygon_until_two_of_its_corners_are_exchanged(
    radii: list[float], one: int, two: int
) -> None:
    turn = 2 * math.pi / len(radii)
    star = tuple((r * math.cos(i * turn), r * math.sin(i * turn)) for i, r in enumerate(radii))
    assert why_no_polygon(star) == ""
    one, two = one % len(radii), two % len(radii)
    assume(len(radii) > 4)
    assume((one - two) % len(radii) not in {0, 1, len(radii) - 1})
    level = [(50 * x / r, 50 * y / r) for r, (x, y) in zip(radii, star, strict=True)]
    level[one], level[two] = level[two], level[one]
    assert why_no_polygon(tuple(level)) != ""
