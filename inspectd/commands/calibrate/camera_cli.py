"""`inspectd calibrate camera`: many pictures of a target in, the lens out."""

from pathlib import Path
from typing import Annotated

import typer


def camera(
    pictures: Annotated[
        list[Path], typer.Argument(help="Pictures of the target, or folders with them.")
    ],
    target: Annotated[
        str, typer.Option(help="The target: its TOML file, or chessboard:9x6:24.23.")
    ],
    out: Annotated[Path | None, typer.Option(help="Write the lens here (TOML).")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a report here (HTML).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Lens and distortion from 10 or more views of a target, tilted, all over the picture."""
    from inspectd.commands.calibrate.camera import (  # noqa: PLC0415 - keeps `--help` fast
        CameraOptions,
        run_camera,
    )

    run_camera(CameraOptions(pictures, target, out, report), as_json=as_json)
