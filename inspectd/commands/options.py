"""Options that many commands have."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Gates = Annotated[
    list[str] | None,
    typer.Option("--gate", help="A condition such as 'kappa > 0.85'; unmet: exit code 1."),
]
Report = Annotated[Path | None, typer.Option(help="Write an HTML report here.")]
