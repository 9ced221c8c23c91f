"""`inspectd msa ...`: how much of what is measured is the measuring itself."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from inspectd.commands.options import Json, Report
from inspectd.core.defect import DefectKind

app = typer.Typer(
    no_args_is_help=True,
    help="Measurement systems analysis: gauge R&R, attribute agreement, Cg and Cgk.",
)


class Size(StrEnum):
    """What of a defect is the measured value."""

    LENGTH = "length"
    WIDTH = "width"
    DIAMETER = "diameter"
    AREA = "area"


@app.command()
def grr(
    csv: Annotated[
        Path | None, typer.Argument(metavar="CSV", help="Columns part, operator, value.")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="Instead: a folder PART/OPERATOR/*.png; each is a repeat.")
    ] = None,
    recipe: Annotated[Path | None, typer.Option(help="Recipe for the pictures.")] = None,
    calibration: Annotated[Path | None, typer.Option(help="Calibration for them.")] = None,
    mm_per_px: Annotated[
        float | None, typer.Option(min=1e-6, max=1000.0, help="Scale, instead of a calibration.")
    ] = None,
    defect: Annotated[
        DefectKind, typer.Option(help="The class whose largest defect is measured.")
    ] = DefectKind.SCRATCH,
    size: Annotated[Size, typer.Option(help="What of it is measured.")] = Size.LENGTH,
    tolerance: Annotated[
        float | None, typer.Option(min=0.0, help="Whole width of the tolerance, in the same unit.")
    ] = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Gauge R&R by crossed analysis of variance (AIAG): parts x operators or stations x repeats."""
    from inspectd.commands.msa.grr import GrrOptions, run_grr  # noqa: PLC0415 - fast `--help`
    from inspectd.commands.msa.pictures import PictureOptions  # noqa: PLC0415

    judged = None
    if pictures is not None:
        judged = PictureOptions(pictures, recipe, calibration, mm_per_px, defect, size.value)
    run_grr(GrrOptions(csv, judged, tolerance, report), as_json=as_json)


@app.command()
def attribute(
    csv: Annotated[
        Path,
        typer.Argument(
            metavar="CSV", help="Columns part, operator, decision, reference: pass or fail."
        ),
    ],
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Attribute agreement (AIAG): kappa, effectiveness, miss rate and false-alarm rate."""
    from inspectd.commands.msa.attribute import run_attribute  # noqa: PLC0415 - fast `--help`

    run_attribute(csv, report, as_json=as_json)


@app.command()
def capability(
    csv: Annotated[Path, typer.Argument(metavar="CSV", help="Column value: one part's.")],
    reference: Annotated[float, typer.Option(help="The part's true value.")],
    tolerance: Annotated[float, typer.Option(min=0.0, help="Whole width of the tolerance.")],
    sigmas: Annotated[
        int, typer.Option(min=4, max=6, help="6 (Bosch Booklet 10) or 4 (VDA 5).")
    ] = 6,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Type-1 study: Cg, Cgk and the bias of one part that was measured many times."""
    from inspectd.commands.msa.capability import (  # noqa: PLC0415 - fast `--help`
        CapabilityOptions,
        run_capability,
    )

    options = CapabilityOptions(csv, reference, tolerance, sigmas, report)
    run_capability(options, as_json=as_json)


@app.command()
def capture(
    config: Annotated[Path, typer.Argument(help="Settings file (TOML).")],
    folder: Annotated[Path, typer.Argument(help="Where PART/OPERATOR/*.png go.")],
    operator: Annotated[list[str], typer.Option(help="Operator or station; repeat.")],
    station: Annotated[str, typer.Option(help="Station, where the file has several.")] = "",
    parts: Annotated[int, typer.Option(min=2, max=100, help="Parts.")] = 10,
    repeats: Annotated[int, typer.Option(min=2, max=100, help="Pictures of a part each.")] = 3,
    as_json: Json = False,
) -> None:
    """Take the pictures of a study, part by part in random order; run again, it goes on."""
    from inspectd.commands.msa.capture import CaptureOptions, run_capture  # noqa: PLC0415

    run_capture(
        CaptureOptions(config, folder, tuple(operator), station, parts, repeats), as_json=as_json
    )
