"""Writes a target's sheet as PDF and SVG, and the target as TOML."""

import json
from dataclasses import dataclass
from pathlib import Path

import typer
from inspectd_calibration.sheet import RULE_MM, Page, make_sheet
from inspectd_calibration.sheet_files import to_pdf, to_svg
from inspectd_calibration.target import Kind, Target
from inspectd_calibration.target_text import parse_target

from inspectd.commands.calibrate.artefacts import write_toml, write_whole
from inspectd.commands.calibrate.outputs import check_writable

_ENDINGS = (".pdf", ".svg", ".toml")
# Large enough to be read from afar, small enough to leave the corners their white.
_MARKER_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """What the command line says."""

    out: Path
    kind: Kind
    columns: int
    rows: int
    pitch_mm: float
    marker_mm: float | None
    page: Page


def run_target(options: TargetOptions, *, as_json: bool) -> None:
    """Write three files and say what to do with them. ConfigurationError."""
    target = _target(options)
    sheet = make_sheet(target, options.page)
    out = options.out.with_suffix("") if options.out.suffix in _ENDINGS else options.out
    pdf, svg, toml = (out.with_name(out.name + ending) for ending in _ENDINGS)
    for path in (pdf, svg, toml):
        check_writable("OUT", path)
    write_whole(pdf, to_pdf(sheet))
    write_whole(svg, to_svg(sheet))
    write_toml(toml, target.model_dump(mode="json", exclude_none=True))
    if as_json:
        files = {"pdf": str(pdf), "svg": str(svg), "toml": str(toml)}
        page = {"page": options.page, "width_mm": sheet.width_mm, "height_mm": sheet.height_mm}
        typer.echo(json.dumps({"target": target.model_dump(mode="json"), **page, "files": files}))
        return
    typer.echo(f"{target.words}, on {options.page}: {pdf}, {svg}")
    typer.echo(f"Print it at 100 %. The rule must be {RULE_MM:g} mm long: measure it, and give")
    typer.echo(f"what you find to the other commands: --target {toml} --rule-mm <measured>")


def _target(options: TargetOptions) -> Target:
    marker_mm = options.marker_mm
    if marker_mm is None and options.kind == "charuco":
        marker_mm = _MARKER_SHARE * options.pitch_mm
    marker = "" if marker_mm is None else f":{marker_mm:.9g}"
    return parse_target(
        f"{options.kind}:{options.columns}x{options.rows}:{options.pitch_mm:.9g}{marker}"
    )
