"""Study: what a taught reference brings on real parts.

Real magnetic tiles (`../shared/data/magnetic_tile`, or INSPECTD_DATA): random texture, no two
pictures of one size, each tile at up to six exposures. Tiles are split by their number, so that no
tile is on both sides. Told are, for good tiles and every class of defect, how many pictures had
anything found at all ("alarm": a candidate region) and how many did not pass, without and with what
was taught, at several asked false-alarm rates.

    python hil/studies/teach.py --every 2
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.core.reference import Reference
from inspectd.core.verdict import Decision
from inspectd.teach.assemble import assemble
from inspectd.teach.learn import Lesson, how_unusual, learn
from inspectd.teach.sample import Sample, sample
from inspectd.vision.decode import decode_picture
from inspectd.vision.inspect import inspect

RATES = (0.001, 0.01, 0.05, 0.2)
_MM_PER_PX = 0.1
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
    every = parser.parse_args().every
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
        reference = assemble(
            {"main": lesson},
            station="study",
            recipe=_RECIPE,
            calibration=_SCALE,
            size_px=None,
            rate=rate,
            origin=_ORIGIN,
        )
        _print_decisions(f"{rate:g} taught: not passed", tested, classes, reference)


def _rows(folder: Path, kind: str, every: int) -> Iterator[Row]:
    """(class, what vision sees, pixels) of a folder's pictures; None where it cannot be judged."""
    for path in sorted(folder.iterdir())[::every]:
        pixels = decode_picture(path.read_bytes())
        found = sample(path.name, _tile(path), "main", pixels, _RECIPE)
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
    )
    limits = [head.texture_limit, *head.departure_limits]
    cells = []
    for kind in classes:
        known = [one for name, one, _ in tested if name == kind and one is not None]
        alarms = sum(bool((how_unusual(one, lesson.shot) > limits).any()) for one in known)
        cells.append(f"{alarms}/{len(known)}")
    _line(f"{rate:g} taught: alarm", *cells)


def _print_decisions(
    title: str, tested: Sequence[Row], classes: Iterable[str], reference: Reference | None
) -> None:
    cells = []
    for kind in classes:
        pictures = [pixels for name, _, pixels in tested if name == kind]
        refused = sum(_decision(pixels, reference) is not Decision.PASS for pixels in pictures)
        cells.append(f"{refused}/{len(pictures)}")
    _line(title, *cells)


def _decision(pixels: Pixels, reference: Reference | None) -> Decision:
    view = View((Frame(pixels, "main", 0),), "", simulated=False)
    return inspect(view, Job(_RECIPE, _SCALE, reference), time.monotonic_ns).decision


def _line(*words: str) -> None:
    _say("".join(f"{word:<24}" if n == 0 else f"{word:>10}" for n, word in enumerate(words)))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
