"""Where a calibration command writes, looked at before the work, and who made it."""

import getpass
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


def user() -> str:
    """The user's name, empty where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
