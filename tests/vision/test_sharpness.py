"""Sharpness: blur lowers it, brightness does not, and motion shows its direction."""

import cmath
import math

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.taught import outlined, with_level

from inspectd.simulate.render import render_part
from inspectd.vision.sharpness import sharpness


def part(level_factor: float = 1.0) -> NDArray[np.uint8]:
    return np.asarray(render_part(with_level(outlined(30.0), level_factor), 5), dtype=np.uint8)


def blurred(pixels: NDArray[np.uint8], sigma_px: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma_px), dtype=np.uint8)


def test_brightness_does_not_change_the_focus() -> None:
    plain = sharpness(part())
    assert plain.can_be_told
    for factor in (0.5, 1.9):
        assert sharpness(part(factor)).focus == pytest.approx(plain.focus, rel=0.03)


def test_the_more_blur_the_less_focus() -> None:
    pixels = part()
    less = [sharpness(blurred(pixels, sigma_px)).focus for sigma_px in (0.7, 1.0, 1.5, 2.5)]
    values = [sharpness(pixels).focus, *less]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.75 * values[0]


@pytest.mark.parametrize("angle_deg", [0.0, 45.0, 90.0, 135.0])
def test_motion_takes_the_sharpness_along_its_own_direction(angle_deg: float) -> None:
    kernel = np.zeros((9, 9), np.float32)
    step = 4.0 * cmath.exp(1j * math.radians(angle_deg))
    start, end = [(round(4 + s * step.real), round(4 + s * step.imag)) for s in (-1, 1)]
    cv2.line(kernel, start, end, 1.0)
    pixels = part()
    shaken = np.asarray(cv2.filter2D(pixels, -1, kernel / kernel.sum()), dtype=np.uint8)
    plain, moved = sharpness(pixels), sharpness(shaken)
    lost = complex(plain.anisotropy_x - moved.anisotropy_x, plain.anisotropy_y - moved.anisotropy_y)
    found = math.degrees(cmath.phase(lost)) / 2.0
    assert moved.focus < 0.85 * plain.focus
    assert abs(lost) > 0.05
    assert abs(math.remainder(found - angle_deg, 180.0)) < 35.0


@pytest.mark.parametrize("level", [0, 1, 255])
def test_a_picture_of_one_grey_cannot_be_told(level: int) -> None:
    assert not sharpness(np.full((64, 64), level, np.uint8)).can_be_told


def test_noise_alone_cannot_be_told() -> None:
    noise = np.random.default_rng(1).normal(128, 3, (400, 400)).astype(np.uint8)
    assert not sharpness(noise).can_be_told


def test_the_smallest_picture_that_is_judged_is_measured() -> None:
    assert math.isfinite(sharpness(np.arange(64, dtype=np.uint8).reshape(8, 8)).focus)
