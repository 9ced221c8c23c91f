"""`inspectd doctor`: what this host has and lacks, and what to do about it."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from inspectd.commands.checks import Check
from inspectd.commands.doctor_cameras import check_cameras
from inspectd.commands.doctor_host import (
    check_clock,
    check_cpu,
    check_disk,
    check_kernel_cache,
    check_memory,
    check_network_buffers,
    check_python,
    check_service_manager,
)
from inspectd.commands.doctor_ports import check_ports
from inspectd.core.errors import ConfigurationError
from inspectd.load import load_project
from inspectd.settings.root import Settings

_STYLES = {"good": "green", "note": "yellow", "bad": "red"}


def examine(config: Path | None) -> list[Check]:
    """Every check, in the order of a part's way; with a settings file, against what it says."""
    checks: list[Check] = [check_python()]
    settings: Settings | None = None
    if config is not None:
        try:
            settings = load_project(config).settings
            checks.append(Check("settings", "good", str(config)))
        except ConfigurationError as error:
            checks.append(Check("settings", "bad", str(error), "mend the file"))
    journal = Path(settings.journal.path).parent if settings else Path.cwd()
    checks += check_cameras(settings)
    checks += [check_kernel_cache(), check_cpu(), check_memory(), check_network_buffers()]
    checks += check_ports(settings)
    checks += [check_clock(), *check_disk(journal), check_service_manager()]
    return checks


def show(checks: list[Check]) -> None:
    """Print the checks as a table, worst news in words as well as in colour."""
    table = Table(box=None, pad_edge=False)
    for heading in ("check", "", "found", "what to do"):
        # A long path is broken, never cut: it must be there to copy.
        table.add_column(heading, overflow="fold")
    for check in checks:
        state = f"[{_STYLES[check.state]}]{check.state}[/]"
        table.add_row(check.name, state, escape(check.found), escape(check.remedy))
    console = Console()
    console.print(table)
    bad = sum(check.state == "bad" for check in checks)
    notes = sum(check.state == "note" for check in checks)
    console.print(f"\n{len(checks)} checks: {bad} bad, {notes} to note.")
