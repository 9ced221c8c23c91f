"""`inspectd verify`: the command line."""

from pathlib import Path
from typing import Annotated

import typer


def verify(
    pictures: Annotated[
        list[Path] | None, typer.Argument(help="Pictures of the gauge, one a time it was laid in.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Settings file: verify on the running service.")
    ] = None,
    acknowledge: Annotated[
        bool,
        typer.Option(
            "--acknowledge", help="With --config: acknowledge a failure after a good one."
        ),
    ] = False,
    timeout_s: Annotated[
        float, typer.Option(min=1.0, max=86_400.0, help="With --config: wait so long at most.")
    ] = 600.0,
    gauge: Annotated[Path | None, typer.Option(help="Gauge file, for pictures.")] = None,
    recipe: Annotated[Path | None, typer.Option(help="Recipe file, for pictures.")] = None,
    calibration: Annotated[Path | None, typer.Option(help="Calibration, for pictures.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Measure a certified gauge part: on the running line, or on pictures of it."""
    # Imported here: it keeps `--help` fast.
    from inspectd.commands.verify import VerifyOptions, run_verify  # noqa: PLC0415

    options = VerifyOptions(
        pictures=tuple(pictures or ()),
        config=config,
        acknowledge=acknowledge,
        timeout_s=timeout_s,
        gauge=gauge,
        recipe=recipe,
        calibration=calibration,
    )
    run_verify(options, as_json=as_json)
