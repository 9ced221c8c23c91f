import math

import numpy as np
import pytest

from inspectd.simulate.field import Field, as_field
from inspectd.simulate.light import DIFFUSE, LIGHTS, Finish, Light

METAL = Finish(specular=0.45, shininess=12.0)


def shade(light: Light, slope_x: float, slope_y: float) -> float:
    shaded: Field = light.shade(as_field([slope_x]), as_field([slope_y]), METAL)
    return float(shaded[0])


@pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS)
def test_a_level_element_has_brightness_one_under_every_light(light: Light) -> None:
    assert shade(light, 0.0, 0.0) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "slope_x", "slope_y"),
    [
        # A surface that rises towards the left faces right: east, where the light is.
        ("east", -0.1, 0.0),
        ("west", 0.1, 0.0),
        # y points down: a surface that rises downwards faces the top of the picture.
        ("north", 0.0, 0.1),
        ("south", 0.0, -0.1),
    ],
)
def test_an_element_that_faces_the_light_is_brighter(
    name: str, slope_x: float, slope_y: float
) -> None:
    assert shade(LIGHTS[name], slope_x, slope_y) > 1.1
    assert shade(LIGHTS[name], -slope_x, -slope_y) < 0.9


def test_under_a_dome_only_the_amount_of_tilt_counts() -> None:
    tilted = [shade(DIFFUSE, 0.2 * math.cos(a), 0.2 * math.sin(a)) for a in np.linspace(0, 6, 9)]
    assert np.ptp(tilted) < 1e-6
    assert tilted[0] < 1.0


def test_the_side_towards_the_light_is_brighter_by_the_unevenness() -> None:
    field = LIGHTS["north"].field(101, 201)
    assert field.shape == (101, 201)
    assert field[50, 100] == pytest.approx(1.0)
    assert field[0, 100] == pytest.approx(1.06)
    assert field[100, 100] == pytest.approx(0.94)
