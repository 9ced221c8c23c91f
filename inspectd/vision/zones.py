"""On which zones of the part a defect lies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inspectd.core.defect import Defect
from inspectd.core.frame import Points
from inspectd.core.placement import Placement
from inspectd.core.recipe import Recipe
from inspectd.core.rules import Zone
from inspectd.vision.outlines import lies_in, outline_mm, touches


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """A defect and the zones that it touches, the uppermost first.

    `outline_mm`: (n, 2) float64 corners on the part. `outside`: it reaches beyond all zones, to
    where the recipe's own limits hold.
    """

    defect: Defect
    outline_mm: Points
    zones: tuple[Zone, ...]
    outside: bool

    @property
    def ignored(self) -> bool:
        """Whether it lies wholly where nothing counts."""
        return not self.outside and all(zone.ignore for zone in self.zones)


def locate(defects: Sequence[Defect], recipe: Recipe, placement: Placement) -> list[Located]:
    """Find the zones of every defect.

    A zone hides those listed before it. What lies on a border touches both sides, and a border is
    as wide as the defect's uncertainty: nobody knows on which side its edge really is.
    """
    polygons = [np.array(zone.polygon_mm, dtype=np.float64) for zone in recipe.zones]
    uppermost_first = list(zip(recipe.zones, polygons, strict=True))[::-1]
    found = []
    for defect in defects:
        outline = placement.to_part(outline_mm(defect))
        touched, outside = [], True
        for zone, polygon in uppermost_first:
            if not touches(outline, polygon, defect.uncertainty_mm):
                continue
            touched.append(zone)
            if lies_in(outline, polygon, defect.uncertainty_mm):
                outside = False
                break
        found.append(Located(defect, outline, tuple(touched), outside))
    return found
