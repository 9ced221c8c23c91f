"""`inspectd teach`: pictures of good parts in, a reference out."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from inspectd.commands.calibrate.artefacts import made_of
from inspectd.commands.calibrate.outputs import check_writable, user
from inspectd.commands.calibrate.pictures import picture_files, read_picture
from inspectd.commands.inspect_pictures import job_of_files
from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.core.reference import Reference
from inspectd.load import load_calibration
from inspectd.reference_file import write_reference
from inspectd.teach.assemble import assemble
from inspectd.teach.learn import Lesson, learn
from inspectd.teach.sample import Sample, sample
from inspectd.toml_file import load_model
from inspectd.vision.lines import THRESHOLD

_95 = 0.05
_BLIND = (
    "The good parts vary so much that with these limits a stain would be hidden: every part "
    "will be NO-VERDICT. Even the light, or ask for a higher --false-alarm-rate."
)
# Times the limit of a surface that nobody taught.
_MANY_LINES = 3.0
_LINED = (
    "The good parts bear lines {times:.0f} times as clear as what is told on an unknown surface: "
    "fainter scratches will PASS. Look at the pictures for scratches before you use this."
)


@dataclass(frozen=True, slots=True)
class TeachOptions:
    """What the command line says."""

    pictures: list[Path]
    recipe: Path
    calibration: Path
    station: str
    out: Path
    shots: list[str]
    false_alarm_rate: float
    made_by: str


def run_teach(options: TeachOptions, *, as_json: bool) -> None:
    """Learn, write, tell. CalibrationError for pictures that nothing can be learned from."""
    if options.out.suffix != ".npz":
        msg = f"--out {options.out}: name it *.npz"
        raise ConfigurationError(msg)
    check_writable("--out", options.out)
    recipe = _recipe(options.recipe)
    calibration = load_calibration(options.calibration)
    job = job_of_files(recipe, calibration, options.calibration)
    files = _files_by_shot(options, recipe)
    # As in a station's process: OpenCV's own pool gains nothing here and takes memory.
    cv2.setNumThreads(1)
    samples = {name: _samples(name, paths, job) for name, paths in files.items()}
    lessons = {name: learn(found, options.false_alarm_rate) for name, found in samples.items()}
    reference = assemble(
        lessons,
        station=options.station,
        recipe=recipe,
        calibration=calibration,
        size_px=_size_px([one for found in samples.values() for one in found], lessons),
        rate=options.false_alarm_rate,
        origin={
            **made_of(path for paths in files.values() for path in paths),
            "made_by": options.made_by or user(),
        },
    )
    write_reference(options.out, reference)
    if as_json:
        typer.echo(json.dumps(_json(options.out, reference, lessons)))
        return
    for name, lesson in lessons.items():
        _show(name, lesson, options.false_alarm_rate)
    typer.echo(f"Written: {options.out}")
    typer.echo(f'Next: reference = "{options.out.name}" in the settings of {options.station}.')


def _recipe(path: Path) -> Recipe:
    """The recipe, if it can be taught; ConfigurationError."""
    recipe = load_model(path, Recipe)
    if len(recipe.vision.wavelengths_mm) > 1:
        msg = (
            f"{path}: [vision] wavelengths_mm: a reference is taught at one wavelength, but "
            f"{len(recipe.vision.wavelengths_mm)} stand there: keep the one that matters most"
        )
        raise ConfigurationError(msg)
    return recipe


def _files_by_shot(options: TeachOptions, recipe: Recipe) -> dict[str, list[Path]]:
    """The pictures of every shot that the recipe plans, but for depth; ConfigurationError."""
    names = [shot.name for shot in recipe.shots if shot.depth_um_per_level is None]
    if not names:
        msg = f"recipe {recipe.name} has depth pictures only: there is nothing to teach"
        raise ConfigurationError(msg)
    files = {names[0]: picture_files(options.pictures)}
    for text in options.shots:
        name, given, folder = text.partition("=")
        if not given or name not in names[1:]:
            others = ", ".join(names[1:]) or "none"
            msg = f"--shot {text}: give NAME=FOLDER; further shots of the recipe: {others}"
            raise ConfigurationError(msg)
        files[name] = picture_files([Path(folder)])
    if missing := [name for name in names if name not in files]:
        msg = f"the recipe plans the shots {', '.join(missing)} too: give --shot NAME=FOLDER"
        raise ConfigurationError(msg)
    return files


def _samples(shot: str, paths: list[Path], job: Job) -> list[Sample]:
    console = Console(stderr=True)
    samples = []
    for path in track(paths, f"Looking at shot {shot}", console=console, transient=True):
        found = sample(path.name, str(path), shot, read_picture(path), job)
        if isinstance(found, str):
            msg = f"{path}: cannot be learned from: {found}"
            raise CalibrationError(msg)
        samples.append(found)
    return samples


def _size_px(samples: list[Sample], lessons: dict[str, Lesson]) -> tuple[int, int] | None:
    """(width, height) that the reference holds for; None where pictures of any size were taught."""
    sizes = {one.shape for one in samples}
    if len(sizes) == 1:
        rows, columns = sizes.pop()
        return columns, rows
    if any(lesson.shot.lightness.shape[1:] != (1, 1) for lesson in lessons.values()):
        msg = "the shots differ in size: take all pictures with the same area of interest"
        raise CalibrationError(msg)
    return None


def _show(name: str, lesson: Lesson, rate: float) -> None:
    console = Console()
    table = Table(
        f"shot {name}",
        "texture limit",
        "line limit",
        "lightness limit",
        "alarms held out",
        "smallest defect",
        box=box.SIMPLE_HEAD,
    )
    for kind, trial in lesson.tried.items():
        head = trial.shot.head
        table.add_row(
            f"[bold]{kind}, chosen[/]" if kind == lesson.chosen else kind,
            f"{head.texture_limit:.1f}",
            f"{head.line_limit:.1f}",
            f"{head.departure_limits[0]:.1f}",
            f"{head.held_out_alarms} of {head.held_out_parts}",
            f"{trial.smallest_defect:.2g}",
        )
    console.print(table)
    if lesson.tried[lesson.chosen].blind:
        console.print(_BLIND, style="bold red")
    head = lesson.shot.head
    if head.line_limit > _MANY_LINES * THRESHOLD:
        console.print(_LINED.format(times=head.line_limit / THRESHOLD), style="bold red")
    most = most_likely_rate(head.held_out_alarms, head.held_out_parts)
    console.print(
        f"False alarms: {rate:g} asked; {head.held_out_alarms} of {head.held_out_parts} parts that "
        f"the limits were not made of, so at most {most:.1%} with 95 % confidence."
    )
    if head.registration_limit is None:
        console.print("Parts do not register: statistics hold for the picture, not the part.")
    else:
        console.print(
            f"Parts register; a part less alike than {head.registration_limit:.2f} is none."
        )
    if head.focus is None:
        console.print("Parts have no edges to tell the focus by: it is not watched.")
    for picture, why in lesson.dropped.items():
        console.print(f"Dropped: {escape(picture)}: {escape(why)}", style="yellow")


def most_likely_rate(alarms: int, parts: int) -> float:
    """Upper 95 % bound of a rate, one-sided (C. J. Clopper and E. S. Pearson, 1934)."""
    from scipy.stats import beta  # noqa: PLC0415 - half a second that only this line needs

    return 1.0 if alarms >= parts else float(beta.ppf(1.0 - _95, alarms + 1, parts - alarms))


def _json(out: Path, reference: Reference, lessons: dict[str, Lesson]) -> dict[str, Any]:
    return {
        "out": str(out),
        "sha256": reference.head.sha256,
        "false_alarm_rate": reference.head.false_alarm_rate,
        "shots": {
            name: {
                **lesson.shot.head.model_dump(mode="json"),
                "chosen": lesson.chosen,
                "blind": lesson.tried[lesson.chosen].blind,
                "dropped": lesson.dropped,
                "tried": {
                    kind: {
                        "texture_limit": trial.shot.head.texture_limit,
                        "line_limit": trial.shot.head.line_limit,
                        "departure_limits": trial.shot.head.departure_limits,
                        "held_out_alarms": trial.alarms,
                        "smallest_defect": trial.smallest_defect,
                    }
                    for kind, trial in lesson.tried.items()
                },
            }
            for name, lesson in lessons.items()
        },
    }
