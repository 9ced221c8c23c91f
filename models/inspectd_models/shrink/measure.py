"""What decides on a step: accuracy on pictures nobody learned from, size, and time in turns."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inspectd.infer.manifest import Runtime
from inspectd.infer.runtimes import OPENERS
from inspectd_models.training.dataset import Examples
from inspectd_models.training.loop import as_tensor

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]
_TURNS = 60
_BATCH = 32


@dataclass(frozen=True, slots=True)
class Measured:
    """One net: `told` are the classes it gave the test pictures."""

    file: Path
    run: Run
    told: NDArray[np.int64]
    accuracy: float
    size_bytes: int


def measured(file: Path, run: Run, test: Examples) -> Measured:
    """Run the test pictures."""
    pictures = as_tensor(test.pictures).numpy()
    told = np.concatenate(
        [run(pictures[start : start + _BATCH]) for start in range(0, len(pictures), _BATCH)]
    ).argmax(axis=1)
    accuracy = float((told == test.classes).mean())
    return Measured(file, run, told, accuracy, file.stat().st_size)


def run_of(file: Path) -> Run:
    """The net as the host runs it, one thread."""
    backend: Any = OPENERS[runtime_of(file)](file, 1)
    run: Run = backend.run
    return run


def runtime_of(file: Path) -> Runtime:
    """What runs a file that a step wrote."""
    return "onnxruntime" if file.suffix == ".onnx" else "litert"


def times_ms(runs: list[Run], picture: NDArray[np.float32]) -> list[float]:
    """Median of each for one picture, (1, 3, H, W); in turns, since the machine's pace moves."""
    found: list[list[float]] = [[] for _ in runs]
    for turn in range(_TURNS + 1):
        for run, times in zip(runs, found, strict=True):
            started_s = time.perf_counter()
            run(picture)
            if turn:
                times.append(1e3 * (time.perf_counter() - started_s))
    return [float(np.median(times)) for times in found]
