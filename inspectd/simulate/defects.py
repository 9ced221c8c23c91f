"""Defects drawn from geometry in millimetres, so that their true size is known exactly.

Positions are (x, y) in mm in the part's plane, x to the right and y down as in the picture.
`distance_mm` and `mark` take two float32 arrays of one shape and answer with that shape:
`distance_mm` is negative inside the defect and positive where it no longer reaches; `mark` gives
what it does to the surface. `diameter_mm` is the farthest that two points of the outline are
apart.
"""

from dataclasses import dataclass

from inspectd.core.defect import DefectKind, Polygon
from inspectd.core.recipe import Recipe
from inspectd.simulate.dent import Dent
from inspectd.simulate.scratch import Scratch
from inspectd.simulate.stain import Stain

__all__ = [
    "GOOD",
    "Defect",
    "Dent",
    "Scratch",
    "Stain",
    "TrueDefect",
    "share_of_limit",
    "true_defects",
    "true_label",
]

Defect = Scratch | Dent | Stain

GOOD = "good"


@dataclass(frozen=True, slots=True)
class TrueDefect:
    """What a perfect gauge would report of one defect, in the terms of `core.defect.Defect`."""

    kind: DefectKind
    length_mm: float
    width_mm: float
    diameter_mm: float
    area_mm2: float
    depth_mm: float
    centre_mm: tuple[float, float]
    contour_mm: Polygon


def true_defects(defects: tuple[Defect, ...]) -> tuple[TrueDefect, ...]:
    """The truth about every defect of a part, in the same order."""
    return tuple(
        TrueDefect(
            kind=defect.kind,
            length_mm=defect.length_mm,
            width_mm=defect.width_mm,
            diameter_mm=defect.diameter_mm,
            area_mm2=defect.area_mm2,
            depth_mm=defect.depth_mm,
            centre_mm=defect.centre_mm,
            contour_mm=defect.contour_mm(),
        )
        for defect in defects
    )


def share_of_limit(defect: Defect | TrueDefect, recipe: Recipe) -> float:
    """The defect's size as a share of what the recipe tolerates; above 1 the part is bad."""
    match defect.kind:
        case DefectKind.SCRATCH:
            return defect.length_mm / recipe.scratch.max_length_mm
        case DefectKind.DENT:
            return defect.diameter_mm / recipe.dent.max_diameter_mm
        case DefectKind.STAIN:
            return defect.area_mm2 / recipe.stain.max_area_mm2
        case _:
            return defect.area_mm2 / recipe.other.max_area_mm2


def true_label(defects: tuple[Defect, ...], recipe: Recipe) -> str:
    """`good`, or the kind of the defect that is farthest beyond its limit."""
    worst = max(defects, key=lambda d: share_of_limit(d, recipe), default=None)
    if worst is None or share_of_limit(worst, recipe) <= 1.0:
        return GOOD
    return worst.kind.value
