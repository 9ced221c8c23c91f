"""Directions of the lights that photometric stereo needs."""

import math
from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

Direction = tuple[float, float, float]

FEWEST_LIGHTS = 3
_UNIT_TOLERANCE = 1e-3
# Smallest over largest singular value: below, a level's error is 20 times as large in a normal.
_FLATTEST = 0.05


class CalibratedLight(BaseModel):
    """Where one light comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,32}$",
        description="The light of the recipe's shots, or the name of the shot.",
    )
    direction: Direction = Field(
        description="Unit vector: x to the right, y up, z to the camera, as in the picture."
    )


def refuse_lights(lights: Sequence[CalibratedLight]) -> str:
    """Why normals cannot be told by these lights; empty where they can."""
    names = [light.name for light in lights]
    if len(set(names)) != len(names):
        return f"names of lights must differ, found {', '.join(names)}"
    return refuse_directions([light.direction for light in lights])


def refuse_directions(directions: Sequence[Sequence[float]]) -> str:
    """Why these unit vectors (x right, y up, z to the camera) tell no normals apart; else empty."""
    for number, direction in enumerate(directions, 1):
        if not all(math.isfinite(value) for value in direction):
            return f"light {number}: direction: found {list(direction)}; allowed: finite numbers"
        length = math.hypot(*direction)
        if abs(length - 1.0) > _UNIT_TOLERANCE:
            return f"light {number}: direction has a length of {length:.4g}; allowed: 1 (unit)"
        if direction[2] <= 0.0:
            return f"light {number}: shines from below the part (z {direction[2]:.3g}); z is up"
    if len(directions) < FEWEST_LIGHTS:
        return f"{len(directions)} lights: at least {FEWEST_LIGHTS} are needed for normals"
    singular = np.linalg.svd(np.asarray(directions, dtype=np.float64), compute_uv=False)
    if singular[-1] < _FLATTEST * singular[0]:
        return (
            "the lights' directions lie in one plane, or nearly: they tell no normals apart; "
            "place them around the part"
        )
    return ""
