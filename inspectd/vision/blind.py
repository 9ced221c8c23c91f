"""Whether a recipe asks for defects that are too small to be seen in this picture."""

import math
from collections.abc import Iterator

from inspectd.core.calibration import Calibration
from inspectd.core.recipe import Recipe
from inspectd.core.rules import Zone
from inspectd.core.verdict import Reason, ReasonCode

_LINE_PX = 4.0  # a region of `vision.regions` is at least so wide


def refuse_blind(
    recipe: Recipe, calibration: Calibration, shape: tuple[int, ...]
) -> tuple[Reason, ...]:
    """Why defects over their limits would not even be looked at; empty where they would.

    What is smaller than `vision.min_area_px` is taken for noise. `shape`: (rows, columns) of the
    picture, in whose middle the scale is taken.
    """
    mm_per_px = calibration.mm_per_px_at(shape[1] / 2.0, shape[0] / 2.0)
    least_px = recipe.vision.min_area_px
    return tuple(
        Reason(
            ReasonCode.RECIPE_MISMATCH,
            f"{key} {limit:g}: what is just larger covers {area_px:.3g} px of this picture, and "
            f"less than {least_px} px is taken for noise: lower [vision] min_area_px, raise the "
            "limit, or take a finer picture",
            "vision.min_area_px",
        )
        for key, limit, area_px in _smallest(recipe, mm_per_px)
        # So a scale that is not a number hides everything.
        if not area_px >= least_px
    )


def _smallest(recipe: Recipe, mm_per_px: float) -> Iterator[tuple[str, float, float]]:
    """Every limit with the area of the smallest defect beyond it, in px."""
    owners: list[tuple[str, Recipe | Zone]] = [("", recipe)]
    owners += [(f"zones.{zone.name}.", zone) for zone in recipe.zones]
    for where, owner in owners:
        if owner.scratch is not None:
            length = owner.scratch.max_length_mm
            yield f"{where}scratch.max_length_mm", length, _LINE_PX * length / mm_per_px
        if owner.dent is not None:
            wide = owner.dent.max_diameter_mm
            yield f"{where}dent.max_diameter_mm", wide, math.pi / 4 * (wide / mm_per_px) ** 2
        for kind, section in (("stain", owner.stain), ("other", owner.other)):
            if section is not None:
                area = section.max_area_mm2
                yield f"{where}{kind}.max_area_mm2", area, area / mm_per_px**2
