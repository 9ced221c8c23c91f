"""`inspectd calibrate target`: a sheet to print, and the file that describes it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from inspectd.commands.options import Json


class Kind(StrEnum):
    """What is printed."""

    CHESSBOARD = "chessboard"
    CHARUCO = "charuco"
    DOTS = "dots"


class Paper(StrEnum):
    """Sizes of paper."""

    A4 = "A4"
    A3 = "A3"
    A2 = "A2"
    A1 = "A1"
    A0 = "A0"
    LETTER = "letter"
    TABLOID = "tabloid"


def target(
    out: Annotated[Path, typer.Argument(help="Write OUT.pdf, OUT.svg and OUT.toml.")],
    columns: Annotated[
        int, typer.Option(min=3, max=100, help="Points in a row: inner corners, or dots.")
    ],
    rows: Annotated[int, typer.Option(min=3, max=100, help="Points in a column.")],
    pitch_mm: Annotated[
        float, typer.Option(min=0.5, max=1_000.0, help="From point to point: a square's side.")
    ],
    kind: Annotated[Kind, typer.Option(help="What to print.")] = Kind.CHARUCO,
    marker_mm: Annotated[
        float | None,
        typer.Option(min=0.1, max=1_000.0, help="Side of charuco markers; else 0.7 pitches."),
    ] = None,
    page: Annotated[Paper, typer.Option(help="Size of the paper.")] = Paper.A4,
    as_json: Json = False,
) -> None:
    """Draw a target to print at true scale, with a rule of 100 mm to check the print by."""
    from inspectd.commands.calibrate.target import (  # noqa: PLC0415 - keeps `--help` fast
        TargetOptions,
        run_target,
    )

    options = TargetOptions(out, kind.value, columns, rows, pitch_mm, marker_mm, page.value)
    run_target(options, as_json=as_json)
