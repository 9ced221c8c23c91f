#!/usr/bin/env python3
"""Study: how right the inspection is about parts whose defects are known.

Parts are rendered with one defect each, or none, and judged by `inspect`. The calibration they
are judged by is off by what it says of itself: its scale is drawn from its own uncertainty.

    PYTHONPATH=hil python hil/studies/accuracy.py --parts 250 --seed 1000
    PYTHONPATH=hil python hil/studies/accuracy.py --kinds scratch --show 1017 out.png

Ctrl-C ends it early, with the figures of the parts judged so far.
"""

import argparse
import json
import math
import multiprocessing
import signal
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.frame import Frame, View
from inspectd.core.job import Job
from inspectd.core.recipe import Shot
from inspectd.core.verdict import Decision, ViewResult
from inspectd.simulate.render import render_part
from inspectd.vision.inspect import inspect
from inspectd.vision.overlay import draw
from studies.accuracy_cases import ASKED, KINDS, OVER_LIMIT, Case, draw_case

# Largest error, in the unit of the size and as a share of it: either will do.
ALLOWED = {"scratch": (0.15, 0.02), "stain": (0.0, 0.03), "dent": (0.1, 0.03)}
ANY = (math.inf, 0.0)  # of other kinds nothing is asked
_NAMED = 6
_TOLD_EVERY = 50  # parts
_P95 = 95.0
_SHOWN_PX = 1_224


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one part. Sizes are in mm or mm², NaN where nothing was found."""

    kind: str
    group: str
    seed: int
    share_of_limit: float
    decision: str
    truth: float = math.nan
    found: float = math.nan
    uncertainty: float = math.nan
    named_right: bool = False
    others: int = 0
    contrast_to_noise: float = math.nan
    vision_ms: float = math.nan
    true_depth: float = math.nan
    depth: float = math.nan
    depth_uncertainty: float = math.nan

    @property
    def error(self) -> float:
        """Found minus true."""
        return self.found - self.truth

    @property
    def strain(self) -> float:
        """Error as a share of what is allowed."""
        absolute, relative = ALLOWED.get(self.kind, ANY)
        return abs(self.error) / max(absolute, relative * self.truth)


def judge_case(kind: str, seed: int) -> Outcome:
    """Render, inspect and compare one part."""
    case = draw_case(kind, seed)
    result = judged(case, seed)
    share = case.share_of_limit()
    outcome = Outcome(
        kind,
        case.group,
        seed,
        share,
        result.decision.name,
        others=len(result.defects),
        contrast_to_noise=case.contrast_to_noise,
        vision_ms=result.vision_ms,
    )
    if case.defect is None:
        return outcome
    outcome = replace(
        outcome,
        truth=size(case.defect.kind, case.defect),
        true_depth=getattr(case.defect, "depth_mm", math.nan),
    )
    found = nearest(case, result.defects)
    if found is None:
        return outcome
    area = case.defect.kind is DefectKind.STAIN
    return replace(
        outcome,
        found=size(case.defect.kind, found),
        uncertainty=found.area_uncertainty_mm2 if area else found.uncertainty_mm,
        named_right=found.kind is case.defect.kind,
        others=len(result.defects) - 1,
        depth=_known(found.depth_mm),
        depth_uncertainty=_known(found.depth_uncertainty_mm),
    )


def _known(value: float | None) -> float:
    return math.nan if value is None else value


def judged(case: Case, seed: int) -> ViewResult:
    """What `inspect` says, by a calibration that is off by its own uncertainty."""
    shots = case.shots
    recipe = case.recipe.model_copy(update={"shots": tuple(Shot(name=name) for name in shots)})
    frames = tuple(Frame(render_part(spec, seed), name, 0) for name, spec in shots.items())
    mm_per_px = next(iter(shots.values())).mm_per_px
    stated = Calibration.from_scale(mm_per_px)
    off = np.random.default_rng((seed, 78)).normal(0.0, stated.length_uncertainty_relative / 2.0)
    calibration = Calibration.from_scale(mm_per_px * (1.0 + off))
    lit = calibration.model_copy(update={"lights": case.lights})
    view = View(frames, "", simulated=True)
    return inspect(view, Job(recipe, lit), time.thread_time_ns)


def size(kind: DefectKind, defect: Any) -> float:
    """The size that a defect of this kind is judged by."""
    match kind:
        case DefectKind.SCRATCH:
            return float(defect.length_mm)
        case DefectKind.DENT:
            return float(defect.diameter_mm)
        case _:
            return float(defect.area_mm2)


def nearest(case: Case, found: Iterable[Defect]) -> Defect | None:
    """What was found at the place of the true defect, the largest of several."""
    assert case.defect is not None
    outline = np.asarray(case.defect.contour_mm()).astype(np.float32)
    near = [
        defect
        for defect in found
        if max(
            cv2.pointPolygonTest(outline, (float(x), float(y)), measureDist=True)
            for x, y in defect.contour_mm
        )
        > -1.0
    ]
    return max(near, key=lambda defect: defect.diameter_mm, default=None)


def summary(kind: str, outcomes: list[Outcome]) -> dict[str, Any]:
    """The figures of one kind of parts."""
    if kind == "clean":
        wrong = [o for o in outcomes if o.decision != Decision.PASS.name]
        return {
            "parts": len(outcomes),
            "listed_percent": _percent(o.others > 0 for o in outcomes),
            "fail_percent": _percent(o.decision == Decision.FAIL.name for o in outcomes),
            "not_pass_percent": _percent(o.decision != Decision.PASS.name for o in outcomes),
            "worst_seeds": [o.seed for o in wrong[:_NAMED]],
        }
    seen = [o for o in outcomes if not math.isnan(o.found)]
    right = [o for o in seen if o.named_right]
    over = [o for o in outcomes if o.share_of_limit > OVER_LIMIT - 1e-9]
    passed = [o for o in over if o.decision == Decision.PASS.name]
    errors = np.array([o.error for o in right]) if right else np.array([math.nan])
    truths = np.array([o.truth for o in right]) if right else np.array([math.nan])
    strains = sorted(right, key=lambda o: o.strain, reverse=True)
    return {
        "parts": len(outcomes),
        "found_percent": _percent(not math.isnan(o.found) for o in outcomes),
        "class_right_percent": _percent(o.named_right for o in outcomes),
        "right_and_alone_percent": _percent(o.named_right and o.others == 0 for o in outcomes),
        "error_p95": float(np.percentile(np.abs(errors), _P95)),
        "error_p95_percent": float(np.percentile(np.abs(errors) / truths, _P95) * 100.0),
        "error_mean": float(errors.mean()),
        "share_of_allowed_p95": float(np.percentile([o.strain for o in right] or [math.nan], _P95)),
        "covered_percent": _percent(abs(o.error) <= o.uncertainty for o in right),
        "uncertainty_median": float(np.median([o.uncertainty for o in right] or [math.nan])),
        "over_limit": len(over),
        "wrong_pass": len(passed),
        "decisions": {d: sum(o.decision == d for o in outcomes) for d in Decision.__members__},
        **_of_depth([o for o in right if not math.isnan(o.depth)]),
        "vision_ms_p95": float(np.percentile([o.vision_ms for o in seen] or [math.nan], _P95)),
        "wrong_pass_seeds": [o.seed for o in passed[:_NAMED]],
        "missed_seeds": [o.seed for o in outcomes if math.isnan(o.found)][:_NAMED],
        "misnamed_seeds": [o.seed for o in seen if not o.named_right][:_NAMED],
        "worst_seeds": [o.seed for o in strains[:_NAMED]],
    }


def _of_depth(right: list[Outcome]) -> dict[str, float]:
    """The figures of the depths, where any were measured."""
    if not right:
        return {}
    share = np.array([o.depth / o.true_depth for o in right])
    return {
        "depth_over_true_p5": float(np.percentile(share, 100.0 - _P95)),
        "depth_over_true_p95": float(np.percentile(share, _P95)),
        "depth_covered_percent": _percent(
            abs(o.depth - o.true_depth) <= o.depth_uncertainty for o in right
        ),
    }


def _percent(flags: Iterable[bool]) -> float:
    values = list(flags)
    return 100.0 * sum(values) / max(len(values), 1)


def run(kinds: list[str], parts: int, seed: int, workers: int) -> list[Outcome]:
    """Judge `parts` parts of every kind, with seeds from `seed` on; fewer after Ctrl-C.

    The kinds take turns, so that what is done early is a fair share of each.
    """
    work = [(kind, seed + index) for index in range(parts) for kind in kinds]
    done: list[Outcome] = []
    started = time.monotonic()
    # Not forked: a copy of a process whose libraries have threads can wait for ever.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, fresh, _prepare) as pool:
        waiting = [pool.submit(judge_case, *each) for each in work]
        try:
            for future in as_completed(waiting):
                done.append(future.result())
                if len(done) % _TOLD_EVERY == 0:
                    spent_s = time.monotonic() - started
                    sys.stderr.write(f"{len(done)} of {len(work)} parts in {spent_s:.0f} s\n")
        except KeyboardInterrupt:
            sys.stderr.write(f"ended after {len(done)} of {len(work)} parts\n")
            pool.shutdown(wait=False, cancel_futures=True)
    return sorted(done, key=lambda o: (kinds.index(o.kind), o.seed))


def _prepare() -> None:
    """A worker has one thread, and leaves Ctrl-C to the study."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)


