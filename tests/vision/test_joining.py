"""joined: collinear pieces are one line."""

import numpy as np
import pytest

from inspectd.vision.joining import joined
from inspectd.vision.shape import Line, path_length


def piece(x0: float, y0: float, x1: float, y1: float, contrast: float = -0.2) -> Line:
    share = np.linspace(0.0, 1.0, 60)[:, None]
    path = (1 - share) * np.array([x0, y0]) + share * np.array([x1, y1])
    return Line(path, 4.0, 5.0, contrast, 10.0, 0.3)


def test_two_collinear_pieces_are_one_line_from_tip_to_tip() -> None:
    (line,) = joined([piece(0, 0, 60, 0), piece(140, 2, 80, 1)])
    assert path_length(line.centreline_px, closed=False) == pytest.approx(140.0, abs=0.5)
    assert line.width_px == 4.0


def test_three_pieces_in_any_order_are_one_line() -> None:
    assert len(joined([piece(160, 0, 220, 0), piece(0, 0, 60, 0), piece(80, 0, 140, 0)])) == 1


@pytest.mark.parametrize(
    "other",
    [
        piece(120, 0, 180, 0),  # too far
        piece(80, 20, 140, 20),  # beside
        piece(80, 0, 120, 60),  # another direction
        piece(80, 0, 140, 0, 0.2),  # bright, not dark
        piece(80, 0, 140, 0, -0.02),  # much fainter
    ],
)
def test_what_does_not_go_on_in_it_is_another_line(other: Line) -> None:
    assert len(joined([piece(0, 0, 60, 0), other])) == 2


def test_a_gap_longer_than_the_pieces_is_none() -> None:
    assert len(joined([piece(0, 0, 12, 0), piece(30, 0, 90, 0)])) == 2


def test_a_piece_of_a_longer_line_is_not_listed_beside_it() -> None:
    whole, again = piece(0, 0, 140, 0), piece(20, 1, 70, 1)
    assert [line is whole for line in joined([again, whole])] == [True]


def test_a_line_across_another_is_a_line_of_its_own() -> None:
    assert len(joined([piece(0, 0, 140, 0), piece(70, -30, 70, 30)])) == 2
