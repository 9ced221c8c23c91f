#!/usr/bin/env python3
"""Study: how true dents are that four directed lights show.

Parts are rendered (three surfaces, lights from north, east, south and west) with a dent, a scratch,
a stain or nothing, and judged by the code of the line. Their sizes, places and looks are drawn from
the seed.

    python hil/studies/dents.py --parts 1000 --seed 7 --workers 2
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial

import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.frame import Frame, View
from inspectd.core.job import Job
from inspectd.core.lights import CalibratedLight
from inspectd.core.recipe import Recipe, Shot
from inspectd.core.verdict import Decision, ViewResult
from inspectd.simulate import defects as simulated
from inspectd.simulate.light import DIRECTED
from inspectd.simulate.parts import draw_defect
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.surface import Surface
from inspectd.vision.inspect import inspect

MM_PER_PX = 0.05
WIDTH_PX, HEIGHT_PX = 640, 512
DIAMETERS_MM = (1.0, 10.0)
_NEAR_LIMIT = 1.1
_COVERED = (0.93, 0.99)
# A scratch's length in mm and a stain's area in mm2; what is not asked for here is only looked for.
_OTHERS = {DefectKind.SCRATCH: (2.0, 15.0), DefectKind.STAIN: (2.0, 80.0)}
_KINDS = ("dent", "dent", "dent", "limit", "scratch", "stain", "good")


@dataclass(frozen=True, slots=True)
class Judged:
    """One part: what it bears and what was said of it; sizes in mm, None where none was found."""

    number: int
    surface: str
    kind: str
    size: float
    decision: str
    found: tuple[str, ...]
    diameter_mm: float | None = None
    uncertainty_mm: float | None = None
    true_depth_mm: float | None = None
    depth_mm: float | None = None
    depth_uncertainty_mm: float | None = None


def job(recipe: Recipe | None = None) -> Job:
    """Four shots, and the calibration that knows where their lights are."""
    shots = tuple(Shot(name=light.name, light=light.name) for light in DIRECTED)
    lights = tuple(
        CalibratedLight(
            name=light.name,
            direction=(
                math.cos(elevation) * math.cos(azimuth),
                math.cos(elevation) * math.sin(azimuth),
                math.sin(elevation),
            ),
        )
        for light in DIRECTED
        for azimuth, elevation in [
            (math.radians(light.azimuth_deg), math.radians(light.elevation_deg))
        ]
    )
    calibration = Calibration.from_scale(MM_PER_PX).model_copy(update={"lights": lights})
    return Job((recipe or Recipe()).model_copy(update={"shots": shots}), calibration)


def judged(spec: PartSpec, seed: int, work: Job) -> ViewResult:
    """Render all shots of a part and judge them."""
    frames = tuple(
        Frame(render_part(replace(spec, light=light), seed), light.name, 0) for light in DIRECTED
    )
    return inspect(View(frames, "", simulated=True), work, lambda: 0)


def part(number: int, seed: int) -> tuple[PartSpec, str]:
    """The part of this number, and what it bears: a name of `_KINDS`."""
    rng = np.random.default_rng((seed, number))
    surface = list(Surface)[number % 3]
    what = _KINDS[(number // 3) % len(_KINDS)]
    spec = PartSpec(surface=surface, width_px=WIDTH_PX, height_px=HEIGHT_PX, mm_per_px=MM_PER_PX)
    if what == "good":
        return spec, what
    kind = DefectKind.DENT if what == "limit" else DefectKind(what)
    if what == "limit":
        size = _NEAR_LIMIT * Recipe().dent.max_diameter_mm
    else:
        low, high = _OTHERS.get(kind, DIAMETERS_MM)
        size = float(math.exp(rng.uniform(math.log(low), math.log(high))))
    drawn = draw_defect(kind, size, rng, (0.0, 0.0))
    reach = drawn.diameter_mm / 2.0 + 1.0
    field = np.array([WIDTH_PX, HEIGHT_PX]) * MM_PER_PX
    x, y = (float(v) for v in rng.uniform(reach, field - reach))
    return replace(spec, defects=(replace(drawn, centre_mm=(x, y)),)), what


def look(number: int, seed: int) -> Judged:
    """Render and judge one part."""
    spec, what = part(number, seed)
    result = judged(spec, seed * 1_000_003 + number, job())
    kinds = tuple(defect.kind.value for defect in result.defects if _concerns(defect, spec))
    plain = Judged(number, spec.surface.value, what, 0.0, result.decision.name, kinds)
    if not spec.defects:
        return plain
    true = spec.defects[0]
    if not isinstance(true, simulated.Dent):
        size = true.length_mm if isinstance(true, simulated.Scratch) else true.area_mm2
        return replace(plain, size=size)
    plain = replace(plain, size=true.diameter_mm, true_depth_mm=true.depth_mm)
    dent = nearest(result.defects, true.centre_mm)
    if dent is None:
        return plain
    return replace(
        plain,
        diameter_mm=dent.diameter_mm,
        uncertainty_mm=dent.uncertainty_mm,
        depth_mm=dent.depth_mm,
        depth_uncertainty_mm=dent.depth_uncertainty_mm,
    )


def _concerns(defect: Defect, spec: PartSpec) -> bool:
    """Whether a defect is a dent, or lies where the part bears one: others are not studied."""
    middle = np.mean(defect.contour_mm, axis=0)
    return defect.kind is DefectKind.DENT or any(
        math.dist(middle, true.centre_mm) < true.diameter_mm / 2.0 + 1.0 for true in spec.defects
    )


def nearest(defects: Iterable[Defect], centre_mm: tuple[float, float]) -> Defect | None:
    """The dent whose middle lies nearest, within a millimetre."""
    dents = [defect for defect in defects if defect.kind is DefectKind.DENT]
    away: Callable[[Defect], float] = lambda dent: math.dist(  # noqa: E731 - a key
        np.mean(dent.contour_mm, axis=0), centre_mm
    )
    best = min(dents, key=away, default=None)
    return best if best is not None and away(best) < 1.0 else None


def summary(parts: list[Judged]) -> dict[str, float]:
    """The figures that are asked for."""
    dents = [p for p in parts if p.kind in {"dent", "limit"}]
    seen = [p for p in dents if p.diameter_mm is not None and p.uncertainty_mm is not None]
    error = np.array([(p.diameter_mm or 0.0) - p.size for p in seen])
    size = np.array([p.size for p in seen])
    allowed = np.maximum(0.1, 0.03 * size)
    stated = np.array([p.uncertainty_mm or 0.0 for p in seen])
    deep = [p for p in seen if p.depth_mm is not None]
    depth = np.array([(p.depth_mm or 0.0) / (p.true_depth_mm or 1.0) for p in deep])
    depth_covered = [
        abs((p.depth_mm or 0.0) - (p.true_depth_mm or 0.0)) <= (p.depth_uncertainty_mm or 0.0)
        for p in deep
    ]
    good = [p for p in parts if p.kind == "good"]
    others = [p for p in parts if p.kind in {"scratch", "stain"}]
    limit = [p for p in parts if p.kind == "limit"]
    passed = Decision.PASS.name
    return {
        "parts": len(parts),
        "dents": len(dents),
        "dents_seen": len(seen),
        "dents_with_depth": len(deep),
        "class_right": float(np.mean([p.found == ("dent",) for p in dents])),
        "class_right_largest": float(np.mean([p.found[:1] == ("dent",) for p in dents])),
        "error_over_allowed_p95": float(np.percentile(np.abs(error) / allowed, 95)),
        "error_mean_mm": float(error.mean()),
        "error_p95_mm": float(np.percentile(np.abs(error), 95)),
        "covered": float(np.mean(np.abs(error) <= stated)),
        "uncertainty_median_mm": float(np.median(stated)),
        "depth_over_true_p5": float(np.percentile(depth, 5)),
        "depth_over_true_p95": float(np.percentile(depth, 95)),
        "depth_covered": float(np.mean(depth_covered)),
        "limit_parts": len(limit),
        "limit_passed": sum(p.decision == passed for p in limit),
        "good_parts": len(good),
        "good_failed": sum(p.decision == Decision.FAIL.name for p in good),
        "good_not_passed": sum(p.decision != passed for p in good),
        "others": len(others),
        "others_with_dent": sum("dent" in p.found for p in others),
    }


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=210, help="Parts to render.")
    parser.add_argument("--seed", type=int, default=1, help="Of everything that is drawn.")
    parser.add_argument("--workers", type=int, default=1, help="Processes.")
    parser.add_argument("--json", action="store_true", help="Print figures and parts as JSON.")
    options = parser.parse_args()
    with ProcessPoolExecutor(options.workers) as pool:
        parts = list(pool.map(partial(look, seed=options.seed), range(options.parts), chunksize=4))
    figures = summary(parts)
    if options.json:
        sys.stdout.write(json.dumps({**figures, "each": [asdict(p) for p in parts]}) + "\n")
        return
    for name, value in figures.items():
        sys.stdout.write(f"{name:<26}{value:.4g}\n")


if __name__ == "__main__":
    main()
