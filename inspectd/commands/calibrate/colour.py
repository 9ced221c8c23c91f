"""A picture of a colour chart in, white balance and colour matrix out."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import typer
from inspectd_calibration.colour import fit_colour
from inspectd_calibration.colour_chart import (
    CHART,
    chart_from_corners,
    find_chart,
    sample_patches,
)
from inspectd_calibration.light_files import colour_file
from inspectd_calibration.pages_light import colour_page, colour_table
from inspectd_calibration.report import write_report
from rich.console import Console

from inspectd.commands.calibrate.artefacts import made_of, write_toml
from inspectd.commands.calibrate.outputs import check_outputs, user
from inspectd.commands.calibrate.pictures import must_be_lossless, read_picture
from inspectd.commands.calibrate.show import show_table
from inspectd.core.calibration import Origin
from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd.core.frame import Points

_CORNERS = 4


@dataclass(frozen=True, slots=True)
class ColourOptions:
    """What the command line says."""

    picture: Path
    out: Path
    corners: str | None
    report: Path | None


def run_colour(options: ColourOptions, *, as_json: bool) -> None:
    """Find the chart, fit, write. CalibrationError for a picture that will not do."""
    check_outputs(options.out, options.report, [options.picture])
    corners = None if options.corners is None else parse_corners(options.corners)
    must_be_lossless(options.picture)
    pixels = read_picture(options.picture)
    if pixels.ndim == 2 or pixels.dtype != np.uint8:  # noqa: PLR2004 - no channels
        msg = f"{options.picture}: a grey picture has no colour: set PixelFormat to BGR8"
        raise CalibrationError(msg)
    bgr = np.asarray(pixels, dtype=np.uint8)
    try:
        centres = find_chart(bgr) if corners is None else chart_from_corners(corners)
        fit = fit_colour(sample_patches(bgr, centres))
    except CalibrationError as error:
        msg = f"{options.picture}: {error}"
        raise CalibrationError(msg) from None
    made = {**made_of([options.picture]), "made_by": user(), "target": CHART}
    content = colour_file(fit, Origin.model_validate(made))
    write_toml(options.out, content.model_dump(mode="json", exclude_none=True))
    if options.report is not None:
        write_report(options.report, f"Colour of {options.picture.name}", colour_page(fit))
    if as_json:
        typer.echo(content.model_dump_json())
    else:
        show_table(Console(), colour_table(fit))
        typer.echo(f"Written: {options.out}")


def parse_corners(text: str) -> Points:
    """Four X,Y pairs as (4, 2) float64; ConfigurationError."""
    number = r"-?\d{1,6}(?:\.\d+)?"
    pairs = text.split()
    if len(pairs) != _CORNERS or not all(re.fullmatch(f"{number},{number}", p) for p in pairs):
        msg = f'--corners {text!r}: write four pairs as "X,Y X,Y X,Y X,Y", in px'
        raise ConfigurationError(msg)
    return np.array([[float(value) for value in pair.split(",")] for pair in pairs])
