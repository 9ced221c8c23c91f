"""Where a part lies: the plane's millimetres to the part's own, and back."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from inspectd.core.frame import Points


@dataclass(frozen=True, slots=True)
class Placement:
    """A part that is turned by `angle_deg` (from x to y) about the origin, then moved.

    The part's own millimetres are those of the plane as the part lay when it was taught, so that
    a place which was read off the taught picture is a place on every part. A part without a
    reference lies as taught: the default. `score`: likeness to the taught part, at most 1.
    """

    angle_deg: float = 0.0
    shift_mm: tuple[float, float] = (0.0, 0.0)
    score: float = 1.0

    def to_plane(self, part_mm: Points) -> Points:
        """(n, 2) places on the part, in the plane where it lies now."""
        return np.asarray(part_mm @ self._turn().T + np.asarray(self.shift_mm), dtype=np.float64)

    def to_part(self, plane_mm: Points) -> Points:
        """(n, 2) places in the plane, on the part."""
        return np.asarray((plane_mm - np.asarray(self.shift_mm)) @ self._turn(), dtype=np.float64)

    @classmethod
    def fitted(cls, part_mm: Points, plane_mm: Points, score: float) -> Self:
        """The placement that lays `part_mm` on `plane_mm`, (n, 2) each, by least squares.

        Source: W. Kabsch, "A solution for the best rotation to relate two sets of vectors", Acta
        Cryst. A32 (1976), in the plane.
        """
        middle, target = part_mm.mean(axis=0), plane_mm.mean(axis=0)
        a, b = part_mm - middle, plane_mm - target
        cross = float(np.sum(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]))
        angle_deg = math.degrees(math.atan2(cross, float(np.sum(a * b))))
        x, y = target - cls(angle_deg).to_plane(middle[None])[0]
        return cls(angle_deg, (float(x), float(y)), score)

    def _turn(self) -> Points:
        cos, sin = math.cos(math.radians(self.angle_deg)), math.sin(math.radians(self.angle_deg))
        return np.array([[cos, -sin], [sin, cos]])
