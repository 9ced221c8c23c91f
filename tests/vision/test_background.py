"""The background: light that falls unevenly is no defect, and a large defect is no background."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inspectd.vision.background import chroma, departure
from inspectd.vision.normalise import linearise


def lit(rows: int = 512, columns: int = 612, noise: float = 2.0) -> NDArray[np.float64]:
    """A surface that is a third brighter at the lower right than at the upper left."""
    y, x = np.mgrid[:rows, :columns] / max(rows, columns)
    light = 110 + 20 * x + 20 * y * y
    return np.asarray(light + np.random.default_rng(0).normal(0, noise, light.shape))


def grey(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def test_uneven_light_leaves_no_difference() -> None:
    picture = grey(lit())
    away = departure(linearise(picture, 1.0))
    assert away.difference.shape == (1, 128, 153)
    assert np.abs(away.difference).max() < 0.015


@pytest.mark.parametrize("radius", [20, 60])
def test_a_disc_differs_by_its_own_contrast_everywhere(radius: int) -> None:
    values = lit()
    cv2.circle(values, (300, 250), radius, 0.0, cv2.FILLED)
    picture = grey(np.where(values == 0.0, lit() - 30, lit()))
    difference = departure(linearise(picture, 1.0)).difference[0]
    inside = difference[(250 - radius // 2) // 4 : (250 + radius // 2) // 4, 73:77]
    assert inside == pytest.approx(-30 / 255, abs=0.02)


def test_colour_comes_as_two_more_channels() -> None:
    picture = np.repeat(grey(lit())[:, :, None], 3, axis=2)
    picture[200:280, 200:280, 0] -= 40
    away = departure(linearise(picture, 1.0))
    assert away.difference.shape == (3, 128, 153)
    assert away.difference[2, 60, 60] > 0.1
    assert abs(float(away.difference[2, 20, 20])) < 0.02


def test_grey_has_no_chroma() -> None:
    assert np.abs(chroma(np.full((4, 4, 3), 0.3, np.float32))).max() < 1e-3
