"""`inspectd plc ...`: what the PLC's programmer needs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="What the PLC's programmer needs.")


class MapFormat(StrEnum):
    """For a tag import, for a PLC program, for people."""

    CSV = "csv"
    ST = "st"
    MARKDOWN = "markdown"


@app.callback()
def _root() -> None:
    """Make `map` a subcommand: typer would make the only command the group itself."""


@app.command("map")
def map_command(
    form: Annotated[
        MapFormat,
        typer.Option(
            "--format", help="csv; st: IEC 61131-3 with the handshake's block; markdown: the page."
        ),
    ] = MapFormat.CSV,
    output: Annotated[Path | None, typer.Option(help="Write it here, not to stdout.")] = None,
) -> None:
    """Print the register map that the server uses."""
    from inspectd.commands.plc_map import write_map  # noqa: PLC0415 - keeps `--help` fast

    write_map(form.value, output)
