"""Dark and flat pictures in, a checked correction out."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import typer
from inspectd_calibration.fields import (
    Average,
    FieldsReport,
    average,
    fields_bytes,
    make_fields,
    with_fields,
)
from inspectd_calibration.pages_light import fields_page, fields_table
from inspectd_calibration.report import write_report
from rich.console import Console
from rich.progress import track

from inspectd.commands.calibrate.artefacts import (
    calibration_to_change,
    write_calibration,
    write_whole,
)
from inspectd.commands.calibrate.outputs import check_outputs
from inspectd.commands.calibrate.pictures import must_be_lossless, picture_files, read_picture
from inspectd.commands.calibrate.show import show_table, warn
from inspectd.core.errors import ConfigurationError
from inspectd.core.frame import Pixels


@dataclass(frozen=True, slots=True)
class FieldsOptions:
    """What the command line says."""

    dark: list[Path]
    flat: list[Path]
    out: Path
    report: Path | None


def run_fields(options: FieldsOptions, *, as_json: bool) -> None:
    """Average, check, write. CalibrationError for pictures that will not do."""
    if options.out.suffix != ".npz":
        msg = f"--out {options.out}: name it *.npz"
        raise ConfigurationError(msg)
    dark_files, flat_files = picture_files(options.dark), picture_files(options.flat)
    check_outputs(options.out, options.report, dark_files + flat_files)
    dark = _average(dark_files, "dark")
    flat = _average(flat_files, "flat")
    fields, report = make_fields(dark, flat)
    data = fields_bytes(fields)
    write_whole(options.out, data)
    if options.report is not None:
        write_report(options.report, f"Dark and flat field {options.out.name}", fields_page(report))
    if as_json:
        typer.echo(json.dumps(_json(options.out, data, report)))
        return
    console = Console()
    show_table(console, fields_table(report))
    warn(console, report.remarks)
    typer.echo(f"Written: {options.out}")
    typer.echo(f"Next: inspectd calibrate attach-fields CALIBRATION.toml {options.out}")


def run_attach_fields(calibration: Path, fields_file: Path, *, as_json: bool) -> None:
    """Rewrite the calibration with the fields' name and hash."""
    found = calibration_to_change(calibration, "fields")
    if fields_file.absolute().parent != calibration.absolute().parent:
        msg = (
            f"{fields_file}: lies in another folder than {calibration}: copy it beside the "
            "calibration, which names it without a folder"
        )
        raise ConfigurationError(msg)
    attached = with_fields(found, fields_file)
    write_calibration(calibration, attached)
    if as_json:
        typer.echo(json.dumps({"calibration": str(calibration), "sha256": attached.sha256}))
    else:
        typer.echo(f"{calibration}: now with {fields_file.name}, sealed anew.")


def _average(files: list[Path], what: str) -> Average:
    for file in files:
        must_be_lossless(file)
    return average(_read(files, what), what)


def _read(files: list[Path], what: str) -> Iterator[tuple[str, Pixels]]:
    console = Console(stderr=True)
    for file in track(files, f"Averaging {what}", console=console, transient=True):
        yield str(file), read_picture(file)


def _json(out: Path, data: bytes, report: FieldsReport) -> dict[str, object]:
    return {
        "out": str(out),
        "sha256": hashlib.sha256(data).hexdigest(),
        "dark_pictures": report.dark_pictures,
        "flat_pictures": report.flat_pictures,
        "dark_level": report.dark_level,
        "flat_level": report.flat_level,
        "light_minimum_over_mean": report.light.minimum_over_mean,
        "light_minimum_over_maximum": report.light.minimum_over_maximum,
        "dsnu_dn": report.dsnu_dn,
        "prnu_percent": report.prnu_percent,
        "defect_pixels": len(report.defects),
        "defects": [{"column_px": column, "row_px": row} for column, row in report.defects],
        "remarks": list(report.remarks),
    }
