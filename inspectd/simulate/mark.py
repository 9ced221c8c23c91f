"""What a defect does to the surface at every point of it."""

from typing import NamedTuple

import numpy as np

from inspectd.simulate.field import Field, as_field

Colour = tuple[float, float, float]

UNCHANGED: Colour = (1.0, 1.0, 1.0)


class Mark(NamedTuple):
    """Slopes dz/dx and dz/dy to add to the surface's, and what to multiply its colour by.

    `reflectance` has a last axis B, G, R; it and the slopes are None where nothing changes.
    """

    slopes: tuple[Field, Field] | None
    reflectance: Field | None


def ramp(value: Field) -> Field:
    """0 below -0.5, 1 above 0.5, a smooth cubic between; its half level is at 0."""
    t = np.clip(value + np.float32(0.5), 0.0, 1.0)
    return as_field(t * t * (3.0 - 2.0 * t))


def tinted(weight: Field, colour: Colour) -> Field:
    """`colour` where `weight` is 1, no change where it is 0; a last axis B, G, R is added."""
    tint = as_field(colour) - np.float32(1.0)
    return as_field(1.0 + weight[..., None] * tint)
