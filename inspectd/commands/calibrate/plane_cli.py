"""`inspectd calibrate plane`: one picture of a target in the part's plane in, calibration out."""

from pathlib import Path
from typing import Annotated

import typer


def plane(
    picture: Annotated[Path, typer.Argument(help="Picture of the target in the part's plane.")],
    target: Annotated[
        str, typer.Option(help="The target: its TOML file, or chessboard:9x6:24.23.")
    ],
    out: Annotated[Path, typer.Option(help="Write the calibration here (TOML).")],
    lens: Annotated[
        Path | None, typer.Option(help="Lens of `calibrate camera`; without: a plane only.")
    ] = None,
    station: Annotated[str, typer.Option(help="Name of the station in the settings.")] = "",
    camera_serial: Annotated[str, typer.Option(help="Serial number of its camera.")] = "",
    aoi_offset_x: Annotated[int, typer.Option(min=0, max=65_535, help="OffsetX, px.")] = 0,
    aoi_offset_y: Annotated[int, typer.Option(min=0, max=65_535, help="OffsetY, px.")] = 0,
    binning_x: Annotated[int, typer.Option(min=1, max=16, help="BinningHorizontal.")] = 1,
    binning_y: Annotated[int, typer.Option(min=1, max=16, help="BinningVertical.")] = 1,
    valid_days: Annotated[
        int, typer.Option(min=1, max=3_650, help="It expires after so many days.")
    ] = 365,
    temperature_c: Annotated[
        float | None, typer.Option(min=-50.0, max=100.0, help="Of part and mount.")
    ] = None,
    made_by: Annotated[str | None, typer.Option(help="Who; the user, if not given.")] = None,
    rule_mm: Annotated[
        float | None,
        typer.Option(min=1.0, max=1_000.0, help="What a ruler shows for the sheet's 100 mm rule."),
    ] = None,
    distance_mm: Annotated[
        float | None,
        typer.Option(min=1.0, max=1e6, help="About how far the plane is from the lens: a check."),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write a report here (HTML).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """From pixels to millimetres in the part's plane, with the uncertainty of a length."""
    from inspectd.commands.calibrate.plane import (  # noqa: PLC0415 - keeps `--help` fast
        PlaneOptions,
        run_plane,
    )
    from inspectd.core.frame import Aoi  # noqa: PLC0415

    aoi = Aoi(
        offset_x_px=aoi_offset_x, offset_y_px=aoi_offset_y, binning_x=binning_x, binning_y=binning_y
    )
    options = PlaneOptions(
        picture=picture,
        target=target,
        out=out,
        lens=lens,
        station=station,
        camera_serial=camera_serial,
        aoi=aoi,
        valid_days=valid_days,
        temperature_c=temperature_c,
        made_by=made_by,
        rule_mm=rule_mm,
        distance_mm=distance_mm,
        report=report,
    )
    run_plane(options, as_json=as_json)
