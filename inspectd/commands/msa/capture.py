"""What `inspectd msa capture` does: a study's pictures, part by part, in random order."""

import json
import random
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import typer
from rich.console import Console

from inspectd.commands.calibrate.artefacts import write_whole
from inspectd.commands.calibrate.live import station_camera
from inspectd.commands.capture import capture
from inspectd.core.errors import ConfigurationError
from inspectd.core.frame import Pixels

Item = TypeVar("Item")

# A name that is a folder on every system.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,63}")


@dataclass(frozen=True, slots=True)
class CaptureOptions:
    """What the command line says."""

    config: Path
    folder: Path
    operators: tuple[str, ...]
    station: str
    parts: int
    repeats: int


@dataclass(frozen=True, slots=True)
class Step:
    """One picture to take: the `repeat`-th, from 1, of a part by an operator."""

    repeat: int
    operator: str
    part: int

    def path(self, folder: Path) -> Path:
        """Where it goes."""
        return folder / str(self.part) / self.operator / f"{self.repeat}.png"


def run_capture(options: CaptureOptions, *, as_json: bool) -> None:
    """Ask for one part after another. ConfigurationError, DeviceError; Ctrl-C ends it."""
    _check_names(options.operators)
    steps = in_random_order(options, random.SystemRandom())
    waiting = [step for step in steps if not step.path(options.folder).exists()]
    camera = station_camera(options.config, options.station)
    with closing(capture(camera, len(waiting))) as pictures:
        for number, step in enumerate(waiting, len(steps) - len(waiting) + 1):
            _ask(f"{number} of {len(steps)}: {step.operator}, put in part {step.part}")
            _keep(step.path(options.folder), next(pictures))
    if as_json:
        typer.echo(json.dumps({"folder": str(options.folder), "taken": len(waiting)}))
    else:
        typer.echo(
            f"{len(steps)} pictures. Go on with: inspectd msa grr --pictures {options.folder}"
        )


def in_random_order(options: CaptureOptions, rng: random.Random) -> list[Step]:
    """Round by round, operator by operator, the parts anew in random order.

    AIAG MSA, 4th edition, chapter III section B: in random order, so that nobody remembers what
    he found, and drift is no operator's.
    """
    return [
        Step(repeat, operator, part)
        for repeat in range(1, options.repeats + 1)
        for operator in _shuffled(options.operators, rng)
        for part in _shuffled(range(1, options.parts + 1), rng)
    ]


def _check_names(operators: Sequence[str]) -> None:
    for name in operators:
        if not _NAME.fullmatch(name):
            msg = f"--operator {name!r}: use letters, digits, blanks, _ and -: it names a folder"
            raise ConfigurationError(msg)
    if len(set(operators)) < len(operators):
        msg = f"--operator {' '.join(operators)}: name each once; --repeats is for repeats"
        raise ConfigurationError(msg)


def _shuffled(items: Sequence[Item], rng: random.Random) -> list[Item]:
    return rng.sample(items, len(items))


def _ask(what: str) -> None:
    """On stderr: stdout is for the answer."""
    Console(stderr=True).print(f"{what}, then press Enter", markup=False, highlight=False)
    if typer.get_text_stream("stdin").readline() == "":
        msg = "the input ended before all pictures were taken: run it again to go on"
        raise ConfigurationError(msg)


def _keep(path: Path, pixels: Pixels) -> None:
    _, data = cv2.imencode(".png", pixels)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"{path}: cannot be written: {error.strerror}"
        raise ConfigurationError(msg) from None
    # Half a picture would be taken for one that is there when the study goes on.
    write_whole(path, data.tobytes())
