"""`inspectd calibrate ...`: one function per command; each room registers its own here."""

import typer

from inspectd.commands.calibrate.camera_cli import camera
from inspectd.commands.calibrate.colour_cli import colour
from inspectd.commands.calibrate.fields_cli import attach_fields, fields
from inspectd.commands.calibrate.install_cli import install
from inspectd.commands.calibrate.lights_cli import attach_lights, lights
from inspectd.commands.calibrate.live_cli import live
from inspectd.commands.calibrate.plane_cli import plane
from inspectd.commands.calibrate.sensor_cli import sensor
from inspectd.commands.calibrate.target_cli import target

app = typer.Typer(
    no_args_is_help=True,
    help="Make a station's calibration: targets, geometry, light, sensor.",
)
app.command("target")(target)
app.command("live")(live)
app.command("install")(install)
app.command("camera")(camera)
app.command("plane")(plane)
app.command("fields")(fields)
app.command("attach-fields")(attach_fields)
app.command("sensor")(sensor)
app.command("colour")(colour)
app.command("lights")(lights)
app.command("attach-lights")(attach_lights)
