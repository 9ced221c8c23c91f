"""The `inspectd` command: one short function per command.

Exit codes: 0 the work was done (the decision is in the output); 1 `doctor` found something that
must be mended, or `demo` lost or doubled a part; 2 a mistake in a command line or a file;
3 pictures that no calibration or study can be made of; 4 a port; 5 the journal; 6 a camera, or a
fault of inspectd itself; 130 ended by Ctrl-C.
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from inspectd import __version__
from inspectd.commands.calibrate_cli import app as calibrate_app
from inspectd.commands.models_cli import app as models_app
from inspectd.commands.msa_cli import app as msa_app
from inspectd.commands.options import Json
from inspectd.commands.plc_cli import app as plc_app
from inspectd.commands.side.side_cli import app as side_app
from inspectd.commands.teach_cli import teach
from inspectd.commands.verify_cli import verify
from inspectd.core.errors import (
    CalibrationError,
    ConfigurationError,
    InspectdError,
    JournalError,
    PublishError,
    StoreError,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Unattended industrial inspection: from the camera's trigger to the PLC's reject gate.",
)

_EXIT_CODES: tuple[tuple[type[InspectdError], int], ...] = (
    (ConfigurationError, 2),
    (CalibrationError, 3),
    (PublishError, 4),
    (JournalError, 5),
    (StoreError, 5),
    (InspectdError, 6),
)

app.add_typer(calibrate_app, name="calibrate")
app.add_typer(models_app, name="models")
app.add_typer(msa_app, name="msa")
app.add_typer(plc_app, name="plc")
app.add_typer(side_app, name="side")
app.command("teach")(teach)
app.command("verify")(verify)

Config = Annotated[Path, typer.Argument(help="Settings file (TOML).")]


def main() -> NoReturn:
    """Run the command; a user's mistake is one line on stderr, never a traceback."""
    from inspectd.commands.kernel_cache import ensure_cache_folder  # noqa: PLC0415

    try:
        ensure_cache_folder()
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        # Without any argument the help has been printed, and the message is empty.
        if message := error.format_message():
            _say(f"{message.replace('Value error, ', '')} (see `inspectd --help`)")
        sys.exit(2)
    except InspectdError as error:
        _say(str(error))
        sys.exit(next(code for kind, code in _EXIT_CODES if isinstance(error, kind)))
    except BrokenPipeError:
        # The reader has gone (`| head`); Python would complain again when it closes stdout.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        sys.stderr.write(f"inspectd: {error}\n")
        os._exit(6)
    sys.exit(code)


def _say(mistake: str) -> None:
    Console(stderr=True, soft_wrap=True).print(f"inspectd: {mistake}", markup=False, style="red")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"inspectd {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def run(config: Config) -> None:
    """Run the service until SIGTERM or Ctrl-C."""
    from inspectd.app import run_service  # noqa: PLC0415 - keeps `--help` fast

    run_service(config)


@app.command("check-config")
def check_config(config: Config, as_json: Json = False) -> None:
    """Read a settings file and everything it names, and say what is wrong with it."""
    from inspectd.commands.config_notes import cannot_pass  # noqa: PLC0415
    from inspectd.load import load_project  # noqa: PLC0415

    project = load_project(config)
    if as_json:
        typer.echo(project.settings.model_dump_json(indent=2))
        return
    stations = ", ".join(station.name for station in project.settings.stations)
    notes = cannot_pass(project)
    good = "good" if not notes else "can be read, but see the notes"
    typer.echo(f"{config}: {good}. Recipe {project.recipe.name}; stations: {stations}.")
    for note in notes:
        typer.echo(f"Note: {note}")
    typer.echo(f"This looked at files only. For cameras, ports and disk: inspectd doctor {config}")


@app.command()
def schema(
    which: Annotated[
        str, typer.Argument(help="settings, recipe, calibration, gauge or verdict.")
    ] = "all",
) -> None:
    """Print the JSON schema of the settings, recipe, calibration, gauge and verdict."""
    from inspectd.commands.schemas import schemas  # noqa: PLC0415

    typer.echo(json.dumps(schemas(which), indent=2))


@app.command()
def bench(as_json: Json = False) -> None:
    """Measure how fast parts are judged here, against what OpenCV alone can do; half a minute."""
    from inspectd.commands.bench.measure import run_bench  # noqa: PLC0415
    from inspectd.commands.bench.show import bench_json, show_bench  # noqa: PLC0415

    result = run_bench()
    if as_json:
        typer.echo(json.dumps(bench_json(result)))
    else:
        show_bench(result)


@app.command()
def doctor(
    config: Annotated[Path | None, typer.Argument(help="Settings file to check against.")] = None,
    as_json: Json = False,
) -> None:
    """Say what this host has and lacks, each with its remedy."""
    from inspectd.commands.doctor import examine, show  # noqa: PLC0415

    checks = examine(config)
    if as_json:
        typer.echo(json.dumps([check.as_json() for check in checks], indent=2))
    else:
        show(checks)
    if any(check.state == "bad" for check in checks):
        raise typer.Exit(1)


@app.command("inspect")
def inspect_command(
    images: Annotated[
        list[Path] | None, typer.Argument(help="Picture files; each is a part.")
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option(help="Recipe file; default thresholds else.")
    ] = None,
    calibration: Annotated[Path | None, typer.Option(help="Calibration file.")] = None,
    mm_per_px: Annotated[
        float | None, typer.Option(min=1e-6, max=1000.0, help="Scale, instead of a calibration.")
    ] = None,
    shot: Annotated[
        list[str] | None, typer.Option(help="NAME=FILE: one shot of one more part; repeat.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="What `teach` learned of good parts.")
    ] = None,
    overlay: Annotated[
        Path | None, typer.Option(help="Write the first part's picture with its defects here.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge picture files as the line would."""
    from inspectd.commands.inspect_command import InspectOptions, run_inspect  # noqa: PLC0415

    options = InspectOptions(
        images or [], shot or [], recipe, calibration, mm_per_px, overlay, reference
    )
    run_inspect(options, as_json=as_json)


@app.command()
def demo(
    parts: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="Stop after so many.")
    ] = None,
    rate: Annotated[float, typer.Option(min=0.05, max=100.0, help="Parts per second.")] = 4.0,
    images: Annotated[Path | None, typer.Option(help="Show these pictures instead.")] = None,
    mm_per_px: Annotated[
        float, typer.Option(min=1e-4, max=10.0, help="Scale of the pictures given by --images.")
    ] = 0.1,
    modbus_port: Annotated[int, typer.Option(min=0, max=65_535)] = 5020,
    mqtt_port: Annotated[int, typer.Option(min=0, max=65_535)] = 1883,
    metrics_port: Annotated[int, typer.Option(min=0, max=65_535)] = 9464,
    web_port: Annotated[int, typer.Option(min=0, max=65_535)] = 8080,
    as_json: Json = False,
) -> None:
    """Run a whole line on this machine: camera emulator, PLC, broker, page."""
    from inspectd.demo.options import DemoOptions, OwnPictures  # noqa: PLC0415
    from inspectd.demo.run import run_demo  # noqa: PLC0415

    ports = (modbus_port, mqtt_port, metrics_port, web_port)
    own = None if images is None else OwnPictures(images, mm_per_px)
    run_demo(DemoOptions(parts, rate, own, *ports), as_json=as_json)
