"""Study: how well and how fast a part is found again (`vision/register.py`).

Rendered plates with three holes, at any angle and up to 2 mm off, in 0.5 to 2 times the light, half
of them with a scratch or a stain beyond its limit, against one taught plate. Told are the farthest
that any corner of the part is off, in pixels of the camera, and the CPU time on a picture of 5
megapixels.

    python hil/studies/registration.py --parts 200
"""

import argparse
import math
import sys
import time

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.defect import DefectKind
from inspectd.core.frame import Pixels
from inspectd.core.job import Job
from inspectd.core.reference import ShotReference
from inspectd.simulate.outline import plate
from inspectd.simulate.parts import draw_defect
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.surface import Surface
from inspectd.teach.pool import blank, part_mask
from inspectd.teach.sample import Sample, sample
from inspectd.vision.register import Registered, register
from inspectd.vision.statistics import see

_WIDTH_PX, _HEIGHT_PX, _MM_PER_PX = 1224, 1024, 0.05
_MIDDLE_MM = np.array([_WIDTH_PX, _HEIGHT_PX]) * _MM_PER_PX / 2.0
_CORNERS_MM = np.array([[-16.0, -12.0], [16.0, -12.0], [16.0, 12.0], [-16.0, 12.0]])
_BAD = {DefectKind.SCRATCH: 12.0, DefectKind.STAIN: 40.0}
_RUNS = 20


def main() -> None:
    """Print a table, one line a surface."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=200, help="Parts per surface.")
    parts = parser.parse_args().parts
    cv2.setNumThreads(1)
    _say(f"{'surface':<12}{'p50 px':>9}{'p95 px':>9}{'max px':>9}{'lowest likeness':>17}")
    for surface in Surface:
        _print_line(surface, parts)
    _print_time()


def _print_line(surface: Surface, parts: int) -> None:
    rng = np.random.default_rng(1)
    anchor = _taught(_look(_spec(surface)))
    first = register(_look(_spec(surface), 2).planes[0], anchor)
    errors, scores = [], []
    for number in range(parts):
        angle_deg = float(rng.uniform(-180.0, 180.0))
        x, y = (float(v) for v in rng.uniform(-2.0, 2.0, 2))
        kind = (None, DefectKind.SCRATCH, None, DefectKind.STAIN)[number % 4]
        level = 0.42 * 2.0 ** float(rng.uniform(-1.0, 1.0))
        spec = _spec(surface, angle_deg, off_mm=(x, y), level=level, kind=kind, rng=rng)
        found = register(_look(spec, 100 + number).planes[0], anchor)
        errors.append(_error_px(found, first, angle_deg, np.array([x, y])))
        scores.append(found.score)
    p50, p95 = np.percentile(errors, (50, 95))
    figures = "".join(f"{value:>9.2f}" for value in (p50, p95, max(errors)))
    _say(f"{surface.value:<12}{figures}{min(scores):>17.3f}")


def _print_time() -> None:
    one = _look(_spec(Surface.CAST, 33.0))
    big = cv2.resize(one.planes[0], (612, 512))[None]
    anchor_plane = cv2.resize(_look(_spec(Surface.CAST)).planes[0], (612, 512))[None]
    head = _taught(one).head
    lightness = np.asarray(anchor_plane, dtype=np.float32)
    anchor = ShotReference(head, lightness, part_mask(lightness[0]))
    for name, work in (("register", register), ("see", see)):
        spent = []
        for _ in range(_RUNS):
            started = time.thread_time_ns()
            if work is register:
                register(np.asarray(big[0], dtype=np.float32), anchor)
            else:
                see(np.asarray(big, dtype=np.float32), anchor)
            spent.append((time.thread_time_ns() - started) / 1e6)
        _say(f"{name}: {np.median(spent):.2f} ms CPU on 2448 x 2048 px")


def _spec(
    surface: Surface,
    angle_deg: float = 0.0,
    *,
    off_mm: tuple[float, float] = (0.0, 0.0),
    level: float = 0.42,
    kind: DefectKind | None = None,
    rng: np.random.Generator | None = None,
) -> PartSpec:
    x, y = (float(v) for v in _MIDDLE_MM + off_mm)
    outline = plate(36.0, 28.0, (x, y), angle_deg)
    bad = () if kind is None or rng is None else (draw_defect(kind, _BAD[kind], rng, (x, y)),)
    return PartSpec(surface, bad, _WIDTH_PX, _HEIGHT_PX, _MM_PER_PX, level=level, outline=outline)


def _look(spec: PartSpec, seed: int = 1) -> Sample:
    pixels: Pixels = render_part(spec, seed)
    found = sample(
        f"{seed}", f"{seed}", "main", pixels, Job(calibration=Calibration.from_scale(_MM_PER_PX))
    )
    assert isinstance(found, Sample)
    return found


def _taught(one: Sample) -> ShotReference:
    return blank([one], one, 0.5)


def _error_px(
    found: Registered, first: Registered, angle_deg: float, off_mm: NDArray[np.float64]
) -> float:
    """The farthest that a corner is off. `first`: of an unturned plate, which defines the place."""
    back = np.linalg.inv(np.vstack((first.motion, (0.0, 0.0, 1.0))))
    taught = _laid(0.0, np.zeros(2)) @ back[:2, :2].T + back[:2, 2]
    seen = taught @ found.motion[:, :2].T + found.motion[:, 2]
    return float(4.0 * np.linalg.norm(seen - _laid(angle_deg, off_mm), axis=1).max())


def _laid(angle_deg: float, off_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the corners truly are, in pixels of a quarter of the resolution."""
    cos, sin = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    turned = _CORNERS_MM @ np.array([[cos, sin], [-sin, cos]])
    return np.asarray(((turned + _MIDDLE_MM + off_mm) / _MM_PER_PX - 1.5) / 4.0)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
