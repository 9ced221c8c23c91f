"""Outlines and their sizes."""

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inspectd.vision.shape import (
    elongation,
    feret_diameter,
    filled,
    is_cut,
    largest,
    outline,
    path_length,
    polygon_area,
)

SQUARE = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])


def disc(radius: float, x: float = 50.0, y: float = 50.0) -> NDArray[np.float32]:
    rows, columns = np.mgrid[:100, :100].astype(np.float32)
    return np.asarray(np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0, 1), np.float32)


@given(st.floats(8.0, 35.0), st.floats(45.0, 55.0), st.floats(45.0, 55.0))
@example(17.0234375, 45.0, 50.0)
def test_the_outline_of_a_disc_lies_within_a_fraction_of_a_pixel(
    radius: float, x: float, y: float
) -> None:
    level = cv2.GaussianBlur(disc(radius, x, y), (0, 0), 1.0) - np.float32(0.5)
    points = outline(np.asarray(level, np.float32), (level > 0).astype(np.uint8))
    distance = np.hypot(points[:, 0] - x, points[:, 1] - y)
    assert np.abs(distance - radius).max() < 0.4
    assert distance.mean() == pytest.approx(radius, abs=0.13)


def test_area_length_and_diameter_of_a_square() -> None:
    assert polygon_area(SQUARE) == 16.0
    assert path_length(SQUARE, closed=True) == 16.0
    assert path_length(SQUARE, closed=False) == 12.0
    assert feret_diameter(SQUARE) == pytest.approx(4 * 2**0.5)


def test_the_largest_part_that_holds_a_seed_comes_back_without_holes() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[2:12, 2:12] = 1
    mask[5:8, 5:8] = 0
    mask[20:39, 20:39] = 1
    seeds = np.zeros_like(mask)
    seeds[3, 3] = 1
    found = largest(mask, seeds)
    assert found[2:12, 2:12].all()
    assert found.sum() == 100


def test_no_part_comes_back_where_no_seed_is() -> None:
    mask = np.ones((10, 10), np.uint8)
    assert not largest(mask, np.zeros_like(mask)).any()


def test_a_ring_is_filled() -> None:
    ring = (disc(20) > 0.5).astype(np.uint8) - (disc(15) > 0.5).astype(np.uint8)
    assert np.array_equal(filled(ring), (disc(20) > 0.5).astype(np.uint8))


@pytest.mark.parametrize(("bend_deg", "width"), [(0.1, 4.0), (90.0, 4.0), (170.0, 4.0)])
def test_a_bent_ribbon_is_as_elongated_as_a_straight_one(bend_deg: float, width: float) -> None:
    bend = np.radians(bend_deg)
    radius = 80.0 / bend
    angle = np.linspace(0.0, bend, 200)
    arc = np.column_stack((np.cos(angle), np.sin(angle)))
    points = np.vstack(((radius + width / 2) * arc, ((radius - width / 2) * arc)[::-1]))
    assert elongation(points) == pytest.approx(20.0, rel=0.03)


def test_a_disc_is_not_elongated() -> None:
    angle = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    assert elongation(30 * np.column_stack((np.cos(angle), np.sin(angle)))) < 1.1


@pytest.mark.parametrize(
    ("corner", "cut"), [((10.0, 10.0), False), ((1.0, 10.0), True), ((10.0, 34.0), True)]
)
def test_a_contour_at_the_pictures_edge_is_cut(corner: tuple[float, float], cut: bool) -> None:
    assert is_cut(SQUARE + corner, (40, 60)) is cut
