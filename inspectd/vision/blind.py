"""Whether a recipe asks for defects that are too small to be seen in this picture."""

import math
from collections.abc import Iterator

from inspectd.core.calibration import Calibration
from inspectd.core.recipe import Recipe
from inspectd.core.rules import Zone
from inspectd.core.verdict import Reason, ReasonCode

# Rendered dents 15 % over a limit of 2 mm: of 42 each, 2 passed where the limit was 10 px, 1 at
# 11 px, none at 12 px.
_LEAST_DENT_PX = 12.0
_ROUNDING_PX = 1e-6
_LINE_PX = 4.0  # a region of `vision.regions` is at least so wide


def refuse_blind(
    recipe: Recipe, calibration: Calibration, shape: tuple[int, ...]
) -> tuple[Reason, ...]:
    """Why defects over their limits would not even be looked at; empty where they would.

    What is smaller than `vision.min_area_px` is taken for noise, and a dent of a few pixels has no
    sides to be told by. `shape`: (rows, columns) of the picture, in whose middle the scale is
    taken.
    """
    mm_per_px = calibration.mm_per_px_at(shape[1] / 2.0, shape[0] / 2.0)
    return *_hidden(recipe, mm_per_px), *_coarse(recipe, mm_per_px)


def _hidden(recipe: Recipe, mm_per_px: float) -> Iterator[Reason]:
    """Limits below what is taken for noise."""
    least_px = recipe.vision.min_area_px
    yield from (
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


def _coarse(recipe: Recipe, mm_per_px: float) -> Iterator[Reason]:
    """Limits of dents that are looked for, and of too few pixels to be told as dents."""
    for key, limit, area_px in _smallest(recipe, mm_per_px):
        wide_px = limit / mm_per_px
        seen = area_px >= recipe.vision.min_area_px  # or it is told already
        if key.endswith("max_diameter_mm") and seen and wide_px < _LEAST_DENT_PX - _ROUNDING_PX:
            text = (
                f"{key} {limit:g}: that is {wide_px:.3g} px of this picture, and a dent's sides "
                f"are told from {_LEAST_DENT_PX:g} px on: raise the limit, or take a finer picture"
            )
            yield Reason(ReasonCode.RECIPE_MISMATCH, text, key)


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
