"""Files that calibration commands write: TOML, whole or not at all; and who made them, of what."""

import getpass
import hashlib
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import tomli_w
from pydantic import BaseModel

from inspectd import __version__
from inspectd.commands.calibrate.pictures import read_bytes
from inspectd.core.calibration import Origin
from inspectd.core.errors import ConfigurationError


def check_writable(option: str, path: Path | None) -> None:
    """Refuse before the work what could not be written after it."""
    if path is None:
        return
    if not path.absolute().parent.is_dir():
        msg = f"{option} {path}: its folder does not exist"
        raise ConfigurationError(msg)
    if path.is_dir():
        msg = f"{option} {path}: this is a folder; name a file in it"
        raise ConfigurationError(msg)


def write_model(path: Path, model: BaseModel) -> None:
    """Write `model` as TOML, whole or not at all; ConfigurationError says why not."""
    text = tomli_w.dumps(model.model_dump(mode="json", exclude_none=True))
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        msg = f"{path}: cannot be written: {error.strerror}"
        raise ConfigurationError(msg) from None


def made_now(
    files: Iterable[Path],
    *,
    target: str,
    dropped: Iterable[str] = (),
    rms_px: float | None = None,
    made_by: str | None = None,
    temperature_c: float | None = None,
) -> Origin:
    """Made by this user, now, of these files."""
    return Origin(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        made_by=user() if made_by is None else made_by,
        software_version=__version__,
        target=target,
        pictures={
            name: hashlib.sha256(read_bytes(path)).hexdigest()
            for name, path in named(files).items()
        },
        dropped=tuple(dropped),
        reprojection_rms_px=rms_px,
        temperature_c=temperature_c,
    )


def named(files: Iterable[Path]) -> dict[str, Path]:
    """Every file by its name, or by its path where two have the same name."""
    paths = list(files)
    names = [path.name for path in paths]
    return {path.name if names.count(path.name) == 1 else str(path): path for path in paths}


def user() -> str:
    """The user's name, empty where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
