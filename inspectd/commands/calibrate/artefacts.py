"""What the calibration commands write: whole files or none, and where their numbers come from."""

import hashlib
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomli_w

from inspectd import __version__
from inspectd.commands.calibrate.pictures import read_bytes
from inspectd.core.calibration import Calibration
from inspectd.core.errors import ConfigurationError
from inspectd.toml_file import load_model


def write_whole(path: Path, data: bytes) -> None:
    """Write beside, then rename: nobody ever reads half a file. ConfigurationError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        msg = f"{path}: cannot be written: {error.strerror}"
        raise ConfigurationError(msg) from None


def write_toml(path: Path, content: dict[str, Any]) -> None:
    """Write a TOML file; ConfigurationError where it cannot be written."""
    write_whole(path, tomli_w.dumps(content).encode())


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Write a station's calibration as the daemon reads it."""
    write_toml(path, calibration.model_dump(mode="json", exclude_none=True))


def calibration_to_change(path: Path, what: str) -> Calibration:
    """A sealed calibration that is nobody's installed one, to attach `what` to it.

    ConfigurationError.
    """
    if path.is_symlink():
        msg = (
            f"{path}: an installed calibration is not changed: attach the {what} to the file that "
            "it was installed from, and install that again"
        )
        raise ConfigurationError(msg)
    found = load_model(path, Calibration)
    if found.content_sha256 is None:
        msg = f"{path}: it has no seal: attach {what} to a sealed calibration"
        raise ConfigurationError(msg)
    return found


def made_of(files: Iterable[Path]) -> dict[str, Any]:
    """When, by which software and of which pictures: a part of the table `origin` of a file.

    A picture goes by its name, or by its path where two have the same name.
    """
    paths = list(files)
    names = [path.name for path in paths]
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "software_version": __version__,
        "pictures": {
            path.name if names.count(path.name) == 1 else str(path): hashlib.sha256(
                read_bytes(path)
            ).hexdigest()
            for path in paths
        },
    }
