"""Tables and warnings of a calibration, in the terminal."""

from collections.abc import Iterable

from inspectd_calibration.report import Table
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as TerminalTable


def show_table(console: Console, table: Table) -> None:
    """A report's table."""
    shown = TerminalTable(*(escape(cell) for cell in table.head), box=box.SIMPLE_HEAD)
    for row in table.rows:
        shown.add_row(*(escape(cell) for cell in row))
    console.print(shown)


def warn(console: Console, warnings: Iterable[str]) -> None:
    """What is doubtful."""
    for warning in warnings:
        console.print(f"Note: {warning}", style="yellow", markup=False)
