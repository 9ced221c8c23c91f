"""`inspectd calibrate live`: focus, light and target, while a camera is set up."""

from pathlib import Path
from typing import Annotated

import typer


def live(
    driver: Annotated[str, typer.Option(help="Camera driver: basler or replay.")] = "basler",
    serial: Annotated[
        str, typer.Option(help="Serial number of the camera; any, if not given.")
    ] = "",
    emulated: Annotated[bool, typer.Option("--emulated", help="Use pylon's emulator.")] = False,
    pictures: Annotated[
        Path | None, typer.Option(help="File or folder that an emulated or replay camera shows.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Settings file: take a station's camera as it is set there.")
    ] = None,
    station: Annotated[str, typer.Option(help="That station, where the file has several.")] = "",
    target: Annotated[
        str | None, typer.Option(help="Look for this target: TOML file, or chessboard:9x6:24.23.")
    ] = None,
    lens: Annotated[
        Path | None, typer.Option(help="Lens of `calibrate camera`: a sharper tilt.")
    ] = None,
    exposure_us: Annotated[
        float | None, typer.Option(min=1.0, max=10_000_000.0, help="ExposureTime.")
    ] = None,
    pictures_per_second: Annotated[float, typer.Option(min=0.1, max=50.0)] = 2.0,
    count: Annotated[
        int | None, typer.Option(min=1, help="End after so many pictures; else at Ctrl-C.")
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(help="Keep pictures in this folder; with --target those that show it."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show focus, exposure, light, target and tilt of what a camera sees now, until Ctrl-C."""
    from inspectd.commands.calibrate.live import (  # noqa: PLC0415 - keeps `--help` fast
        LiveOptions,
        run_live,
    )

    options = LiveOptions(
        driver=driver,
        serial=serial,
        emulated=emulated,
        pictures=pictures,
        config=config,
        station=station,
        target=target,
        lens=lens,
        exposure_us=exposure_us,
        pictures_per_second=pictures_per_second,
        count=count,
        save=save,
    )
    run_live(options, as_json=as_json)
