"""`inspectd calibrate lights` and `inspectd calibrate attach-lights`."""

from pathlib import Path
from typing import Annotated

import typer

from inspectd.commands.options import Json, Report


def lights(
    folder: Annotated[
        Path, typer.Argument(help="Pictures of a chrome sphere, one a light, named after it.")
    ],
    mask: Annotated[Path, typer.Option(help="The sphere in white on black, of the same size.")],
    out: Annotated[Path, typer.Option(help="Write the directions here: *.toml.")],
    white: Annotated[
        Path | None,
        typer.Option(
            help="Folder of pictures of a flat white target, named alike: each light's evenness."
        ),
    ] = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Directions of the lights from a chrome sphere, and how evenly each one lights the field."""
    from inspectd.commands.calibrate.lights import (  # noqa: PLC0415 - keeps `--help` fast
        LightsOptions,
        run_lights,
    )

    run_lights(LightsOptions(folder, mask, out, white, report), as_json=as_json)


def attach_lights(
    calibration: Annotated[Path, typer.Argument(help="Calibration file (TOML); is rewritten.")],
    lights_file: Annotated[
        Path, typer.Argument(metavar="LIGHTS.toml", help="Of `calibrate lights`, this camera's.")
    ],
    as_json: Json = False,
) -> None:
    """Write the directions of the lights into a calibration, and seal the calibration anew."""
    from inspectd.commands.calibrate.lights import run_attach_lights  # noqa: PLC0415

    run_attach_lights(calibration, lights_file, as_json=as_json)
