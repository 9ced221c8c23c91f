"""Where a calibration command writes, looked at before the work, and who made it."""

import getpass
from collections.abc import Iterable
from pathlib import Path

from inspectd.core.errors import ConfigurationError


def check_writable(option: str, path: Path | None) -> None:
    """Refuse before the work what could not be written after it; None is no output."""
    if path is None:
        return
    if not path.absolute().parent.is_dir():
        msg = f"{option} {path}: its folder does not exist"
        raise ConfigurationError(msg)
    if path.is_dir():
        msg = f"{option} {path}: this is a folder; name a file in it"
        raise ConfigurationError(msg)


def check_outputs(out: Path | None, report: Path | None, read: Iterable[Path | None] = ()) -> None:
    """Refuse outputs that cannot be written, or that would take another file's place.

    `read`: the files that the work is made of, None for what is not given. A picture that is
    written over cannot be taken again.
    """
    inputs = {path.resolve() for path in read if path is not None}
    for option, path in (("--out", out), ("--report", report)):
        check_writable(option, path)
        if path is not None and path.resolve() in inputs:
            msg = f"{option} {path}: this file is read, and would be lost: give it another name"
            raise ConfigurationError(msg)
    if report is not None and out is not None and report.resolve() == out.resolve():
        msg = f"--report {report}: the same file as --out: give it another name"
        raise ConfigurationError(msg)


def user() -> str:
    """The user's name, empty where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
