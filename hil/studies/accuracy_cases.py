"""What the accuracy study renders: one kind of part after the other, each with its truth.

A kind is a function in `KINDS`: it draws one part, with one defect or none, and says how big the
defect truly is. Another physics joins by another entry; its part may be looked at in several
shots (`Case.shots`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from inspectd.core.camera import PixelFormat
from inspectd.core.defect import DefectKind
from inspectd.core.lights import CalibratedLight
from inspectd.core.recipe import Recipe
from inspectd.core.rules import DentRule
from inspectd.simulate.contrast import noise_of, of_contrast
from inspectd.simulate.defects import Defect, Scratch, Stain, share_of_limit
from inspectd.simulate.light import DIRECTED
from inspectd.simulate.parts import draw_defect
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.surface import Surface
from studies.dents import LIGHTS

SCRATCH_LENGTH_MM = (2.0, 40.0)
SCRATCH_WIDTH_MM = (0.1, 0.5)
CONTRAST_TO_NOISE = (4.0, 16.0)
GRAIN_CONTRAST_TO_NOISE = (3.0, 8.0)
GAP_MM = (0.2, 1.0)
STAIN_AREA_MM2 = (2.0, 200.0)
DENT_DIAMETER_MM = (1.0, 10.0)
OVER_LIMIT = 1.1
_AT_LIMIT_SHARE = 0.25  # of the dents, that are just so far over the limit
# Under four lights what is no dent is only looked at for being named one.
_LIT_SIZES = {DefectKind.SCRATCH: (2.0, 15.0), DefectKind.STAIN: (2.0, 80.0)}
_LIT_PX = (640, 512)
_SMALL_LIMIT_MM, _SMALL_LIMIT_PX, _SMALL_OVER_LIMIT = (0.5, 2.0), (12.5, 25.0), 1.15
_EDGE_MM, _INNER_MM, _EDGE_LENGTH_MM = (0.15, 0.6), (5.0, 8.0), (5.5, 9.0)
_MOST_GAPS = 3
_MARGIN_MM = 1.5
_PATCH_PX = 400
_Drawn = TypeVar("_Drawn", bound=Defect)


@dataclass(frozen=True, slots=True)
class Case:
    """One part to judge: its shots by name, and its defect (None: a sound part).

    `lights`: what the calibration knows of the lights of the shots.
    """

    kind: str
    group: str
    shots: dict[str, PartSpec]
    defect: Defect | None
    contrast_to_noise: float = math.nan
    lights: tuple[CalibratedLight, ...] = ()
    recipe: Recipe = field(default_factory=Recipe)

    def share_of_limit(self) -> float:
        """How big the defect is, as a share of what the recipe allows; 0 where there is none."""
        return 0.0 if self.defect is None else share_of_limit(self.defect, self.recipe)


Maker = Callable[[np.random.Generator, PartSpec], Case]


def draw_case(kind: str, seed: int) -> Case:
    """The part of this kind and seed: the same at every call."""
    rng = np.random.default_rng((seed, 77))
    surface = list(Surface)[rng.integers(len(Surface))]
    pixel_format: PixelFormat = "BGR8" if rng.integers(2) else "Mono8"
    base = PartSpec(surface=surface, pixel_format=pixel_format)
    return KINDS[kind](rng, base)


def _clean(rng: np.random.Generator, base: PartSpec) -> Case:
    """Every other one under four lights."""
    if rng.integers(2):
        return Case("clean", "four lights", _four_shots(base), None, lights=LIGHTS)
    return Case("clean", base.surface.value, {"main": base}, None)


def _scratched(rng: np.random.Generator, base: PartSpec) -> Case:
    """Straight, curved and broken scratches in turn, as clear as `CONTRAST_TO_NOISE` asks."""
    length_mm = _log_uniform(rng, *SCRATCH_LENGTH_MM)
    width_mm = rng.uniform(SCRATCH_WIDTH_MM[0], min(SCRATCH_WIDTH_MM[1], 0.15 * length_mm))
    group = ("straight", "curved", "broken")[rng.integers(3)]
    bent = group == "curved" or (group == "broken" and rng.random() < 0.5)  # noqa: PLR2004
    dark = rng.random() < 2.0 / 3.0
    tone = 0.7 if dark else 1.3
    scratch = Scratch(
        (0.0, 0.0),
        length_mm,
        width_mm,
        width_mm * rng.uniform(0.01, 0.05),
        rng.uniform(0.0, 180.0),
        (rng.choice((-1, 1)) * rng.uniform(0.3, 1.5) / length_mm) if bent else 0.0,
        (tone, tone, tone),
        _gaps(rng, length_mm, width_mm) if group == "broken" else (),
    )
    ratio = _log_uniform(rng, *CONTRAST_TO_NOISE)
    patch = replace(base, width_px=_PATCH_PX, height_px=_PATCH_PX)
    noise = noise_of(render_part(patch, int(rng.integers(2**31))), base.mm_per_px)
    scratch = of_contrast(_placed(scratch, rng, base), base, ratio * noise)
    return Case("scratch", group, {"main": replace(base, defects=(scratch,))}, scratch, ratio)


def _in_grain(rng: np.random.Generator, base: PartSpec) -> Case:
    """Straight scratches on brushed metal along its grain, or not, from fainter than asked for."""
    brushed = replace(base, surface=Surface.BRUSHED)
    along = bool(rng.integers(2))
    length_mm, ratio = _log_uniform(rng, 3.0, 20.0), rng.uniform(*GRAIN_CONTRAST_TO_NOISE)
    width_mm = rng.uniform(*SCRATCH_WIDTH_MM)
    direction_deg = rng.uniform(-2.0, 2.0) % 180.0 if along else rng.uniform(15.0, 165.0)
    dark = (0.7, 0.7, 0.7)
    scratch = Scratch((0.0, 0.0), length_mm, width_mm, 0.02 * width_mm, direction_deg, 0.0, dark)
    patch = replace(brushed, width_px=_PATCH_PX, height_px=_PATCH_PX)
    noise = noise_of(render_part(patch, int(rng.integers(2**31))), base.mm_per_px)
    scratch = of_contrast(_placed(scratch, rng, brushed), brushed, ratio * noise)
    group = f"{'along' if along else 'across'}, contrast-to-noise from {math.floor(ratio)}"
    shots = {"main": replace(brushed, defects=(scratch,))}
    return Case("grain", group, shots, scratch, ratio)


def _at_edge(rng: np.random.Generator, base: PartSpec) -> Case:
    """Straight scratches beyond the limit along one of the picture's edges, or well within it."""
    base = replace(_small(base), pixel_format=base.pixel_format)
    width_mm, height_mm = base.width_px * base.mm_per_px, base.height_px * base.mm_per_px
    at_edge, side = bool(rng.integers(2)), int(rng.integers(4))
    away_mm = rng.uniform(*(_EDGE_MM if at_edge else _INNER_MM))
    upright = side % 2 == 1
    across = (width_mm if upright else height_mm) - away_mm if side > 1 else away_mm
    centre_mm = (across, height_mm / 2.0) if upright else (width_mm / 2.0, across)
    tone = rng.uniform(0.75, 0.95)
    scratch = Scratch(
        centre_mm,
        rng.uniform(*_EDGE_LENGTH_MM),
        rng.uniform(0.12, 0.3),
        0.005,
        90.0 if upright else 0.0,
        0.0,
        (tone, tone, tone),
    )
    group = "along the edge" if at_edge else "within"
    return Case("edge", group, {"main": replace(base, defects=(scratch,))}, scratch)


