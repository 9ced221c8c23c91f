"""Stains: blots of another colour."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from inspectd.core.defect import DefectKind, Polygon
from inspectd.simulate.field import Field, as_field
from inspectd.simulate.mark import Colour, Mark, ramp, tinted


@dataclass(frozen=True, slots=True)
class Stain:
    """A blot of another colour with a wavy, slightly soft outline.

    `area_mm2` is exact: the outline is r(a) = r0 (1 + sum c_k cos(k a + p_k)), k = 2, 3, ...,
    whose area is pi r0^2 (1 + sum c_k^2 / 2). `waves` holds the pairs (c_k, p_k). `colour` is what
    the blot lets through, B, G, R; `edge_mm` the width of the transition, centred on the outline.
    """

    kind: ClassVar[DefectKind] = DefectKind.STAIN

    centre_mm: tuple[float, float]
    area_mm2: float
    colour: Colour
    waves: tuple[tuple[float, float], ...] = ()
    edge_mm: float = 0.1

    def __post_init__(self) -> None:
        """Refuse a blot without area, or one whose outline would cross itself."""
        if self.area_mm2 <= 0.0:
            msg = f"a stain has an area, found {self.area_mm2} mm2"
            raise ValueError(msg)
        if sum(abs(c) for c, _ in self.waves) >= 0.5:  # noqa: PLR2004 - r(a) stays above r0 / 2
            msg = "the waves of a stain's outline add up to less than 0.5"
            raise ValueError(msg)

    @property
    def length_mm(self) -> float:
        """The farthest that two points of the outline are apart."""
        return self.diameter_mm

    @property
    def width_mm(self) -> float:
        """The narrowest that a gap may be for the stain to pass (least Feret diameter)."""
        return float(self._feret_mm().min())

    @property
    def diameter_mm(self) -> float:
        """The greatest Feret diameter."""
        return float(self._feret_mm().max())

    @property
    def depth_mm(self) -> float:
        """A stain lies on the surface."""
        return 0.0

    def _feret_mm(self) -> NDArray[np.float64]:
        directions = np.linspace(0.0, math.pi, 180, endpoint=False)
        shadows = np.asarray(self.contour_mm()) @ np.vstack(
            (np.cos(directions), np.sin(directions))
        )
        return np.asarray(np.ptp(shadows, axis=0), dtype=np.float64)

    def _radius_mm(self, angle: NDArray[np.floating]) -> NDArray[np.floating]:
        swell = 1.0 + sum(c * c for c, _ in self.waves) / 2.0
        wavy = np.ones_like(angle)
        for k, (c, phase) in enumerate(self.waves, start=2):
            wavy += c * np.cos(k * angle + phase)
        return wavy * math.sqrt(self.area_mm2 / (math.pi * swell))

    def _depth_inside_mm(self, x: Field, y: Field) -> Field:
        dx, dy = x - np.float32(self.centre_mm[0]), y - np.float32(self.centre_mm[1])
        angle = np.arctan2(dy, dx)
        return as_field(self._radius_mm(angle) - np.hypot(dx, dy))

    def distance_mm(self, x: Field, y: Field) -> Field:
        """Radial distance to the outer end of the soft edge."""
        return -self._depth_inside_mm(x, y) - np.float32(self.edge_mm / 2.0)

    def mark(self, x: Field, y: Field) -> Mark:
        """Its colour, half of it on the outline itself; the shape stays."""
        inside = ramp(self._depth_inside_mm(x, y) / np.float32(self.edge_mm))
        return Mark(None, tinted(inside, self.colour))

    def contour_mm(self) -> Polygon:
        """The outline as a polygon of 128 corners."""
        angles = np.linspace(0.0, 2.0 * math.pi, 128, endpoint=False)
        radii = self._radius_mm(angles)
        return tuple(
            (self.centre_mm[0] + float(r) * math.cos(a), self.centre_mm[1] + float(r) * math.sin(a))
            for a, r in zip(angles, radii, strict=True)
        )
