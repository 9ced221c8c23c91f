"""`inspectd plc map`: the register map as a file for whoever programs the PLC."""

import sys
from collections.abc import Callable
from pathlib import Path

from inspectd.commands.calibrate.outputs import check_writable
from inspectd.publish.register_csv import csv_text
from inspectd.publish.register_page import page
from inspectd.publish.register_st import structured_text

_FORMS: dict[str, Callable[[], str]] = {
    "csv": csv_text,
    "st": structured_text,
    "markdown": page,
}


def write_map(form: str, output: Path | None) -> None:
    """Write one form of the map, bytes as they are made: CSV has its own line ends."""
    check_writable("--output", output)
    made = _FORMS[form]().encode()
    if output is None:
        sys.stdout.buffer.write(made)
    else:
        output.write_bytes(made)
