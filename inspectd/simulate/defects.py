"""Defects drawn from geometry in millimetres, so that their true size is known exactly.

Positions are (x, y) in mm in the part's plane, x to the right and y down as in the picture.
Every method takes two float32 arrays of one shape and answers with that shape; `slopes` are the
height's derivatives (dz/dx, dz/dy), `reflectance` has a last axis B, G, R and multiplies what the
sound surface reflects. `distance_mm` is negative inside the outline and grows away from it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspectd.core.defect import DefectKind
from inspectd.simulate.field import Field, as_field

Colour = tuple[float, float, float]
Polygon = tuple[tuple[float, float], ...]

_GREY = (1.0, 1.0, 1.0)
# The rim of a dent is not a knife edge: its slope fades over this share of the radius, half of
# it inside and half outside the nominal diameter.
_RIM_SHARE = 0.16


def _ramp(value: Field) -> Field:
    """0 below -0.5, 1 above 0.5, a smooth cubic between; its half level is at 0."""
    t = np.clip(value + np.float32(0.5), 0.0, 1.0)
    return as_field(t * t * (3.0 - 2.0 * t))


def _tinted(weight: Field, colour: Colour) -> Field:
    tint = as_field(colour) - np.float32(1.0)
    return as_field(1.0 + weight[..., None] * tint)


@dataclass(frozen=True, slots=True)
class Scratch:
    """A groove of constant width with round ends along a circular arc.

    `length_mm` is the whole groove from tip to tip along its centreline, ends included;
    `width_mm` from flank to flank, `depth_mm` in the middle. `direction_deg` is the tangent in
    the middle (0 along x, 90 down); `curvature_per_mm` is 1 / radius, 0 for a straight one.
    `colour` is what the opened metal reflects compared to the sound surface, B, G, R.
    """

    centre_mm: tuple[float, float]
    length_mm: float
    width_mm: float
    depth_mm: float
    direction_deg: float
    curvature_per_mm: float = 0.0
    colour: Colour = _GREY
    kind: DefectKind = DefectKind.SCRATCH

    def __post_init__(self) -> None:
        """Refuse what is no groove, or one that would meet itself."""
        if not 0.0 < self.width_mm < self.length_mm:
            msg = f"a scratch is longer than wide, found {self.length_mm} x {self.width_mm} mm"
            raise ValueError(msg)
        if abs(self.curvature_per_mm) * self.length_mm > math.pi:
            msg = "a scratch bends by less than half a turn"
            raise ValueError(msg)

    @property
    def diameter_mm(self) -> float:
        """The farthest that two points of the outline are apart."""
        half_turn = 0.5 * abs(self.curvature_per_mm) * self._arc_mm
        chord = self._arc_mm * (math.sin(half_turn) / half_turn if half_turn else 1.0)
        return chord + self.width_mm

    @property
    def area_mm2(self) -> float:
        """Width times centreline plus the two half discs at its ends (Pappus)."""
        return self._arc_mm * self.width_mm + math.pi / 4.0 * self.width_mm**2

    @property
    def _arc_mm(self) -> float:
        return self.length_mm - self.width_mm

    def _along_and_across(self, x: Field, y: Field) -> tuple[Field, Field, float, float]:
        """Into the scratch's own axes: along the tangent and along the normal of its middle."""
        cos = math.cos(math.radians(self.direction_deg))
        sin = math.sin(math.radians(self.direction_deg))
        dx, dy = x - np.float32(self.centre_mm[0]), y - np.float32(self.centre_mm[1])
        return dx * cos + dy * sin, dy * cos - dx * sin, cos, sin

    def _from_centreline(self, x: Field, y: Field) -> tuple[Field, Field, Field]:
        """Distance to the arc's nearest point and the unit vector away from it, both in mm."""
        along, across, cos, sin = self._along_and_across(x, y)
        half = self._arc_mm / 2.0
        kappa = self.curvature_per_mm
        if kappa:
            radius = 1.0 / kappa
            turn = np.arctan2(along * np.sign(kappa), (radius - across) * np.sign(kappa))
            turn = np.clip(turn, -half * abs(kappa), half * abs(kappa)) * np.sign(kappa)
            near_along = radius * np.sin(turn)
            near_across = radius * (1.0 - np.cos(turn))
        else:
            near_along, near_across = np.clip(along, -half, half), np.zeros_like(across)
        off_along, off_across = along - near_along, across - near_across
        distance = np.hypot(off_along, off_across)
        scale = 1.0 / np.maximum(distance, 1e-9)
        away_x = (off_along * cos - off_across * sin) * scale
        away_y = (off_along * sin + off_across * cos) * scale
        return (
            as_field(distance),
            as_field(away_x),
            as_field(away_y),
        )

    def distance_mm(self, x: Field, y: Field) -> Field:
        """Exact distance to the outline."""
        return self._from_centreline(x, y)[0] - np.float32(self.width_mm / 2.0)

    def slopes(self, x: Field, y: Field) -> tuple[Field, Field]:
        """A raised-cosine groove: steepest half way down each flank."""
        distance, away_x, away_y = self._from_centreline(x, y)
        share = np.minimum(distance / np.float32(self.width_mm / 2.0), 1.0)
        steepest = math.pi * self.depth_mm / self.width_mm
        slope = np.float32(steepest) * np.sin(np.float32(math.pi) * share)
        return slope * away_x, slope * away_y

    def reflectance(self, x: Field, y: Field) -> Field:
        """The colour of the groove, fading in over the outer fifth of its half width."""
        return _tinted(
            _ramp(-self.distance_mm(x, y) / np.float32(0.1 * self.width_mm)), self.colour
        )

    def contour_mm(self) -> Polygon:
        """Outline as a polygon: both flanks and both round ends."""
        half, radius = self._arc_mm / 2.0, self.width_mm / 2.0
        along = np.linspace(-half, half, 33)
        ends = np.linspace(-math.pi / 2.0, math.pi / 2.0, 9)
        turn = self.curvature_per_mm * along
        centre = np.column_stack((self._sinc(turn) * along, self._versine(turn) * along))
        normal = np.column_stack((-np.sin(turn), np.cos(turn)))
        head = centre[-1] + radius * self._unit(turn[-1] + ends[::-1])
        tail = centre[0] - radius * self._unit(turn[0] + ends[::-1])
        outline = np.vstack(
            (centre + radius * normal, head, (centre - radius * normal)[::-1], tail)
        )
        angle = math.radians(self.direction_deg)
        turned = outline @ np.array(
            [[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]]
        )
        return tuple((float(x), float(y)) for x, y in turned + np.asarray(self.centre_mm))

    @staticmethod
    def _unit(angle: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack((np.cos(angle), np.sin(angle)))

    @staticmethod
    def _sinc(turn: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.sinc(turn / math.pi), dtype=np.float64)

    @staticmethod
    def _versine(turn: NDArray[np.float64]) -> NDArray[np.float64]:
        """(1 - cos t) / t without its hole at 0."""
        half = turn / 2.0
        return np.asarray(np.sin(half) * np.sinc(half / math.pi), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Dent:
    """A bowl with a soft rim.

    `diameter_mm` is from rim to rim, the rim being where the slope has fallen to half of its
    greatest value; `depth_mm` is in the middle.
    """

    centre_mm: tuple[float, float]
    diameter_mm: float
    depth_mm: float
    kind: DefectKind = DefectKind.DENT

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

    def slopes(self, x: Field, y: Field) -> tuple[Field, Field]:
        """A paraboloid (slope proportional to the radius) whose slope fades out at the rim."""
        distance, dx, dy = self._from_centre(x, y)
        rim = np.float32(_RIM_SHARE * self._radius_mm)
        per_mm = 2.0 * self.depth_mm / self._radius_mm**2
        slope = np.float32(per_mm) * _ramp((np.float32(self._radius_mm) - distance) / rim)
        return slope * dx, slope * dy

    def reflectance(self, x: Field, y: Field) -> Field:
        """A dent changes the shape, not the surface."""
        return np.ones((*np.broadcast_shapes(x.shape, y.shape), 3), dtype=np.float32)

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


@dataclass(frozen=True, slots=True)
class Stain:
    """A blot of another colour with a wavy, slightly soft outline.

    `area_mm2` is exact: the outline is r(a) = r0 (1 + sum c_k cos(k a + p_k)), k = 2, 3, ...,
    whose area is pi r0^2 (1 + sum c_k^2 / 2). `waves` holds the pairs (c_k, p_k). `colour` is what
    the blot lets through, B, G, R; `edge_mm` the width of the transition, centred on the outline.
    """

    centre_mm: tuple[float, float]
    area_mm2: float
    colour: Colour
    waves: tuple[tuple[float, float], ...] = ()
    edge_mm: float = 0.1
    kind: DefectKind = DefectKind.STAIN

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

    def slopes(self, x: Field, y: Field) -> tuple[Field, Field]:
        """A stain changes the surface's colour, not its shape."""
        flat = np.zeros(np.broadcast_shapes(x.shape, y.shape), dtype=np.float32)
        return flat, flat

    def reflectance(self, x: Field, y: Field) -> Field:
        """The colour, half of it on the outline itself."""
        return _tinted(_ramp(self._depth_inside_mm(x, y) / np.float32(self.edge_mm)), self.colour)

    def contour_mm(self) -> Polygon:
        """The outline as a polygon of 128 corners."""
        angles = np.linspace(0.0, 2.0 * math.pi, 128, endpoint=False)
        radii = self._radius_mm(angles)
        return tuple(
            (self.centre_mm[0] + float(r) * math.cos(a), self.centre_mm[1] + float(r) * math.sin(a))
            for a, r in zip(angles, radii, strict=True)
        )


Defect = Scratch | Dent | Stain
