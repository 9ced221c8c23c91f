"""Registration: the part is found at any angle, moved, in any light, with defects on it."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.taught import HEIGHT_PX, MM_PER_PX, WIDTH_PX, outlined, reference

from inspectd.core.frame import Pixels
from inspectd.simulate.defects import Scratch, Stain
from inspectd.simulate.render import render_part
from inspectd.vision.background import Plane, quartered
from inspectd.vision.normalise import linearise
from inspectd.vision.register import Registered, register

# Corners and middle of the taught part, mm from its middle.
PLACES_MM = np.array([[-6.0, -4.0], [6.0, -4.0], [6.0, 4.0], [-6.0, 4.0], [0.0, 0.0]])
MIDDLE_MM = np.array([WIDTH_PX * MM_PER_PX / 2.0, HEIGHT_PX * MM_PER_PX / 2.0])
# Of the camera: registration works at a quarter of its resolution or less.
GOOD_PX = 1.0


def quarter(pixels: Pixels) -> Plane:
    return np.asarray(quartered(linearise(pixels, 1.0))[0])


def laid(angle_deg: float, x_mm: float, y_mm: float) -> NDArray[np.float64]:
    """Where the places of a plate are, px of the picture's quarter."""
    cos, sin = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    turned = PLACES_MM @ np.array([[cos, sin], [-sin, cos]])
    full = (turned + MIDDLE_MM + (x_mm, y_mm)) / MM_PER_PX
    return np.asarray((full - 1.5) / 4.0, dtype=np.float64)


def error_px(found: Registered, first: Registered, angle: float, x: float, y: float) -> float:
    """The farthest that any place is off, px of the picture. `first`: of the unturned plate."""
    back = np.linalg.inv(np.vstack((first.motion, (0, 0, 1))))
    taught = laid(0.0, 0.0, 0.0) @ back[:2, :2].T + back[:2, 2]
    seen = taught @ found.motion[:, :2].T + found.motion[:, 2]
    return float(4.0 * np.abs(seen - laid(angle, x, y)).max())


@pytest.fixture(scope="module")
def unturned() -> Registered:
    return register(quarter(render_part(outlined(), 77)), reference().shots["main"])


@settings(max_examples=25, deadline=None)
@given(
    angle=st.floats(-180.0, 180.0),
    x=st.floats(-1.5, 1.5),
    y=st.floats(-1.5, 1.5),
    level=st.sampled_from((0.23, 0.45, 0.85)),
)
def test_a_part_is_found_at_any_angle_and_place_and_in_any_light(
    unturned: Registered, angle: float, x: float, y: float, level: float
) -> None:
    pixels = render_part(outlined(angle, x, y, level), 78)
    found = register(quarter(pixels), reference().shots["main"])
    assert found.score > 0.95
    assert error_px(found, unturned, angle, x, y) < GOOD_PX


def test_defects_hardly_move_it(unturned: Registered) -> None:
    defects = (
        Stain(tuple(MIDDLE_MM), 15.0, (0.5, 0.5, 0.5), (), 0.1),
        Scratch(tuple(MIDDLE_MM), 9.0, 0.3, 0.03, 30.0, 0.0, (0.5, 0.5, 0.5)),
    )
    pixels = render_part(replace(outlined(50.0, 0.7, -0.4), defects=defects), 79)
    found = register(quarter(pixels), reference().shots["main"])
    assert error_px(found, unturned, 50.0, 0.7, -0.4) < 3.0 * GOOD_PX
    assert found.score > 0.9


def test_a_part_of_another_shape_is_another_part() -> None:
    spec = outlined(20.0)
    assert spec.outline is not None
    other = replace(spec.outline, width_mm=spec.outline.height_mm, holes_mm=())
    pixels = render_part(replace(spec, outline=other), 80)
    taught = reference().shots["main"]
    assert taught.head.registration_limit is not None
    assert register(quarter(pixels), taught).score < taught.head.registration_limit


@pytest.mark.parametrize("picture", ["flat", "noise", "black"])
def test_a_picture_of_nothing_scores_low_and_never_raises(picture: str) -> None:
    shape = (HEIGHT_PX // 4, WIDTH_PX // 4)
    planes = {
        "flat": np.full(shape, 0.4, np.float32),
        "noise": np.random.default_rng(1).random(shape, dtype=np.float32),
        "black": np.zeros(shape, np.float32),
    }
    found = register(planes[picture], reference().shots["main"])
    assert found.score < 0.5
    assert np.isfinite(found.motion).all()
