"""The measurements: everything in one process, in turn, again and again, and medians of it."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2

from inspectd.commands.bench.ceilings import bytes_per_s, gain_of, multiply_adds_per_s
from inspectd.commands.bench.compositions import BestOpencv, Stages, Textbook
from inspectd.core.calibration import Calibration
from inspectd.core.camera import PixelFormat
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.simulate.defects import Scratch
from inspectd.simulate.render import PartSpec, render_part
from inspectd.station.threads import Threads
from inspectd.vision.inspect import inspect
from inspectd.vision.spread import Spread, in_turn
from inspectd.vision.texture import multiply_adds
from inspectd.vision.warm import warm_up

COLUMNS, ROWS = 2_448, 2_048
_MM_PER_PX = 0.05
_ROUNDS = 5
_PARTS_A_ROUND = 5  # of ours, which takes a hundredth of the textbook's time
_MEGABYTE = 1e6
_HALF_BYTES, _QUARTER_BYTES = 4 / 4, 4 / 16  # float32 a pixel of the picture

Times = dict[str, float]


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds (medians) of one picture; ours by number of threads, whole and by stage."""

    textbook_ms: Times
    best_opencv_ms: Times
    ours_ms: dict[str, float]
    stages_ms: dict[str, Times]
    clean_ms: dict[str, float]
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Ceilings:
    """One core of this machine, and what share of it two stages reach by themselves.

    `two_threads`: how many times as fast two threads were at arithmetic alone; below 2, the machine
    did not have two cores to give.
    """

    multiply_adds_per_s: float
    bytes_per_s: float
    texture_share: float
    normalise_share: float
    two_threads: float


@dataclass(frozen=True, slots=True)
class BenchResult:
    """All of a run. `load_average`: of the minute before; above 0.5 others were measured, too."""

    mono: Measured
    bgr: Measured
    ceilings: Ceilings
    load_average: float


def run_bench() -> BenchResult:
    """Measure both pixel formats; some 20 s."""
    load_average = os.getloadavg()[0]
    # OpenCV's own threads would be a third and a fourth.
    cv2.setNumThreads(1)
    warm_up()
    threads = Threads(2)
    try:
        spreads: dict[str, Spread] = {"1": in_turn, "2": threads}
        mono, bgr = (_measured(pixel_format, spreads) for pixel_format in ("Mono8", "BGR8"))
        gain = gain_of(threads)
    finally:
        threads.close()
    return BenchResult(mono, bgr, _ceilings(mono, gain), load_average)


def _ceilings(mono: Measured, two_threads: float) -> Ceilings:
    multiply_add, memory = multiply_adds_per_s(), bytes_per_s()
    stages, pixels = mono.stages_ms["1"], ROWS * COLUMNS
    vision = Recipe().vision
    adds = multiply_adds((ROWS // 2, COLUMNS // 2), vision.wavelength_px, vision.orientations)
    moved = pixels * (1 + _HALF_BYTES + _QUARTER_BYTES)
    return Ceilings(
        multiply_add,
        memory,
        texture_share=adds / (stages["texture"] / 1e3) / multiply_add,
        normalise_share=moved / (stages["normalise"] / 1e3) / memory,
        two_threads=two_threads,
    )


def _measured(pixel_format: PixelFormat, spreads: dict[str, Spread]) -> Measured:
    job = Job(Recipe(), Calibration.from_scale(_MM_PER_PX))
    scratched = _part(pixel_format, with_scratch=True)
    clean = _part(pixel_format, with_scratch=False)
    view, clean_view = (
        View((Frame(pixels, "main", 0),), "", simulated=True) for pixels in (scratched, clean)
    )
    textbook, best = Textbook(scratched).stages(), BestOpencv(scratched).stages()
    # Before OpenCV's temporary pictures have grown the heap.
    peak_mb = _peak_mb(lambda: inspect(view, job, time.perf_counter_ns, spreads["2"]))
    opencv: dict[str, list[Times]] = {"textbook": [], "best": []}
    ours: dict[str, list[Times]] = {name: [] for name in spreads}
    cleans: dict[str, list[float]] = {name: [] for name in spreads}
    for _ in range(_ROUNDS):
        opencv["textbook"].append(_timed(textbook))
        opencv["best"].append(_timed(best))
        for _ in range(_PARTS_A_ROUND):
            for name, spread in spreads.items():
                result = inspect(view, job, time.perf_counter_ns, spread)
                ours[name].append({**result.stages_ms, "": result.vision_ms})
                result = inspect(clean_view, job, time.perf_counter_ns, spread)
                cleans[name].append(result.vision_ms)
    medians = {name: _medians(times) for name, times in ours.items()}
    return Measured(
        textbook_ms=_medians(opencv["textbook"]),
        best_opencv_ms=_medians(opencv["best"]),
        ours_ms={name: times.pop("") for name, times in medians.items()},
        stages_ms=medians,
        clean_ms={name: statistics.median(times) for name, times in cleans.items()},
        peak_mb=peak_mb,
    )


def _timed(stages: Stages) -> Times:
    spent = {}
    for name, do in stages.items():
        started = time.perf_counter()
        do()
        spent[name] = 1e3 * (time.perf_counter() - started)
    return spent


def _medians(times: list[Times]) -> Times:
    return {stage: statistics.median(spent[stage] for spent in times) for stage in times[0]}


def _peak_mb(work: Callable[[], object]) -> float:
    """Most memory that this process had resident at any moment of `work`, in 10**6 bytes."""
    work()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # resets the high-water mark
    work()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kilobytes) * 1024 / _MEGABYTE


def _part(pixel_format: PixelFormat, *, with_scratch: bool) -> Pixels:
    """A rendered plate, seed and scratch always the same."""
    scratch = Scratch((30.0, 40.0), 8.0, 0.25, 0.03, 30.0, 0.0, (0.6, 0.6, 0.6))
    spec = PartSpec(
        width_px=COLUMNS,
        height_px=ROWS,
        mm_per_px=_MM_PER_PX,
        pixel_format=pixel_format,
        defects=(scratch,) if with_scratch else (),
    )
    return render_part(spec, 1)
