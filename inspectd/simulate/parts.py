"""Parts as a line would bring them: mostly sound, some damaged."""

import math
from dataclasses import replace

import numpy as np

from inspectd.core.defect import DefectKind
from inspectd.core.recipe import Recipe
from inspectd.simulate.defects import Defect, Dent, Scratch, Stain
from inspectd.simulate.mark import Colour
from inspectd.simulate.render import PartSpec

# What a defect's size is to its limit. Between the two nobody could say: gauges differ there.
_TOLERABLE = (0.3, 0.6)
_BEYOND = (1.5, 3.0)
_GAP_MM = 2.0
_TRIES = 200
# Rust, oil, blue ink and a water mark: shares of B, G, R that come back.
_STAINS: tuple[Colour, ...] = (
    (0.50, 0.64, 0.78),
    (0.60, 0.62, 0.60),
    (0.88, 0.68, 0.52),
    (0.74, 0.75, 0.76),
)


def random_part(rng: np.random.Generator, base: PartSpec, recipe: Recipe) -> PartSpec:
    """`base` with defects: half of the parts are good, the rest scratched, dented or stained.

    A third of the good ones, and of the bad ones too, bear one more defect that is tolerable.
    Raises ValueError where the field of view is too small for the defects of this recipe.
    """
    kinds = (DefectKind.SCRATCH, DefectKind.DENT, DefectKind.STAIN)
    defects: list[Defect] = []
    if rng.random() < 0.5:  # noqa: PLR2004 - half of the parts
        defects.append(
            _fitted(kinds[rng.integers(3)], _BEYOND, rng, base, recipe, clear_of=defects)
        )
    if rng.random() < 1.0 / 3.0:
        defects.append(
            _fitted(kinds[rng.integers(3)], _TOLERABLE, rng, base, recipe, clear_of=defects)
        )
    return replace(base, defects=tuple(defects))


def draw_defect(
    kind: DefectKind, size: float, rng: np.random.Generator, centre_mm: tuple[float, float]
) -> Defect:
    """One defect of a given size (length_mm, diameter_mm or area_mm2) and random looks."""
    match kind:
        case DefectKind.SCRATCH:
            return _scratch(size, rng, centre_mm)
        case DefectKind.DENT:
            return Dent(centre_mm, size, size * rng.uniform(0.035, 0.06))
        case DefectKind.STAIN:
            waves = tuple(
                (rng.uniform(0.0, 0.18 / k), rng.uniform(0.0, 2.0 * math.pi)) for k in range(1, 5)
            )
            colour = _STAINS[rng.integers(len(_STAINS))]
            return Stain(centre_mm, size, colour, waves, rng.uniform(0.08, 0.2))
        case _:
            msg = f"no way to draw a defect of kind {kind}"
            raise ValueError(msg)


def _scratch(length_mm: float, rng: np.random.Generator, centre_mm: tuple[float, float]) -> Scratch:
    """Two of three are dirty and dark, the others shallow and shiny."""
    width_mm = min(rng.uniform(0.15, 0.35), 0.2 * length_mm)
    dark = rng.random() < 2.0 / 3.0
    tone = rng.uniform(0.55, 0.8) if dark else rng.uniform(1.5, 1.8)
    return Scratch(
        centre_mm,
        length_mm,
        width_mm,
        width_mm * (rng.uniform(0.08, 0.16) if dark else rng.uniform(0.03, 0.06)),
        rng.uniform(0.0, 180.0),
        rng.uniform(-0.6, 0.6) / length_mm,
        (tone, tone, tone),
    )


def _fitted(
    kind: DefectKind,
    shares: tuple[float, float],
    rng: np.random.Generator,
    base: PartSpec,
    recipe: Recipe,
    *,
    clear_of: list[Defect],
) -> Defect:
    """A defect of `kind` that lies inside the field and apart from the others."""
    limits = {
        DefectKind.SCRATCH: recipe.scratch.max_length_mm,
        DefectKind.DENT: recipe.dent.max_diameter_mm,
        DefectKind.STAIN: recipe.stain.max_area_mm2,
    }
    size = limits[kind] * rng.uniform(*shares)
    drawn = draw_defect(kind, size, rng, (0.0, 0.0))
    reach = drawn.diameter_mm / 2.0 + _GAP_MM / 2.0
    field_mm = np.array([base.width_px, base.height_px]) * base.mm_per_px
    if field_mm.min() <= 2.0 * reach:
        msg = (
            f"a {kind.value} of size {size:.1f} does not fit a field of view of "
            f"{field_mm[0]:.1f} x {field_mm[1]:.1f} mm: enlarge the picture or the scale"
        )
        raise ValueError(msg)
    for _ in range(_TRIES):
        x, y = (float(v) for v in rng.uniform(reach, field_mm - reach))
        if all(
            math.dist((x, y), other.centre_mm) > reach + other.diameter_mm / 2.0 + _GAP_MM
            for other in clear_of
        ):
            return replace(drawn, centre_mm=(x, y))
    msg = f"no room left for a {kind.value} of size {size:.1f}: enlarge the field of view"
    raise ValueError(msg)
