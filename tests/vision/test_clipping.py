"""A picture that ends below full scale hides what is brighter, as one at full scale does."""

import numpy as np
import pytest

from inspectd.core.frame import Pixels
from inspectd.core.recipe import PictureGate
from inspectd.core.verdict import ReasonCode
from inspectd.vision.clipping import refuse_clipped

GATE = PictureGate()


def surface(level: float, sigma: float = 3.0, highest: int = 255) -> Pixels:
    noise = np.random.default_rng(1).normal(level, sigma, (400, 500))
    return np.rint(noise).clip(0, highest).astype(np.uint8)


@pytest.mark.parametrize("highest", [235, 240, 250, 254])
def test_a_picture_that_ends_below_full_scale_is_saturated(highest: int) -> None:
    (reason,) = refuse_clipped("main", surface(highest - 1.0, 3.0, highest), GATE)
    assert reason.code is ReasonCode.PICTURE_SATURATED
    assert "shot main" in reason.text


def test_a_nearly_white_picture_is_saturated() -> None:
    white = np.random.default_rng(2).integers(250, 256, (400, 500)).astype(np.uint8)
    assert refuse_clipped("main", white, GATE) != ()
    even: Pixels = np.full((400, 500), 254, np.uint8)
    assert refuse_clipped("main", even, GATE) != ()


def test_one_clipped_channel_is_enough() -> None:
    blue: Pixels = np.stack(
        [surface(253, 3.0, 250), surface(90), surface(90)], axis=2, dtype=np.uint8
    )
    assert refuse_clipped("main", blue, GATE) != ()


def test_sixteen_bits_end_below_full_scale_too() -> None:
    clipped: Pixels = surface(249, 3.0, 250).astype(np.uint16) * np.uint16(257)
    assert refuse_clipped("main", clipped, GATE) != ()


def test_hot_pixels_do_not_hide_where_a_picture_ends() -> None:
    clipped = surface(240, 3.0, 238)
    clipped[200, 200:208] = 255
    assert refuse_clipped("main", clipped, GATE) != ()


@pytest.mark.parametrize(
    "sound",
    [
        surface(60),
        surface(180),
        surface(235),
        surface(0, 2.0),
        np.full((400, 500), 128, np.uint8),
        surface(235).astype(np.uint16) * 256,
    ],
    ids=["dark", "bright", "very bright", "black", "drawn", "16 bits"],
)
def test_a_picture_that_ends_nowhere_is_judged(sound: Pixels) -> None:
    assert refuse_clipped("main", sound, GATE) == ()


def test_a_recipe_that_allows_a_white_background_keeps_it() -> None:
    half = surface(120)
    half[:180] = 254
    assert refuse_clipped("main", half, GATE) != ()
    assert refuse_clipped("main", half, PictureGate(max_saturated_fraction=0.5)) == ()
