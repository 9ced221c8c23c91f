"""edge_support: a border is on an edge, a level line through soft shading is not."""

import cv2
import numpy as np
import pytest

from inspectd.vision.edges import edge_support

ANGLE = np.linspace(0, 2 * np.pi, 80, endpoint=False)
CIRCLE = np.column_stack((np.cos(ANGLE), np.sin(ANGLE)))


@pytest.mark.parametrize("radius", [12, 30, 60])
@pytest.mark.parametrize("blur_px", [1.0, 3.0])
def test_the_border_of_a_disc_is_an_edge(radius: int, blur_px: float) -> None:
    disc = np.zeros((160, 160), np.float32)
    cv2.circle(disc, (80, 80), radius, 1.0, cv2.FILLED)
    disc = np.asarray(cv2.GaussianBlur(disc, (0, 0), blur_px), np.float32)
    assert edge_support(disc, 80 + radius * CIRCLE) > 0.9


@pytest.mark.parametrize("sigma", [12.0, 30.0])
def test_the_half_level_of_a_bell_is_no_edge(sigma: float) -> None:
    rows, columns = np.mgrid[:160, :160].astype(np.float32) - 80
    bell = np.exp(-(rows**2 + columns**2) / (2 * sigma**2)).astype(np.float32)
    half_level = sigma * np.sqrt(2 * np.log(2))
    assert edge_support(bell, 80 + half_level * CIRCLE) < 0.1