def _gaps(
    rng: np.random.Generator, length_mm: float, width_mm: float
) -> tuple[tuple[float, float], ...]:
    """Up to three gaps, no piece shorter than the gaps beside it."""
    count = int(rng.integers(1, _MOST_GAPS + 1))
    stretch_mm = (length_mm - 2.0 * width_mm) / (2 * count + 1)
    longest = min(GAP_MM[1], 0.8 * stretch_mm)
    gaps = []
    for index in range(count):
        gap_mm = rng.uniform(min(GAP_MM[0], longest), longest)
        middle = -length_mm / 2.0 + width_mm + stretch_mm * (2 * index + 1.5)
        gaps.append((middle - gap_mm / 2.0, middle + gap_mm / 2.0))
    return tuple(gaps)


def _stained(rng: np.random.Generator, base: PartSpec) -> Case:
    """The stains that `simulate` draws, from half as strong in colour to as they are."""
    drawn = draw_defect(DefectKind.STAIN, _log_uniform(rng, *STAIN_AREA_MM2), rng, (0.0, 0.0))
    assert isinstance(drawn, Stain)
    strength = rng.uniform(0.5, 1.0)
    blue, green, red = (1.0 + strength * (share - 1.0) for share in drawn.colour)
    stain = _placed(replace(drawn, colour=(blue, green, red)), rng, base)
    group = "grey" if base.pixel_format == "Mono8" else "colour"
    return Case("stain", group, {"main": replace(base, defects=(stain,))}, stain)