def show(kind: str, seed: int, path: Path) -> None:
    """Write the picture of one part with what was found, and say it in words."""
    case = draw_case(kind, seed)
    result = judged(case, seed)
    pixels = render_part(next(iter(case.shots.values())), seed)
    path.write_bytes(cv2.imencode(".png", draw(pixels, result, _SHOWN_PX))[1].tobytes())
    sys.stdout.write(f"{judge_case(kind, seed)}\n")
    sys.stdout.writelines(f"{reason.text}\n" for reason in result.reasons)


def main() -> None:
    """Print the figures of every kind, or one picture."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--parts", type=int, default=100, help="parts of every kind")
    parser.add_argument("--seed", type=int, default=1000, help="of the first part")
    parser.add_argument("--kinds", default=",".join(ASKED), help=", ".join(KINDS))
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--json", action="store_true", help="every part, for a program")
    parser.add_argument("--show", nargs=2, metavar=("SEED", "PNG"), help="draw one part")
    options = parser.parse_args()
    kinds = options.kinds.split(",")
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        parser.error(f"no such kind: {', '.join(unknown)}; there are {', '.join(KINDS)}")
    if options.show:
        show(kinds[0], int(options.show[0]), Path(options.show[1]))
        return
    outcomes = run(kinds, options.parts, options.seed, options.workers)
    figures: dict[str, Any] = {}
    for kind in kinds:
        own = [o for o in outcomes if o.kind == kind]
        figures[kind] = summary(kind, own)
        for group in sorted({o.group for o in own}) if kind != "clean" else ():
            figures[f"{kind} {group}"] = summary(kind, [o for o in own if o.group == group])
    if options.json:
        parts = [{name: getattr(o, name) for name in o.__slots__} for o in outcomes]
        sys.stdout.write(json.dumps({"figures": figures, "parts": parts}) + "\n")
        return
    for name, told in figures.items():
        sys.stdout.write(f"{name}\n")
        sys.stdout.writelines(f"  {key:<22}{_words(value)}\n" for key, value in told.items())


def _words(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
