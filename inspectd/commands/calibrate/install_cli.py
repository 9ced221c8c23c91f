"""`inspectd calibrate install`: the command line."""

import json
from pathlib import Path
from typing import Annotated

import typer


def install(
    calibration: Annotated[Path, typer.Argument(help="Calibration file to install.")],
    config: Annotated[Path, typer.Option(help="Settings file of the service.")],
    station: Annotated[str, typer.Option(help="Station that it is for.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Check a calibration and put it in the place of a station's old one, which is kept."""
    from inspectd.commands.calibrate.install import install as do  # noqa: PLC0415 - keeps --help fast

    done = do(calibration, config, station)
    if as_json:
        said = {"station": done.station, "path": str(done.path)}
        typer.echo(json.dumps(said | {"old": done.old_sha256, "new": done.new_sha256}))
        return
    typer.echo(f"Station {done.station}: {done.path}")
    typer.echo(f"  old {done.old_sha256 or 'none'}\n  new {done.new_sha256}")
    if not done.sealed:
        typer.echo("Note: it was written by a person: no seal shows whether it is changed.")
    typer.echo("A running service takes it over with: systemctl reload inspectd")
