#!/usr/bin/env python3
"""Study: whether turned, shifted and brighter copies of a part get the decision of the part.

A part is rendered larger than the camera's field, turned by any angle about its middle, shifted,
and cut out; the light is from half to twice as bright. Near its limit a part may get another
decision by right: those within a tenth of it are counted apart.

    PYTHONPATH=hil python hil/studies/copies.py --parts 40 --copies 3 --seed 1
"""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.simulate.defects import share_of_limit
from inspectd.simulate.render import render_part
from inspectd.vision.inspect import inspect
from studies.accuracy_cases import draw_case

_FIELD_PX, _LARGE_PX = (1_000, 900), 1_500
_LARGEST_MM = 24.0
_SHIFT_PX = 60.0
_BRIGHTER = (0.5, 2.0)
_NEAR_LIMIT = 0.1


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a part: how it was made, and what became of both."""

    kind: str
    seed: int
    near_limit: bool
    how: str
    original: str
    copied: str


def copies_of(kind: str, seed: int, count: int) -> list[Copy]:
    """The decisions on `count` copies of one part."""
    case = draw_case(kind, seed)
    middle_mm = _LARGE_PX * 0.5 * case.shots["main"].mm_per_px
    assert case.defect is not None
    if case.defect.diameter_mm > _LARGEST_MM:
        return []
    defect = replace(case.defect, centre_mm=(middle_mm, middle_mm))
    spec = replace(case.shots["main"], defects=(defect,), width_px=_LARGE_PX, height_px=_LARGE_PX)
    near = abs(share_of_limit(defect, Recipe()) - 1.0) <= _NEAR_LIMIT
    original = _decision(_cut_out(render_part(spec, seed), 0.0, 0.0, 0.0))
    rng = np.random.default_rng((seed, 79))
    found = []
    for _ in range(count):
        brighter = float(np.exp(rng.uniform(*np.log(_BRIGHTER))))
        angle, x, y = rng.uniform(0.0, 360.0), *rng.uniform(-_SHIFT_PX, _SHIFT_PX, 2)
        pixels = render_part(replace(spec, level=brighter * spec.level), seed)
        how = f"{angle:.0f} degrees, ({x:.0f}, {y:.0f}) px, {brighter:.2f}x"
        copied = _decision(_cut_out(pixels, angle, x, y))
        found.append(Copy(kind, seed, near, how, original, copied))
    return found


def _cut_out(pixels: Pixels, angle_deg: float, x_px: float, y_px: float) -> Pixels:
    columns, rows = _FIELD_PX
    middle = (_LARGE_PX - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), angle_deg, 1.0)
    matrix[0, 2] += columns / 2 - middle + x_px
    matrix[1, 2] += rows / 2 - middle + y_px
    turned = cv2.warpAffine(pixels, matrix, (columns, rows), flags=cv2.INTER_CUBIC)
    return np.asarray(turned, dtype=np.uint8)


def _decision(pixels: Pixels) -> str:
    view = View((Frame(pixels, "main", 0),), "", simulated=True)
    job = Job(Recipe(), Calibration.from_scale(0.05))
    return inspect(view, job, time.thread_time_ns).decision.name


def main() -> None:
    """Print how many copies got another decision, and which."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--parts", type=int, default=40, help="parts of every kind")
    parser.add_argument("--copies", type=int, default=3, help="of every part")
    parser.add_argument("--seed", type=int, default=1, help="of the first part")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    options = parser.parse_args()
    work = [
        (kind, options.seed + index, options.copies)
        for kind in ("scratch", "stain")
        for index in range(options.parts)
    ]
    with ProcessPoolExecutor(options.workers) as pool:
        copies = [c for found in pool.map(copies_of, *zip(*work, strict=True)) for c in found]
    for kind in ("scratch", "stain"):
        for near in (False, True):
            own = [c for c in copies if c.kind == kind and c.near_limit is near]
            other = [c for c in own if c.original != c.copied]
            where = "within a tenth of the limit" if near else "clear of the limit"
            sys.stdout.write(f"{kind}, {where}: {len(other)} of {len(own)} copies differ\n")
            sys.stdout.writelines(
                f"  {c.seed}: {c.original} became {c.copied} ({c.how})\n" for c in other
            )


if __name__ == "__main__":
    main()
