"""`inspectd teach`."""

from pathlib import Path
from typing import Annotated

import typer

from inspectd.commands.options import Json


def teach(
    pictures: Annotated[
        list[Path], typer.Argument(help="Pictures of good parts, each another one: files, folders.")
    ],
    recipe: Annotated[Path, typer.Option(help="Recipe file that the parts are judged by.")],
    calibration: Annotated[Path, typer.Option(help="The station's calibration file.")],
    station: Annotated[str, typer.Option(help="Name of the station.")],
    out: Annotated[Path, typer.Option(help="Write the reference here: FILE.npz.")],
    shot: Annotated[
        list[str] | None,
        typer.Option(help="NAME=FOLDER: another shot of the recipe, in the same order of parts."),
    ] = None,
    false_alarm_rate: Annotated[
        float, typer.Option(min=1e-6, max=0.5, help="Share of good parts that may raise an alarm.")
    ] = 0.001,
    made_by: Annotated[str, typer.Option(help="Your name; the user's otherwise.")] = "",
    as_json: Json = False,
) -> None:
    """Learn from good parts what they look like: place, light, sharpness, texture, colour."""
    from inspectd.commands.teach_command import (  # noqa: PLC0415 - keeps `--help` fast
        TeachOptions,
        run_teach,
    )

    options = TeachOptions(
        pictures, recipe, calibration, station, out, shot or [], false_alarm_rate, made_by
    )
    run_teach(options, as_json=as_json)
