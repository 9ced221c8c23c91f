"""Study: what a taught reference brings on real parts.

Real magnetic tiles (`../shared/data/magnetic_tile`, or INSPECTD_DATA): random texture, no two
pictures of one size, each tile at up to six exposures. Tiles are split by their number, so that no
tile is on both sides. Told are, for good tiles and every class of defect: how many pictures did not
pass, without and with what was taught; how many raised an alarm (anything beyond the taught limits)
at several asked false-alarm rates; and, whatever the limits, how well the largest score of a
picture tells that class from good tiles (AUROC; 0.5 is chance).

With --rendered, rendered plates with holes instead, turned and moved anyhow, which register: taught
on 40, tried on as many fresh ones as are asked for, good and with one defect beyond its limit.

    python hil/studies/teach.py --every 2
    python hil/studies/teach.py --rendered 60
"""

import argparse
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.defect import DefectKind
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.core.reference import Reference
from inspectd.core.verdict import Decision
from inspectd.simulate.outline import plate
from inspectd.simulate.parts import draw_defect
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.surface import Surface
from inspectd.teach.assemble import assemble
from inspectd.teach.learn import Lesson, Trial, how_unusual, learn
from inspectd.teach.sample import Sample, sample
from inspectd.vision.decode import decode_picture
from inspectd.vision.inspect import inspect

RATES = (0.001, 0.05)
_MM_PER_PX = 0.1
_PLATE_MM_PER_PX = 0.05
_PLATE_PX = (612, 512)
_TAUGHT = 40
# Beyond the default recipe's limits: mm, mm², mm.
_BAD = {DefectKind.SCRATCH: 7.0, DefectKind.STAIN: 14.0, DefectKind.DENT: 3.0}
_RECIPE = Recipe()
_SCALE = Calibration.from_scale(_MM_PER_PX)
_ORIGIN: dict[str, object] = {
    "made_at": "2026-01-01T00:00:00+00:00",
    "made_by": "",
    "software_version": "",
    "pictures": {},
}
Row = tuple[str, Sample | None, Pixels]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="Use each n-th picture only.")
    parser.add_argument("--rendered", type=int, default=0, help="So many rendered parts instead.")
    arguments = parser.parse_args()
    if arguments.rendered:
        _rendered(arguments.rendered)
        return
    every = arguments.every
    root = Path(os.environ.get("INSPECTD_DATA", "../shared/data")) / "magnetic_tile"
    cv2.setNumThreads(1)
    taught = [one for _, one, _ in _rows(root / "train" / "good", "good", every) if one is not None]
    tiles = {one.group for one in taught}
    tested = [
        row
        for folder in sorted((root / "test").iterdir())
        for row in _rows(folder, folder.name, every)
        if row[1] is None or row[1].group not in tiles or row[0] != "good"
    ]
    _say(f"taught {len(taught)} pictures of {len(tiles)} tiles; tested {len(tested)} pictures")
    classes = sorted({kind for kind, _, _ in tested}, key=lambda kind: (kind != "good", kind))
    _line("", *classes)
    _print_decisions("without: not passed", tested, classes, None)
    for rate in RATES:
        lesson = learn(taught, rate)
        _print_alarms(rate, lesson, tested, classes)
        title = f"{rate:g} taught: not passed"
        _print_decisions(title, tested, classes, _reference(lesson, _SCALE, rate))


def _rendered(count: int) -> None:
    """Plates with holes: what they get, without and with a reference."""
    rng = np.random.default_rng(2)
    scale = Calibration.from_scale(_PLATE_MM_PER_PX)
    good = [render_part(_plate(rng), 10_000 + n) for n in range(_TAUGHT)]
    job = Job(_RECIPE, scale)
    samples = [sample(f"{n}", f"{n}", "main", part, job) for n, part in enumerate(good)]
    lesson = learn([one for one in samples if isinstance(one, Sample)], RATES[0])
    reference = _reference(lesson, scale, RATES[0])
    for index, kind in enumerate((None, DefectKind.SCRATCH, DefectKind.STAIN, DefectKind.DENT)):
        rng = np.random.default_rng((3, index))
        parts = (
            render_part(_plate(rng, kind), 100_000 * (index + 1) + number)
            for number in range(count)
        )
        found = Counter(
            (name, _decision(part, known, scale).name)
            for part in parts
            for name, known in (("without", None), ("taught", reference))
        )
        for name in ("without", "taught"):
            told = [f"{n} {decision}" for (which, decision), n in found.items() if which == name]
            _line(f"{kind.value if kind else 'good'}, {name}", ", ".join(sorted(told)))


