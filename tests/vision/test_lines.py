"""line_seeds: lines that no single pixel shows."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspectd.vision.background import Plane
from inspectd.vision.lines import NO_SEEDS, Seeds, clear_of, drawn, line_seeds
from inspectd.vision.spread import Spread, in_turn

NOISE = 0.02
CONTRAST = 0.03  # 1.5 of a pixel's noise


def noisy(seed: int, rows: int = 300, columns: int = 400) -> Plane:
    noise = np.random.default_rng(seed).normal(0.0, NOISE, (rows, columns))
    return np.asarray(0.4 + noise, np.float32)


def ruled(half: Plane, x: float, y: float, length: float, angle_deg: float) -> Plane:
    """The same with a dark line of two pixels around (x, y), in pixels of `half`."""
    row, column = np.mgrid[: half.shape[0], : half.shape[1]].astype(float)
    cos, sin = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    along = (column - x) * cos + (row - y) * sin
    across = (row - y) * cos - (column - x) * sin
    outside = np.maximum(np.abs(along) - length / 2, np.abs(across) - 1.0)
    return np.asarray(half - CONTRAST * np.clip(0.5 - outside, 0, 1), np.float32)


def quartered(half: Plane) -> Plane:
    """The means of 2 x 2 pixels."""
    rows, columns = half.shape[0] // 2, half.shape[1] // 2
    return np.asarray(half.reshape(rows, 2, columns, 2).mean(axis=(1, 3)))


def found(half: Plane, spread: Spread = in_turn) -> Seeds:
    """What `line_seeds` finds in a picture of which this is the half."""
    return line_seeds(quartered(half), spread=spread)


@given(st.floats(0.0, 180.0), st.floats(120.0, 280.0), st.floats(110.0, 190.0))
@settings(max_examples=25, deadline=None)
def test_a_faint_line_is_found_in_every_direction_and_place(
    angle_deg: float, x: float, y: float
) -> None:
    seeds = found(ruled(noisy(1), x, y, 120.0, angle_deg))
    assert len(seeds.score) > 0
    assert seeds.score[0] < 0.0
    middle_px = seeds.ends_px[0].mean(axis=0)
    cos, sin = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    off = middle_px - (2 * x + 0.5, 2 * y + 0.5)
    assert abs(off[1] * cos - off[0] * sin) < 12.0
    assert abs(off[0] * cos + off[1] * sin) < 130.0


@pytest.mark.parametrize("seed", range(5))
def test_in_noise_alone_nearly_nothing_is_found(seed: int) -> None:
    scores = np.abs(found(noisy(seed)).score)
    assert len(scores) <= 6
    assert (scores < 6.0).all()


def test_a_line_is_found_across_a_grain_that_hides_it_along() -> None:
    streaks = np.repeat(np.random.default_rng(2).normal(0.0, 0.03, (300, 1)), 400, axis=1)
    grain = np.asarray(noisy(3) + streaks, np.float32)
    seeds = found(ruled(grain, 200.0, 150.0, 120.0, 60.0))
    assert seeds.score[0] < -6.0


def test_the_rim_of_something_wide_is_no_line() -> None:
    half = noisy(4)
    half[100:200, 150:250] -= np.float32(0.2)
    wide = np.zeros((150, 200), np.uint8)
    wide[50:100, 75:125] = 1
    assert len(clear_of(found(half), wide).score) <= 2


def test_seeds_are_drawn_where_they_lie() -> None:
    seeds = found(ruled(noisy(1), 200.0, 150.0, 120.0, 0.0))
    clearest = Seeds(seeds.ends_px[:1], seeds.score[:1])
    rows = np.flatnonzero(drawn(clearest, (150, 200)).any(axis=1))
    assert abs(np.median(rows) - 75) <= 2


def test_a_picture_too_small_for_lines_has_none() -> None:
    assert found(noisy(1, 20, 20)) is NO_SEEDS


def test_noise_is_told_by_what_lies_inside() -> None:
    """Or a small part before an empty ground would be full of lines."""
    inside = np.zeros((150, 200), np.uint8)
    inside[50:100, 60:130] = 1
    part = np.asarray((quartered(noisy(5)) - np.float32(0.4)) * inside, np.float32)
    scores = np.abs(line_seeds(part, inside=inside).score)
    assert len(scores) <= 6
    assert (scores < 6.0).all()


def test_a_higher_threshold_lets_less_through() -> None:
    picture = quartered(ruled(noisy(1), 200.0, 150.0, 120.0, 20.0))
    clearest = float(np.abs(line_seeds(picture).score).max())
    assert len(line_seeds(picture, clearest + 0.1).score) == 0
    assert len(line_seeds(picture, clearest - 0.1).score) == 1


def test_no_line_is_lost_where_there_are_more_than_usual() -> None:
    half = noisy(5, 600, 600)
    half[::24] -= np.float32(0.1)
    seeds = found(half)
    rows = np.unique(np.rint(seeds.ends_px[:, 0, 1] / 48))
    assert len(rows) >= 24


def test_lines_are_the_same_whoever_looks_for_them() -> None:
    half = ruled(noisy(1), 200.0, 150.0, 120.0, 30.0)
    alone = found(half)

    def last_first(work: Sequence[Callable[[], Any]]) -> list[Any]:
        return [do() for do in reversed(work)][::-1]

    assert np.array_equal(found(half, last_first).ends_px, alone.ends_px)
