"""Labels: near what they name, in the picture, and over nothing else."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from inspectd.vision.labels import Box, Ground

SIDE = 400
SQUARE = np.array([[-5.0, -5.0], [5.0, -5.0], [5.0, 5.0], [-5.0, 5.0]])
points = st.tuples(st.floats(0.0, SIDE - 1.0), st.floats(0.0, SIDE - 1.0))


def overlap(one: Box, two: Box) -> bool:
    return all(
        max(one[axis], two[axis]) < min(one[axis] + one[axis + 2], two[axis] + two[axis + 2])
        for axis in (0, 1)
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(points, min_size=1, max_size=12), st.integers(4, 12), st.integers(8, 150))
def test_labels_stay_in_the_picture_and_off_each_other_and_off_what_is_taken(
    middles: list[tuple[float, float]], cell_px: int, width_px: int
) -> None:
    ground = Ground((SIDE, SIDE), cell_px)
    squares = [SQUARE + middle for middle in middles]
    for square in squares:
        ground.take_outline(square)
    boxes = [box for square in squares if (box := ground.place((width_px, 20), square))]
    for number, (left, top, width, height) in enumerate(boxes):
        assert left >= 0
        assert top >= 0
        assert left + width <= SIDE
        assert top + height <= SIDE
        assert not any(overlap(boxes[number], other) for other in boxes[:number])
        for middle in middles:
            assert not (left < middle[0] < left + width and top < middle[1] < top + height)


def test_a_label_touches_what_it_names_where_there_is_room() -> None:
    ground = Ground((SIDE, SIDE), 5)
    square = np.array([[200.0, 200.0], [220.0, 200.0], [220.0, 220.0], [200.0, 220.0]])
    ground.take_outline(square)
    box = ground.place((60, 20), square)
    assert box is not None
    left, top, width, height = box
    aside = max(left - 220, 200 - left - width, 0)
    above = max(top - 220, 200 - top - height, 0)
    assert np.hypot(aside, above) <= 15


def test_there_is_no_label_where_there_is_no_room() -> None:
    ground = Ground((SIDE, SIDE), 5)
    ground.take((0, 0, SIDE, SIDE))
    assert ground.place((60, 20), np.full((1, 2), 100.0)) is None
    assert Ground((10, 10), 5).place((60, 20), np.full((1, 2), 5.0)) is None
