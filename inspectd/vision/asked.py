"""How small the defects are that a recipe forbids, in pixels of its picture."""

from dataclasses import dataclass

from inspectd.core.calibration import Calibration
from inspectd.core.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Asked:
    """The strictest limits of a dent's diameter and a scratch's length, px, of all zones."""

    dent_px: float
    scratch_px: float

    @property
    def least_px(self) -> float:
        """So large a dent, or so long a scratch, is beyond its limit somewhere."""
        return min(self.dent_px, self.scratch_px)


def asked(recipe: Recipe, calibration: Calibration, shape: tuple[int, ...]) -> Asked:
    """What is asked for. `shape`: (rows, columns) of the picture, whose middle tells the scale."""
    mm_per_px = calibration.mm_per_px_at(shape[1] / 2.0, shape[0] / 2.0)
    dents = [recipe.dent.max_diameter_mm]
    dents += [zone.dent.max_diameter_mm for zone in recipe.zones if zone.dent is not None]
    scratches = [recipe.scratch.max_length_mm]
    scratches += [zone.scratch.max_length_mm for zone in recipe.zones if zone.scratch is not None]
    return Asked(min(dents) / mm_per_px, min(scratches) / mm_per_px)
