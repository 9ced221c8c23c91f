"""`inspectd calibrate sensor`."""

from pathlib import Path
from typing import Annotated

import typer

from inspectd.commands.options import Json, Report


def sensor(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Folder with flat/ and dark/: <exposure_us>_a.png and _b.png in both."),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            help="Instead: a CSV with exposure_us,mean_dn,variance_dn2,dark_mean_dn,"
            "dark_variance_dn2."
        ),
    ] = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Check gain, noise, saturation and linearity by photon transfer, in EMVA 1288's terms."""
    from inspectd.commands.calibrate.sensor import run_sensor  # noqa: PLC0415 - fast `--help`

    run_sensor(folder, csv, report, as_json=as_json)
