"""`inspectd calibrate colour`."""

from pathlib import Path
from typing import Annotated

import typer

from inspectd.commands.options import Json, Report


def colour(
    picture: Annotated[Path, typer.Argument(help="A picture of a colour chart of 24 patches.")],
    out: Annotated[Path, typer.Option(help="Write white balance and colour matrix here: *.toml.")],
    corners: Annotated[
        str | None,
        typer.Option(
            help='Where the chart is not found: "X,Y X,Y X,Y X,Y", the middles in px of dark skin, '
            "bluish green, black and white."
        ),
    ] = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """White balance and colour matrix from a chart of 24 patches."""
    from inspectd.commands.calibrate.colour import (  # noqa: PLC0415 - keeps `--help` fast
        ColourOptions,
        run_colour,
    )

    run_colour(ColourOptions(picture, out, corners, report), as_json=as_json)
