"""Dents: bowls that shade the light."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from inspectd.core.defect import DefectKind, Polygon
from inspectd.simulate.field import Field
from inspectd.simulate.mark import Mark, ramp

# The rim of a dent is not a knife edge: its slope fades over this share of the radius, half of
# it inside and half outside the nominal diameter.
_RIM_SHARE = 0.16


@dataclass(frozen=True, slots=True)
class Dent:
    """A bowl with a soft rim.

    `diameter_mm` is from rim to rim, the rim being where the slope has fallen to half of its
    greatest value; `depth_mm` is in the middle.
    """

    kind: ClassVar[DefectKind] = DefectKind.DENT

    centre_mm: tuple[float, float]
    diameter_mm: float
    depth_mm: float

    def __post_init__(self) -> None:
        """Refuse a bowl without size."""
        if self.diameter_mm <= 0.0 or self.depth_mm <= 0.0:
            msg = f"a dent has a size, found {self.diameter_mm} mm wide, {self.depth_mm} mm deep"
            raise ValueError(msg)

    @property
    def length_mm(self) -> float:
        """A dent is round: as long as wide."""
        return self.diameter_mm

    @property
    def width_mm(self) -> float:
        """A dent is round: as wide as long."""
        return self.diameter_mm

    @property
    def area_mm2(self) -> float:
        """Of the disc inside the rim."""
        return math.pi / 4.0 * self.diameter_mm**2

    @property
    def _radius_mm(self) -> float:
        return self.diameter_mm / 2.0

    def _from_centre(self, x: Field, y: Field) -> tuple[Field, Field, Field]:
        dx, dy = x - np.float32(self.centre_mm[0]), y - np.float32(self.centre_mm[1])
        return np.hypot(dx, dy), dx, dy

    def distance_mm(self, x: Field, y: Field) -> Field:
        """Distance to the outer foot of the rim, where the sound surface begins."""
        foot = self._radius_mm * (1.0 + _RIM_SHARE / 2.0)
        return self._from_centre(x, y)[0] - np.float32(foot)

    def mark(self, x: Field, y: Field) -> Mark:
        """A paraboloid (slope proportional to the radius) whose slope fades out at the rim."""
        distance, dx, dy = self._from_centre(x, y)
        rim = np.float32(_RIM_SHARE * self._radius_mm)
        per_mm = np.float32(2.0 * self.depth_mm / self._radius_mm**2)
        slope = per_mm * ramp((np.float32(self._radius_mm) - distance) / rim)
        return Mark((slope * dx, slope * dy), None)

    def contour_mm(self) -> Polygon:
        """The rim as a polygon of 64 corners."""
        angles = np.linspace(0.0, 2.0 * math.pi, 64, endpoint=False)
        return tuple(
            (
                self.centre_mm[0] + self._radius_mm * math.cos(a),
                self.centre_mm[1] + self._radius_mm * math.sin(a),
            )
            for a in angles
        )
