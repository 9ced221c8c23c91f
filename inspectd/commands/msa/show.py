"""The answer of a study: JSON for a program, else tables on the terminal; and the report."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from inspectd_calibration.report import Section, write_report
from rich.console import Console

from inspectd.commands.calibrate.show import show_table
from inspectd.core.errors import ConfigurationError


def present(
    title: str,
    sections: Sequence[Section],
    answer: dict[str, Any],
    report: Path | None,
    *,
    as_json: bool,
) -> None:
    """Write the report first, then print. ConfigurationError where it cannot be written."""
    if report is not None:
        write_report(report, title, sections)
    if as_json:
        typer.echo(json.dumps(answer))
        return
    console = Console()
    for section in sections:
        _print(console, section)
    if report is not None:
        console.print(f"Report: {report}", markup=False, soft_wrap=True)


def check_tolerance(tolerance: float | None) -> None:
    """Refuse what nothing can be a share of; ConfigurationError."""
    if tolerance is not None and not 0.0 < tolerance <= 1e12:  # noqa: PLR2004 - as for values
        msg = f"--tolerance {tolerance:g}: give the whole width of the tolerance, above 0"
        raise ConfigurationError(msg)


def _print(console: Console, section: Section) -> None:
    if section.paragraphs or section.table:
        console.print(section.heading, style="bold", markup=False)
    for paragraph in section.paragraphs:
        console.print(paragraph, markup=False, highlight=False)
    if section.table is not None:
        show_table(console, section.table)
