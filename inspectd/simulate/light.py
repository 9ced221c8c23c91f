"""Lights, and what a surface element sends to the camera when it is tilted.

The camera looks straight down through a telecentric lens. A tilt is given by the slopes of the
height (dz/dx, dz/dy), y pointing down in the picture. Reflection is Lambert's plus a lobe around
the mirror direction (Blinn, "Models of light reflection for computer synthesized pictures",
SIGGRAPH 1977). No shadows: slopes on a part under inspection are small.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspectd.simulate.field import Field, as_field


@dataclass(frozen=True, slots=True)
class Finish:
    """How a surface reflects: the mirror-like share of 1, and Blinn's exponent of that lobe."""

    specular: float
    shininess: float


@dataclass(frozen=True, slots=True)
class Light:
    """A dome, a directed light, or both.

    `dome` is the share of a level surface's brightness that comes from the dome, the rest comes
    from `azimuth_deg` (0 from the right, 90 from the top of the picture, counter-clockwise) at
    `elevation_deg` above the surface. `unevenness` is how much brighter than the middle the rim
    of the field nearest to the light is, and how much darker the far one.
    """

    name: str
    dome: float
    azimuth_deg: float = 0.0
    elevation_deg: float = 45.0
    unevenness: float = 0.0

    def shade(self, slope_x: Field, slope_y: Field, finish: Finish) -> Field:
        """Brightness relative to a level element, of the slopes' shape."""
        upright = as_field(1.0 / np.sqrt(1.0 + slope_x * slope_x + slope_y * slope_y))
        shaded = np.float32(self.dome) * _under_dome(upright, finish)
        if self.dome < 1.0:
            directed = self._directed(slope_x, slope_y, upright, finish)
            shaded = shaded + np.float32(1.0 - self.dome) * directed
        return as_field(shaded)

    def _directed(self, slope_x: Field, slope_y: Field, upright: Field, finish: Finish) -> Field:
        azimuth, elevation = math.radians(self.azimuth_deg), math.radians(self.elevation_deg)
        light = np.array(
            [
                math.cos(elevation) * math.cos(azimuth),
                -math.cos(elevation) * math.sin(azimuth),
                math.sin(elevation),
            ]
        )
        # Half way between the light and the camera at (0, 0, 1).
        half = light + np.array([0.0, 0.0, 1.0])
        half /= np.linalg.norm(half)
        lambert = _facing(slope_x, slope_y, upright, light)
        lobe = _facing(slope_x, slope_y, upright, half) ** np.float32(finish.shininess)
        return np.asarray(
            np.float32(1.0 - finish.specular) * lambert + np.float32(finish.specular) * lobe,
            dtype=np.float32,
        )

    def field(self, height_px: int, width_px: int) -> Field:
        """Brightness over the field of view, (height_px, width_px), 1 in the middle."""
        azimuth = math.radians(self.azimuth_deg)
        across = np.linspace(-1.0, 1.0, width_px, dtype=np.float32)
        down = np.linspace(-1.0, 1.0, height_px, dtype=np.float32)
        towards = across[None, :] * math.cos(azimuth) - down[:, None] * math.sin(azimuth)
        return as_field(1.0 + self.unevenness * towards)


def _facing(
    slope_x: Field, slope_y: Field, upright: Field, direction: NDArray[np.float64]
) -> Field:
    """Cosine between the element's normal and `direction`, 1 for a level element."""
    x, y, z = (np.float32(value / direction[2]) for value in direction)
    return as_field(np.maximum((z - x * slope_x - y * slope_y) * upright, 0.0))


def _under_dome(upright: Field, finish: Finish) -> Field:
    """A dome that darkens towards its rim as the squared cosine, as an LED dome does."""
    mirrored = np.maximum(2.0 * upright * upright - 1.0, 0.0)
    diffuse = np.float32(0.5 * (1.0 - finish.specular)) * (1.0 + upright)
    return as_field(diffuse + np.float32(finish.specular) * mirrored * mirrored)


DIFFUSE = Light("diffuse", dome=1.0)
# One oblique light with a fair share of stray light: what a line with a single shot uses.
OBLIQUE = Light("oblique", dome=0.4, azimuth_deg=60.0, elevation_deg=40.0, unevenness=0.04)
DIRECTED = tuple(
    Light(name, dome=0.15, azimuth_deg=azimuth, elevation_deg=35.0, unevenness=0.06)
    for name, azimuth in (("north", 90.0), ("east", 0.0), ("south", 270.0), ("west", 180.0))
)
LIGHTS = {light.name: light for light in (DIFFUSE, OBLIQUE, *DIRECTED)}
