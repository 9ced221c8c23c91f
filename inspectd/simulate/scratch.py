"""Scratches: grooves with a bright and a dark flank."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from inspectd.core.defect import DefectKind, Polygon
from inspectd.simulate.field import Field, as_field
from inspectd.simulate.mark import UNCHANGED, Colour, Mark, ramp, tinted

# Of less curvature than this (a radius of 1 km) the arc is drawn as a straight line.
_STRAIGHT_PER_MM = 1e-6


@dataclass(frozen=True, slots=True)
class Scratch:
    """A groove of constant width with round ends along a circular arc.

    `length_mm` is the whole groove from tip to tip along its centreline, ends included;
    `width_mm` from flank to flank, `depth_mm` in the middle. `direction_deg` is the tangent in
    the middle (0 along x, 90 down); `curvature_per_mm` is 1 / radius, 0 for a straight one.
    `colour` is what the opened metal reflects compared to the sound surface, B, G, R. `gaps_mm`
    are the stretches (from, to) along the centreline, 0 in the middle, where the tool skipped: a
    broken scratch is as long as a whole one, from tip to tip.
    """

    kind: ClassVar[DefectKind] = DefectKind.SCRATCH

    centre_mm: tuple[float, float]
    length_mm: float
    width_mm: float
    depth_mm: float
    direction_deg: float
    curvature_per_mm: float = 0.0
    colour: Colour = UNCHANGED
    gaps_mm: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no groove, or one that would meet itself."""
        if not 0.0 < self.width_mm < self.length_mm:
            msg = f"a scratch is longer than wide, found {self.length_mm} x {self.width_mm} mm"
            raise ValueError(msg)
        if abs(self.curvature_per_mm) * self.length_mm > math.pi:
            msg = "a scratch bends by less than half a turn"
            raise ValueError(msg)
        inner_mm = self.length_mm / 2.0 - self.width_mm
        if any(not -inner_mm < low < high < inner_mm for low, high in self.gaps_mm):
            msg = f"a scratch has its gaps between its ends, found {self.gaps_mm}"
            raise ValueError(msg)

    @property
    def diameter_mm(self) -> float:
        """The farthest that two points of the outline are apart."""
        half_turn = 0.5 * abs(self.curvature_per_mm) * self._arc_mm
        chord = self._arc_mm * (math.sin(half_turn) / half_turn if half_turn else 1.0)
        return chord + self.width_mm

    @property
    def area_mm2(self) -> float:
        """Width times centreline plus the two half discs at its ends (Pappus), gaps included."""
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

    def _from_centreline(self, x: Field, y: Field) -> tuple[Field, Field, Field, Field]:
        """Distance to the arc's nearest point, the unit vector away from it, and where it is.

        All in mm; the last is the nearest point's place along the arc, 0 in the middle.
        """
        along, across, cos, sin = self._along_and_across(x, y)
        half = self._arc_mm / 2.0
        kappa = self.curvature_per_mm
        if abs(kappa) > _STRAIGHT_PER_MM:
            turn = np.arctan2(along * kappa, 1.0 - across * kappa)
            turn = np.clip(turn, -half * abs(kappa), half * abs(kappa))
            near_along = np.sin(turn) / kappa
            near_across = 2.0 * np.sin(turn / 2.0) ** 2 / kappa
            place = turn / kappa
        else:
            near_along, near_across = np.clip(along, -half, half), np.zeros_like(across)
            place = near_along
        off_along, off_across = along - near_along, across - near_across
        distance = np.hypot(off_along, off_across)
        scale = 1.0 / np.maximum(distance, 1e-9)
        away_x = (off_along * cos - off_across * sin) * scale
        away_y = (off_along * sin + off_across * cos) * scale
        return as_field(distance), as_field(away_x), as_field(away_y), as_field(place)

    def _whole(self, place: Field) -> Field:
        """1 where the groove is, 0 in its gaps, with ends a fifth of the width long."""
        whole = np.ones_like(place)
        for low, high in self.gaps_mm:
            soft = np.float32(0.2 * self.width_mm)
            whole -= ramp((place - np.float32(low)) / soft) * ramp(
                (np.float32(high) - place) / soft
            )
        return as_field(whole)

    def distance_mm(self, x: Field, y: Field) -> Field:
        """Exact distance to the outline."""
        return self._from_centreline(x, y)[0] - np.float32(self.width_mm / 2.0)

    def mark(self, x: Field, y: Field) -> Mark:
        """A raised-cosine groove, steepest half way down each flank, in its own colour.

        The colour fades in over the last tenth of the half width, where the flank begins to fall.
        """
        distance, away_x, away_y, place = self._from_centreline(x, y)
        whole = self._whole(place)
        share = distance / np.float32(self.width_mm / 2.0)
        steepest = np.float32(math.pi * self.depth_mm / self.width_mm)
        slope = whole * steepest * np.sin(np.float32(math.pi) * np.minimum(share, 1.0))
        inside = whole * ramp((np.float32(0.95) - share) / np.float32(0.1))
        return Mark((slope * away_x, slope * away_y), tinted(inside, self.colour))

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
