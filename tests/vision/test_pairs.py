"""Facing candidates: bright beside dark, and not more of them than there is time for."""

import numpy as np

from inspectd.vision.background import Departure
from inspectd.vision.lines import NO_SEEDS
from inspectd.vision.pairs import facing
from inspectd.vision.regions import Candidates


def scene(*spots: tuple[int, int, float]) -> tuple[Candidates, Departure]:
    """Squares of 7 x 7 px at (column, row), lighter or darker."""
    labels = np.zeros((120, 120), np.int32)
    lightness = np.zeros((1, 120, 120), np.float32)
    boxes = []
    for number, (left, top, sign) in enumerate(spots, 1):
        labels[top : top + 7, left : left + 7] = number
        lightness[0, top : top + 7, left : left + 7] = 0.2 * sign
        boxes.append((left, top, 7, 7))
    away = Departure(np.full_like(lightness, 0.5), lightness, np.full(1, 0.01, np.float32))
    found = np.array(boxes, dtype=np.int32).reshape(-1, 4)
    return Candidates(labels, found, NO_SEEDS, len(found)), away


def test_a_bright_and_a_dark_neighbour_face_each_other() -> None:
    assert facing(*scene((10, 10, 1.0), (18, 10, -1.0))) == [(0, 1)]


def test_two_of_one_sign_or_far_apart_do_not() -> None:
    assert facing(*scene((10, 10, 1.0), (18, 10, 1.0))) == []
    assert facing(*scene((10, 10, 1.0), (30, 10, -1.0))) == []
    assert facing(*scene((10, 10, 1.0))) == []


def test_the_nearest_pair_comes_first() -> None:
    assert facing(*scene((10, 10, 1.0), (18, 10, -1.0), (10, 17, -1.0))) == [(0, 2), (0, 1)]


def test_in_a_crowd_each_has_three_partners_at_most() -> None:
    spots = [(8 * i, 8 * j, (-1.0) ** (i + j)) for i in range(14) for j in range(14)]
    pairs = facing(*scene(*spots))
    assert len(pairs) > 98
    assert np.bincount(np.ravel(pairs)).max() <= 3
