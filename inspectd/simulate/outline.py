"""The outline of a part that does not fill the picture: something to hold on to."""

import math
from dataclasses import dataclass

import numpy as np

from inspectd.simulate.field import Field, as_field
from inspectd.simulate.mark import ramp

# Round holes of the standard plate, off every symmetry: x, y and diameter as shares of its sides.
_HOLES = ((-0.32, -0.30, 0.16), (0.30, -0.22, 0.10), (-0.12, 0.27, 0.12))


@dataclass(frozen=True, slots=True)
class Outline:
    """A plate with rounded corners and holes, on a belt that gives back little light.

    `holes_mm`: (x, y, diameter) from the plate's centre, before it is turned by `angle_deg`
    (positive from x to y, which is clockwise in a picture) and laid at `centre_mm`.
    `belt`: what the belt gives back, relative to the part.
    """

    centre_mm: tuple[float, float]
    width_mm: float
    height_mm: float
    corner_mm: float = 2.0
    holes_mm: tuple[tuple[float, float, float], ...] = ()
    angle_deg: float = 0.0
    belt: float = 0.3

    def distance_mm(self, x: Field, y: Field) -> Field:
        """Signed distance to the outline, negative on the part. `x`, `y` in mm in the picture."""
        cos, sin = math.cos(math.radians(self.angle_deg)), math.sin(math.radians(self.angle_deg))
        across, down = x - self.centre_mm[0], y - self.centre_mm[1]
        u, v = cos * across + sin * down, cos * down - sin * across
        over_u = np.abs(u) - (self.width_mm / 2.0 - self.corner_mm)
        over_v = np.abs(v) - (self.height_mm / 2.0 - self.corner_mm)
        outside = np.hypot(np.maximum(over_u, 0.0), np.maximum(over_v, 0.0))
        distance = outside + np.minimum(np.maximum(over_u, over_v), 0.0) - self.corner_mm
        for hole_u, hole_v, diameter in self.holes_mm:
            distance = np.maximum(distance, diameter / 2.0 - np.hypot(u - hole_u, v - hole_v))
        return as_field(distance)

    def share(self, x: Field, y: Field, mm_per_px: float) -> Field:
        """What of the light comes back at each point: 1 on the part, `belt` beside it."""
        inside = ramp(-self.distance_mm(x, y) / np.float32(mm_per_px))
        return as_field(self.belt + (1.0 - self.belt) * inside)


def plate(
    width_mm: float, height_mm: float, centre_mm: tuple[float, float], angle_deg: float = 0.0
) -> Outline:
    """A plate with three holes, unlike itself under every rotation."""
    holes = tuple(
        (x * width_mm, y * height_mm, share * min(width_mm, height_mm)) for x, y, share in _HOLES
    )
    return Outline(centre_mm, width_mm, height_mm, holes_mm=holes, angle_deg=angle_deg)
