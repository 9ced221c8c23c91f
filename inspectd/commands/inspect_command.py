"""`inspectd inspect`: files in, table or JSON out."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from inspectd.commands.inspect_pictures import (
    InspectedPart,
    calibration_of_files,
    inspect_part,
    job_of_files,
    part_json,
    parts_to_inspect,
)
from inspectd.commands.kernel_cache import tell_if_cold
from inspectd.core.calibration import Calibration
from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.core.reference import Reference
from inspectd.core.verdict import Decision
from inspectd.load import load_calibration
from inspectd.reference_file import read_reference
from inspectd.supervisor.passing import utc_clock, why_invalid
from inspectd.toml_file import load_model
from inspectd.vision.overlay import draw

_OVERLAY_MAX_PX = 4096
# Others have no colours, or fail only when they are written.
_OVERLAY_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
COLOURS = {
    Decision.PASS: "green",
    Decision.FAIL: "red",
    Decision.REVIEW: "yellow",
    Decision.NO_VERDICT: "magenta",
}


@dataclass(frozen=True, slots=True)
class InspectOptions:
    """What the command line says."""

    images: list[Path]
    shots: list[str]
    recipe: Path | None
    calibration: Path | None
    mm_per_px: float | None
    overlay: Path | None
    reference: Path | None = None


def run_inspect(options: InspectOptions, *, as_json: bool) -> None:
    """Judge every part and print what was found. ConfigurationError for a user's mistake."""
    recipe = Recipe() if options.recipe is None else load_model(options.recipe, Recipe)
    calibration = chosen_calibration(options.calibration, options.mm_per_px)
    reference = _chosen_reference(options, recipe)
    parts = parts_to_inspect(options.images, options.shots, recipe)
    overlay = options.overlay
    if overlay is not None and len(parts) != 1:
        msg = f"--overlay {overlay}: it shows one part, but {len(parts)} were given"
        raise ConfigurationError(msg)
    if overlay is not None:
        _check_overlay(overlay, parts[0])
    console = Console(stderr=True)
    job = replace(job_of_files(recipe, calibration, options.calibration), reference=reference)
    tell_if_cold()
    results = [
        inspect_part(files, job)
        for files in track(
            parts, "Inspecting", console=console, disable=len(parts) == 1, transient=True
        )
    ]
    if as_json:
        typer.echo(json.dumps([part_json(part) for part in results]))
    else:
        _show(results)
    if overlay is not None:
        _write_overlay(overlay, results[0], job)


def chosen_calibration(file: Path | None, mm_per_px: float | None) -> Calibration | None:
    """What `--calibration` or `--mm-per-px` name; None for neither. ConfigurationError for both.

    CalibrationError for one that has expired, or does not hold yet.
    """
    if file is not None and mm_per_px is not None:
        msg = "give either --calibration or --mm-per-px, not both"
        raise ConfigurationError(msg)
    if file is not None:
        calibration = calibration_of_files(file)
        if why := why_invalid(calibration, utc_clock()):
            msg = f"--calibration {file}: {why.removeprefix('its ')}"
            raise CalibrationError(msg)
        return calibration
    return None if mm_per_px is None else Calibration.from_scale(mm_per_px)


def _chosen_reference(options: InspectOptions, recipe: Recipe) -> Reference | None:
    """What `--reference` names, for the station it was taught on; ConfigurationError."""
    if options.reference is None:
        return None
    reference = read_reference(options.reference)
    # As it stands in its file: pictures are judged with a copy that holds for any camera.
    calibration = None
    if options.calibration is not None:
        calibration = load_calibration(options.calibration)
    elif options.mm_per_px is not None:
        calibration = Calibration.from_scale(options.mm_per_px)
    misfits = reference.misfits(reference.head.station, recipe, calibration, "")
    if misfits:
        msg = f"--reference {options.reference}: it {'; '.join(misfits)}: teach again"
        raise ConfigurationError(msg)
    return reference


def _show(parts: list[InspectedPart]) -> None:
    table = Table("picture", "decision", "defects", "reasons", box=None, pad_edge=False)
    for part in parts:
        decision = part.result.decision
        table.add_row(
            escape(", ".join(str(path) for path in part.files.values())),
            f"[bold {COLOURS[decision]}]{decision.name}[/]",
            "\n".join(
                f"{d.kind.value} {d.length_mm:.2f} x {d.width_mm:.2f} mm, {d.area_mm2:.2f} mm²"
                for d in part.result.defects
            ),
            escape("\n".join(reason.text for reason in part.result.reasons)),
        )
    Console().print(table)


def _check_overlay(path: Path, files: dict[str, Path]) -> None:
    """Refuse before judging what could not be written, or would destroy a picture of the part."""
    if any(path.exists() and path.samefile(file) for file in files.values()):
        msg = f"--overlay {path}: this is the picture itself; name another file"
        raise ConfigurationError(msg)
    if not path.absolute().parent.is_dir():
        msg = f"--overlay {path}: its folder does not exist"
        raise ConfigurationError(msg)
    if path.suffix.lower() not in _OVERLAY_SUFFIXES:
        msg = f"--overlay {path}: pictures of this kind cannot be written; name it *.png"
        raise ConfigurationError(msg)


def _write_overlay(path: Path, part: InspectedPart, job: Job) -> None:
    if part.pixels is None:
        msg = f"--overlay {path}: there is no picture to draw on"
        raise ConfigurationError(msg)
    _, data = cv2.imencode(path.suffix, draw(part.pixels, part.result, _OVERLAY_MAX_PX, job))
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        msg = f"--overlay {path}: cannot be written: {error.strerror}"
        raise ConfigurationError(msg) from None
