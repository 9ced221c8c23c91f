#!/usr/bin/env python3
"""Study: whether a station's memory grows with the parts it judges.

The same as a station does (warm-up, judging with two threads, a preview of every part) on rendered
parts of full size, good ones and ones with defects in turn, one fresh copy of the pixels a part.

    python hil/studies/memory.py --parts 1000
"""

import argparse
import gc
import time

import cv2
import typer

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.simulate.defects import Defect, Scratch, Stain
from inspectd.simulate.render import PartSpec, render_part
from inspectd.station.threads import Threads
from inspectd.station.vitals import rss_bytes
from inspectd.vision.inspect import inspect
from inspectd.vision.overlay import draw, encode_jpeg
from inspectd.vision.warm import warm_up

_COLUMNS, _ROWS = 2_448, 2_048
_PREVIEW_PX = 640
_TOLD_AT = (1, 10, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)


def main() -> None:
    """Print the resident memory after so many parts, and what it grew by after the first 100."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--parts", type=int, default=1_000, help="parts to judge")
    count = parser.parse_args().parts
    cv2.setNumThreads(1)
    warm_up()
    parts = [rendered(*defects) for defects in ((), (_scratch(),), (_scratch(), _stain()))]
    job = Job(Recipe(), Calibration.from_scale(0.05))
    gc.collect()
    gc.freeze()
    threads = Threads(2)
    resident = {}
    for number in range(1, count + 1):
        pixels = parts[number % len(parts)].copy()
        view = View((Frame(pixels, "main", 0),), "", simulated=True)
        result = inspect(view, job, time.monotonic_ns, threads)
        encode_jpeg(draw(pixels, result, _PREVIEW_PX))
        resident[number] = rss_bytes() / 1e6
        if number in _TOLD_AT:
            typer.echo(f"after {number:5d} parts: {resident[number]:.1f} MB")
    threads.close()
    if count > 100:  # noqa: PLR2004 - as the report says
        grown = 100 * (resident[count] / resident[100] - 1)
        typer.echo(f"grown from part 100 to part {count}: {grown:.2f} %")


def rendered(*defects: Defect) -> Pixels:
    """A plate of 2448 x 2048 px with these defects."""
    return render_part(PartSpec(width_px=_COLUMNS, height_px=_ROWS, defects=defects), 1)


def _scratch() -> Scratch:
    return Scratch((30.0, 40.0), 8.0, 0.25, 0.03, 30.0, 0.0, (0.6, 0.6, 0.6))


def _stain() -> Stain:
    return Stain((80.0, 60.0), 5.0, (0.7, 0.7, 0.7))


if __name__ == "__main__":
    main()