def _plate(rng: np.random.Generator, kind: DefectKind | None = None) -> PartSpec:
    """A plate anyhow in the picture, in 0.5 to 2 times the light, with one defect or none."""
    width_mm, height_mm = _PLATE_PX[0] * _PLATE_MM_PER_PX, _PLATE_PX[1] * _PLATE_MM_PER_PX
    x, y = (float(v) for v in (width_mm / 2, height_mm / 2) + rng.uniform(-1.0, 1.0, 2))  # noqa: RUF005 - a sum
    outline = plate(0.55 * width_mm, 0.5 * height_mm, (x, y), float(rng.uniform(-180, 180)))
    defects = () if kind is None else (draw_defect(kind, _BAD[kind], rng, (x, y)),)
    return PartSpec(
        surface=Surface.CAST,
        defects=defects,
        width_px=_PLATE_PX[0],
        height_px=_PLATE_PX[1],
        mm_per_px=_PLATE_MM_PER_PX,
        level=0.42 * 2.0 ** float(rng.uniform(-1.0, 1.0)),
        outline=outline,
    )


def _reference(lesson: Lesson, scale: Calibration, rate: float) -> Reference:
    return assemble(
        {"main": lesson},
        station="study",
        recipe=_RECIPE,
        calibration=scale,
        size_px=None,
        rate=rate,
        origin=_ORIGIN,
    )


def _rows(folder: Path, kind: str, every: int) -> Iterator[Row]:
    """(class, what vision sees, pixels) of a folder's pictures; None where it cannot be judged."""
    for path in sorted(folder.iterdir())[::every]:
        pixels = decode_picture(path.read_bytes())
        found = sample(path.name, _tile(path), "main", pixels, Job(_RECIPE, _SCALE))
        yield kind, found if isinstance(found, Sample) else None, pixels


def _tile(path: Path) -> str:
    """The tile's number: `exp3_num_1234.jpg` is tile 1234 at its third exposure."""
    return re.sub(r"^exp\d+_", "", path.stem)


def _print_alarms(
    rate: float, lesson: Lesson, tested: Sequence[Row], classes: Iterable[str]
) -> None:
    head = lesson.shot.head
    _say(
        f"{rate:g}: chosen {lesson.chosen}; limits {head.texture_limit:.1f}, "
        f"{head.departure_limits[0]:.1f} sigma; held out {head.held_out_alarms} of "
        f"{head.held_out_parts} tiles; dropped {len(lesson.dropped)}"
        f"{'; blind to stains: NO-VERDICT' if lesson.tried[lesson.chosen].blind else ''}"
    )
    limits = [head.texture_limit, head.line_limit, *head.departure_limits]
    cells = []
    for kind in classes:
        known = [one for name, one, _ in tested if name == kind and one is not None]
        alarms = sum(bool((how_unusual(one, lesson.shot) > limits).any()) for one in known)
        cells.append(f"{alarms}/{len(known)}")
    _line(f"{rate:g} taught: alarm", *cells)
    for name, trial in lesson.tried.items():
        _line(f"AUROC, {name}", *_auroc(trial, tested, classes))


def _auroc(trial: Trial, tested: Sequence[Row], classes: Iterable[str]) -> Iterator[str]:
    """Of each class against the good ones, by the largest score as a share of its limit."""
    head = trial.shot.head
    limits = np.array([head.texture_limit, head.line_limit, *head.departure_limits])
    scores: dict[str, list[float]] = {}
    for name, one, _ in tested:
        if one is not None:
            largest = float((how_unusual(one, trial.shot) / limits).max())
            scores.setdefault(name, []).append(largest)
    good = np.array(scores["good"])
    for kind in classes:
        bad = np.array(scores[kind])[:, None]
        yield f"{np.mean((bad > good) + 0.5 * (bad == good)):.2f}"


def _print_decisions(
    title: str, tested: Sequence[Row], classes: Iterable[str], reference: Reference | None
) -> None:
    cells = []
    for kind in classes:
        pictures = [pixels for name, _, pixels in tested if name == kind]
        refused = sum(_decision(pixels, reference) is not Decision.PASS for pixels in pictures)
        cells.append(f"{refused}/{len(pictures)}")
    _line(title, *cells)


def _decision(pixels: Pixels, reference: Reference | None, scale: Calibration = _SCALE) -> Decision:
    view = View((Frame(pixels, "main", 0),), "", simulated=False)
    return inspect(view, Job(_RECIPE, scale, reference=reference), time.monotonic_ns).decision


def _line(*words: str) -> None:
    _say("".join(f"{word:<24}" if n == 0 else f"{word:>10}" for n, word in enumerate(words)))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
