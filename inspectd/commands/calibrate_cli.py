"""`inspectd calibrate ...`: one function per command; each room registers its own here."""

import typer

from inspectd.commands.calibrate.live_cli import live

app = typer.Typer(
    no_args_is_help=True,
    help="Make a station's calibration: targets, geometry, light, sensor.",
)
app.command("live")(live)