def _dented(rng: np.random.Generator, base: PartSpec) -> Case:
    """Dents under four lights; a part of them just over the recipe's limit."""
    at_limit = rng.random() < _AT_LIMIT_SHARE
    diameter_mm = _log_uniform(rng, *DENT_DIAMETER_MM)
    if at_limit:
        diameter_mm = OVER_LIMIT * Recipe().dent.max_diameter_mm
    group = "at limit" if at_limit else base.surface.value
    return _lit(rng, base, "dent", group, draw_defect(DefectKind.DENT, diameter_mm, rng, (0, 0)))


def _small_dents(rng: np.random.Generator, base: PartSpec) -> Case:
    """Dents under one light, just over limits of 0.5 to 2 mm, which are 12 to 25 px."""
    limit_mm = _log_uniform(rng, *_SMALL_LIMIT_MM)
    mm_per_px = limit_mm / rng.uniform(*_SMALL_LIMIT_PX)
    base = replace(_small(base), mm_per_px=mm_per_px)
    drawn = draw_defect(DefectKind.DENT, _SMALL_OVER_LIMIT * limit_mm, rng, (0.0, 0.0))
    placed = _placed(drawn, rng, base)
    recipe = Recipe(dent=DentRule(max_diameter_mm=limit_mm))
    group = f"{base.surface.value}, limit {'below' if limit_mm < 1.0 else 'from'} 1 mm"
    shots = {"main": replace(base, defects=(placed,))}
    return Case("small", group, shots, placed, recipe=recipe)


def _lit_other(rng: np.random.Generator, base: PartSpec) -> Case:
    """Scratches and stains under four lights, as `simulate` draws them: no dents."""
    kind = list(_LIT_SIZES)[rng.integers(len(_LIT_SIZES))]
    size = _log_uniform(rng, *_LIT_SIZES[kind])
    return _lit(rng, base, "lit", kind.value, draw_defect(kind, size, rng, (0.0, 0.0)))


def _lit(rng: np.random.Generator, base: PartSpec, kind: str, group: str, drawn: Defect) -> Case:
    placed = _placed(drawn, rng, _small(base))
    shots = _four_shots(replace(base, defects=(placed,)))
    return Case(kind, group, shots, placed, lights=LIGHTS)


def _four_shots(base: PartSpec) -> dict[str, PartSpec]:
    return {light.name: replace(_small(base), light=light) for light in DIRECTED}


def _small(base: PartSpec) -> PartSpec:
    width_px, height_px = _LIT_PX
    return replace(base, width_px=width_px, height_px=height_px, pixel_format="Mono8")


def _placed(drawn: _Drawn, rng: np.random.Generator, base: PartSpec) -> _Drawn:
    """`drawn` at some place where all of it is within the picture."""
    corners = np.asarray(drawn.contour_mm())
    low = _MARGIN_MM - corners.min(axis=0)
    field = np.array([base.width_px, base.height_px]) * base.mm_per_px
    high = field - _MARGIN_MM - corners.max(axis=0)
    x, y = (float(v) for v in rng.uniform(np.minimum(low, high), np.maximum(low, high)))
    return replace(drawn, centre_mm=(x, y))


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(math.log(low), math.log(high))))


KINDS: dict[str, Maker] = {
    "scratch": _scratched,
    "stain": _stained,
    "dent": _dented,
    "clean": _clean,
    "lit": _lit_other,
    "grain": _in_grain,
    "edge": _at_edge,
    "small": _small_dents,
}
ASKED = ("scratch", "stain", "dent", "clean")
