"""What `inspectd calibrate plane` does."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

import typer
from inspectd_calibration.blur import edge_blur
from inspectd_calibration.camera_file import LensFile
from inspectd_calibration.detect import as_grey, detect
from inspectd_calibration.plane import PlaneResult, calibrate_plane, scaled_by_rule
from inspectd_calibration.plane_checks import blur_warnings, check_pitch
from inspectd_calibration.plane_report import (
    METHOD,
    place_table,
    plane_json,
    plane_sections,
    source_table,
    summary,
)
from inspectd_calibration.report import write_report
from inspectd_calibration.report_origin import origin_section
from rich.console import Console

from inspectd.commands.calibrate.artefacts import made_of, write_calibration
from inspectd.commands.calibrate.outputs import check_outputs, user
from inspectd.commands.calibrate.pictures import read_picture
from inspectd.commands.calibrate.show import show_table, warn
from inspectd.commands.calibrate.target_option import read_target
from inspectd.core.calibration import Calibration
from inspectd.core.errors import ConfigurationError
from inspectd.core.frame import Aoi
from inspectd.settings.station import NAME
from inspectd.toml_file import load_model

_LONGEST_SERIAL, _LONGEST_MAKER = 64, 128


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneOptions:
    """What the command line says."""

    picture: Path
    target: str
    out: Path
    lens: Path | None
    station: str
    camera_serial: str
    aoi: Aoi
    valid_days: int | None
    temperature_c: float | None
    made_by: str | None
    rule_mm: float | None
    distance_mm: float | None
    report: Path | None


def run_plane(options: PlaneOptions, *, as_json: bool) -> None:
    """Calibrate, seal, write and tell. CalibrationError where the picture does not do."""
    check_outputs(
        options.out, options.report, (options.picture, Path(options.target), options.lens)
    )
    _check_words(options)
    target = read_target(options.target)
    lens = None if options.lens is None else load_model(options.lens, LensFile)
    if lens is not None:
        check_pitch(lens, target)
    if options.rule_mm is not None:
        target = scaled_by_rule(target, options.rule_mm)
    pixels = read_picture(options.picture)
    found = detect(pixels, target, options.picture.name)
    result = calibrate_plane(found, target, lens, options.distance_mm)
    blurred = blur_warnings(edge_blur(as_grey(pixels), found, target))
    result = replace(result, warnings=(*result.warnings, *blurred, *_unsaid(options)))
    calibration = _sealed(result, options)
    write_calibration(options.out, calibration)
    if options.report is not None:
        title = f"Plane calibration {options.station}".strip()
        assert calibration.origin is not None
        sections = [*plane_sections(result), origin_section(calibration.origin)]
        write_report(options.report, title, sections)
    if as_json:
        told = {**plane_json(result), "out": str(options.out), "sha256": calibration.sha256}
        typer.echo(json.dumps(told))
    else:
        _show(result, options)


def _check_words(options: PlaneOptions) -> None:
    """Refuse a station that no settings can name, and words that the file has no room for."""
    if options.station and not re.fullmatch(NAME, options.station):
        msg = (
            f"--station {options.station}: no station can have this name: allowed are 1 to 32 of "
            "a-z, 0-9, _ and -, as in the settings"
        )
        raise ConfigurationError(msg)
    for option, text, longest in (
        ("--camera-serial", options.camera_serial, _LONGEST_SERIAL),
        ("--made-by", options.made_by or "", _LONGEST_MAKER),
    ):
        if len(text) > longest:
            msg = f"{option}: {len(text)} characters; allowed: {longest} at most"
            raise ConfigurationError(msg)


def _unsaid(options: PlaneOptions) -> list[str]:
    """What the command line leaves open, and nobody will notice later."""
    notes = []
    if options.rule_mm is None and (options.distance_mm is None or options.lens is None):
        notes.append(
            "nothing has checked the target's pitch, and every length hangs on it: measure the "
            "sheet's 100 mm rule and give --rule-mm, and --distance-mm with --lens"
        )
    if not options.camera_serial:
        notes.append("it fits any camera: give --camera-serial, so that no other one uses it")
    if not options.station:
        notes.append("it fits any station: give --station, so that no other one uses it")
    return notes


def _sealed(result: PlaneResult, options: PlaneOptions) -> Calibration:
    files = [options.picture, *([] if options.lens is None else [options.lens])]
    origin = {
        **made_of(files),
        "made_by": user() if options.made_by is None else options.made_by,
        "target": result.target.words,
        "reprojection_rms_px": result.rms_px,
        "temperature_c": options.temperature_c,
    }
    changes = {
        "station": options.station,
        "camera_serial": options.camera_serial,
        "aoi": options.aoi,
        "valid_days": options.valid_days,
        "origin": origin,
    }
    return Calibration.model_validate({**result.calibration.model_dump(), **changes}).sealed()


def _show(result: PlaneResult, options: PlaneOptions) -> None:
    console = Console()
    console.print(summary(result), markup=False)
    show_table(console, place_table(result))
    console.print(METHOD, markup=False)
    show_table(console, source_table(result))
    warn(console, result.warnings)
    for path in (options.out, options.report):
        if path is not None:
            console.print(f"Written: {path}", markup=False)
