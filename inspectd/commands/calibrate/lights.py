"""Pictures of a chrome sphere in, directions of the lights out."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import typer
from inspectd_calibration.light_files import LightsFile, light_entry, with_lights
from inspectd_calibration.pages_light import lights_page, lights_table
from inspectd_calibration.report import write_report
from inspectd_calibration.sphere import LightDirection, find_sphere, light_direction
from inspectd_calibration.uniformity import CELLS, Uniformity, uniformity
from rich.console import Console
from rich.progress import track

from inspectd.commands.calibrate.artefacts import (
    calibration_to_change,
    made_of,
    write_calibration,
    write_toml,
)
from inspectd.commands.calibrate.outputs import check_outputs, user
from inspectd.commands.calibrate.pictures import picture_files, read_picture
from inspectd.commands.calibrate.show import show_table
from inspectd.core.calibration import Origin
from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd.toml_file import load_model

_DARK, _SATURATED = 0.05, 0.99  # of full scale


@dataclass(frozen=True, slots=True)
class LightsOptions:
    """What the command line says."""

    folder: Path
    mask: Path
    out: Path
    white: Path | None
    report: Path | None


def run_lights(options: LightsOptions, *, as_json: bool) -> None:
    """Find every light, write them. CalibrationError for pictures that will not do."""
    files = _sphere_files(options.folder, options.mask)
    check_outputs(options.out, options.report, [options.mask, *files.values()])
    lights = _directions(files, options.mask)
    evenness = {} if options.white is None else _evenness(options.white, list(files))
    made = made_of([options.mask, *files.values()])
    content = LightsFile(
        lights=tuple(light_entry(light, evenness.get(light.name)) for light in lights),
        origin=Origin.model_validate({**made, "made_by": user(), "target": "chrome sphere"}),
    )
    write_toml(options.out, content.model_dump(mode="json", exclude_none=True))
    if options.report is not None:
        title = f"Lights of {options.folder.name}"
        write_report(options.report, title, lights_page(lights, evenness))
    if as_json:
        typer.echo(content.model_dump_json())
    else:
        show_table(Console(), lights_table(lights, evenness))
        typer.echo(f"Unit vectors: x to the right, y up, z to the camera. Written: {options.out}")
        typer.echo(f"Next: inspectd calibrate attach-lights CALIBRATION.toml {options.out}")


def run_attach_lights(calibration: Path, lights_file: Path, *, as_json: bool) -> None:
    """Rewrite the calibration with the lights' directions."""
    found = calibration_to_change(calibration, "lights")
    try:
        attached = with_lights(found, load_model(lights_file, LightsFile))
    except CalibrationError as error:
        msg = f"{lights_file}: {error}"
        raise CalibrationError(msg) from None
    write_calibration(calibration, attached)
    names = [light.name for light in attached.lights]
    if as_json:
        answer = {"calibration": str(calibration), "sha256": attached.sha256, "lights": names}
        typer.echo(json.dumps(answer))
    else:
        typer.echo(f"{calibration}: now with the lights {', '.join(names)}, sealed anew.")


def _sphere_files(folder: Path, mask: Path) -> dict[str, Path]:
    if not folder.is_dir():
        msg = f"{folder}: no such folder; it holds a picture of the sphere for every light"
        raise ConfigurationError(msg)
    if not mask.is_file():
        msg = f"--mask {mask}: no such file; paint the sphere white and all else black"
        raise ConfigurationError(msg)
    pictures = [file for file in picture_files([folder]) if not file.samefile(mask)]
    files = {file.stem: file for file in pictures}
    for file in pictures:
        if files[file.stem] is not file:
            msg = f"{file}: {files[file.stem].name} is of the same light {file.stem}: keep one"
            raise ConfigurationError(msg)
    if not files:
        msg = f"{folder}: there is no picture in it but the mask"
        raise ConfigurationError(msg)
    return files


def _directions(files: dict[str, Path], mask: Path) -> list[LightDirection]:
    try:
        sphere = find_sphere(read_picture(mask))
    except CalibrationError as error:
        msg = f"--mask {mask}: {error}"
        raise CalibrationError(msg) from None
    console = Console(stderr=True)
    return [
        light_direction(name, read_picture(file), sphere)
        for name, file in track(files.items(), "Finding", console=console, transient=True)
    ]


def _evenness(folder: Path, names: list[str]) -> dict[str, Uniformity]:
    files = {file.stem: file for file in picture_files([folder])}
    if missing := [name for name in names if name not in files]:
        msg = f"{folder}: no picture of light {missing[0]}; name them as those of the sphere"
        raise ConfigurationError(msg)
    return {name: _evenness_of(files[name]) for name in names}


def _evenness_of(file: Path) -> Uniformity:
    pixels = read_picture(file)
    grey = np.asarray(pixels, dtype=np.float64) / np.iinfo(pixels.dtype).max
    grey = grey if grey.ndim == 2 else grey.mean(axis=2)  # noqa: PLR2004 - no channels
    level = float(np.median(grey))
    if not _DARK < level < _SATURATED or float(np.mean(grey > _SATURATED)) > 1.0 - _SATURATED:
        what = "dark: lengthen" if level <= _DARK else "saturated: shorten"
        msg = f"{file}: the white target is too {what} the exposure"
        raise CalibrationError(msg)
    if min(grey.shape) < CELLS:
        msg = f"{file}: {grey.shape[1]} x {grey.shape[0]} px are too few to see how even it is"
        raise CalibrationError(msg)
    return uniformity(grey)
