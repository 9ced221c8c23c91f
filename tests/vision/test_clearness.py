"""clearest: how far pieces of lines stand out, many in one call."""

import cv2
import numpy as np
import pytest

from inspectd.vision.background import departure
from inspectd.vision.band import resampled
from inspectd.vision.lines import NO_SEEDS
from inspectd.vision.normalise import linearise
from inspectd.vision.robust import median_and_sigma
from inspectd.vision.track import Scene, clearness


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Noise with a faint bright line."""
    noise = np.random.default_rng(1).normal(120.0, 6.0, (300, 400))
    noise[148:152, 60:340] += 9.0
    working = linearise(np.rint(noise).clip(0, 255).astype(np.uint8), 1.0)
    return Scene(working, departure(working), NO_SEEDS)


ENDS = np.array(
    [[[100.0, 149.5], [220.0, 150.5]], [[100.0, 60.0], [200.0, 120.0]], [[2.0, 3.0], [90.0, 9.0]]]
)


def test_a_line_stands_out_and_noise_does_not(scene: Scene) -> None:
    line, noise, _ = clearness(scene, ENDS)
    assert line > 6.0
    assert noise < 4.5


def test_it_is_what_opencv_s_blur_gives(scene: Scene) -> None:
    for ends, found in zip(ENDS, clearness(scene, ENDS), strict=True):
        planes = scene.band(resampled(ends), 18.0)
        sums = np.asarray(cv2.GaussianBlur(planes, (0, 0), 2.0, sigmaY=8.0), np.float32)
        middle, scatter = median_and_sigma(sums[::4, ::2])
        assert found == pytest.approx(np.abs(sums[:, 20:-20] - middle).max() / scatter, rel=1e-4)


def test_no_piece_is_no_figure(scene: Scene) -> None:
    assert clearness(scene, np.empty((0, 2, 2))).shape == (0,)
