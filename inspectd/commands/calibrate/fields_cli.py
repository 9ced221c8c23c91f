"""`inspectd calibrate fields` and `inspectd calibrate attach-fields`."""

from pathlib import Path
from typing import Annotated

import typer

from inspectd.commands.options import Json, Report


def fields(
    dark: Annotated[
        list[Path],
        typer.Option(help="Pictures with the lens covered: a folder, or a file; may be repeated."),
    ],
    flat: Annotated[
        list[Path],
        typer.Option(help="Pictures of a plain white target: a folder, or a file; repeatable."),
    ],
    out: Annotated[Path, typer.Option(help="Write the fields here: FILE.npz.")],
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Average dark and flat pictures into a correction, refusing dust, saturation and bad light."""
    from inspectd.commands.calibrate.fields import (  # noqa: PLC0415 - keeps `--help` fast
        FieldsOptions,
        run_fields,
    )

    run_fields(FieldsOptions(dark, flat, out, report), as_json=as_json)


def attach_fields(
    calibration: Annotated[Path, typer.Argument(help="Calibration file (TOML); is rewritten.")],
    fields_file: Annotated[
        Path, typer.Argument(metavar="FIELDS.npz", help="Of `calibrate fields`, in its folder.")
    ],
    as_json: Json = False,
) -> None:
    """Tie a fields file to a calibration, by its hash, and seal the calibration anew."""
    from inspectd.commands.calibrate.fields import run_attach_fields  # noqa: PLC0415

    run_attach_fields(calibration, fields_file, as_json=as_json)
