"""Spread: the same pieces of work, whoever does them."""

from hypothesis import given
from hypothesis import strategies as st

from inspectd.vision.spread import all_three, in_turn, strips


@given(rows=st.integers(0, 500), height=st.integers(1, 100))
def test_strips_cover_every_row_once_and_in_order(rows: int, height: int) -> None:
    covered = [row for part in strips(rows, height) for row in range(rows)[part]]
    assert covered == list(range(rows))
    assert all(part.start % height == 0 for part in strips(rows, height))


def test_work_in_turn_is_answered_in_order() -> None:
    assert in_turn([lambda: 3, lambda: 1, lambda: 2]) == [3, 1, 2]


def test_three_of_different_kinds_are_answered_in_order() -> None:
    assert all_three(in_turn, lambda: 1, lambda: "two", lambda: 3.0) == (1, "two", 3.0)
