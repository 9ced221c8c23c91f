"""What `inspectd calibrate camera` does."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import typer
from inspectd_calibration.blur import edge_blur
from inspectd_calibration.camera import CameraResult, calibrate_camera
from inspectd_calibration.camera_report import (
    camera_json,
    camera_sections,
    lens_table,
    summary,
    view_table,
)
from inspectd_calibration.camera_views import Dropped, SeenView
from inspectd_calibration.detect import as_grey, detect
from inspectd_calibration.report import write_report
from inspectd_calibration.report_origin import origin_section
from inspectd_calibration.target import Target
from rich.console import Console
from rich.progress import track

from inspectd.commands.calibrate.artefacts import made_of, write_toml
from inspectd.commands.calibrate.outputs import check_outputs, user
from inspectd.commands.calibrate.pictures import picture_files, read_bytes, read_picture
from inspectd.commands.calibrate.show import show_table, warn
from inspectd.commands.calibrate.target_option import read_target
from inspectd.core.calibration import Origin
from inspectd.core.errors import CalibrationError


@dataclass(frozen=True, slots=True)
class CameraOptions:
    """What the command line says."""

    pictures: list[Path]
    target: str
    out: Path | None
    report: Path | None


def run_camera(options: CameraOptions, *, as_json: bool) -> None:
    """Calibrate, write and tell. CalibrationError where the pictures do not do."""
    pictures = picture_files(options.pictures)
    check_outputs(options.out, options.report, [*pictures, Path(options.target)])
    target = read_target(options.target)
    files = _by_name(pictures)
    views, unseen = _look(files, target)
    result = calibrate_camera(views, unseen)
    origin = _origin(result, target, files)
    if options.out is not None:
        lens_file = result.lens_file(origin)
        write_toml(options.out, lens_file.model_dump(mode="json", exclude_none=True))
    if options.report is not None:
        sections = [*camera_sections(result, target), origin_section(origin)]
        write_report(options.report, "Camera calibration", sections)
    if as_json:
        typer.echo(json.dumps(camera_json(result)))
    else:
        _show(result, target, options)


def _by_name(files: list[Path]) -> dict[str, Path]:
    """Every file by its name, or by its path where two have the same name."""
    names = [path.name for path in files]
    return {path.name if names.count(path.name) == 1 else str(path): path for path in files}


def _origin(result: CameraResult, target: Target, files: dict[str, Path]) -> Origin:
    return Origin.model_validate(
        {
            **made_of(files[found.name] for found in result.used),
            "made_by": user(),
            "target": target.words,
            "dropped": [drop.name for drop in result.dropped],
            "reprojection_rms_px": result.fit.rms_px,
        }
    )


def _look(files: dict[str, Path], target: Target) -> tuple[list[SeenView], list[Dropped]]:
    """Find the target in every picture, or say why it is not found there."""
    views: list[SeenView] = []
    unseen: list[Dropped] = []
    first: dict[str, str] = {}
    console = Console(stderr=True)
    for name, path in track(
        files.items(), "Looking for the target", console=console, transient=True
    ):
        content = hashlib.sha256(read_bytes(path)).hexdigest()
        if (same := first.setdefault(content, name)) != name:
            unseen.append(Dropped(name, f"the same picture as {same}"))
            continue
        try:
            views.append(_view(path, target, name))
        except CalibrationError as error:
            reason = str(error).removeprefix(f"{name}: ").removeprefix(f"{path}: ")
            unseen.append(Dropped(name, reason))
    return views, unseen


def _view(path: Path, target: Target, name: str) -> SeenView:
    pixels = read_picture(path)
    found = detect(pixels, target, name)
    return SeenView(found, edge_blur(as_grey(pixels), found, target).largest_px)


def _show(result: CameraResult, target: Target, options: CameraOptions) -> None:
    console = Console()
    show_table(console, view_table(result))
    show_table(console, lens_table(result))
    console.print(summary(result, target), markup=False)
    warn(console, result.warnings)
    for path in (options.out, options.report):
        if path is not None:
            console.print(f"Written: {path}", markup=False)
