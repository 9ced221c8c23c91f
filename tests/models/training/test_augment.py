import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspectd_models.training.augment import CHANGES, Change, augmented, flip, shadow
from support.labelled import patterned

PICTURE = patterned(stripes=True, seed=1)


@given(st.lists(st.sampled_from(list(CHANGES)), max_size=5), st.integers(0, 2**32))
def test_any_changes_leave_a_picture_of_the_same_shape(changes: list[Change], seed: int) -> None:
    found = augmented(PICTURE, changes, np.random.default_rng(seed))
    assert found.shape == PICTURE.shape
    assert found.dtype == np.uint8
    assert (found == augmented(PICTURE, changes, np.random.default_rng(seed))).all()


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_changes_something(change: Change) -> None:
    streams = (np.random.default_rng(seed) for seed in range(6))
    assert any((augmented(PICTURE, [change], rng) != PICTURE).any() for rng in streams)


def test_a_mirrored_picture_has_the_same_pixels_in_one_of_four_orders() -> None:
    seen = {flip(PICTURE, np.random.default_rng(seed)).tobytes() for seed in range(40)}
    ways = [PICTURE, PICTURE[::-1], PICTURE[:, ::-1], PICTURE[::-1, ::-1]]
    assert seen == {way.tobytes() for way in ways}


@given(st.integers(0, 2**32))
def test_a_shadow_never_makes_brighter_and_never_black(seed: int) -> None:
    found = shadow(PICTURE, np.random.default_rng(seed)).astype(int)
    assert (found <= PICTURE).all()
    assert (found >= PICTURE * 0.5 - 1).all()
