"""`inspectd calibrate install`: a calibration takes the place of another, at once or not at all.

What the settings name becomes a link to `history/<hash>/`, where each calibration has a folder of
its own with its fields beside it; so the change is one rename(2), whatever the files. Nothing is
ever overwritten: what was installed before stays under its hash.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from inspectd.core.calibration import Calibration
from inspectd.core.errors import ConfigurationError
from inspectd.load import load_calibration, load_settings
from inspectd.settings.station import StationSettings
from inspectd.supervisor.passing import utc_clock, why_unfit
from inspectd.supervisor.trend import replace_file, sync_folder

HISTORY = "history"
_FILE = "calibration.toml"
_HASH_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class Installed:
    """What was done. `old_sha256` is empty where nothing readable was installed before."""

    station: str
    path: Path
    old_sha256: str
    new_sha256: str
    sealed: bool


def install(source: Path, config: Path, station_name: str) -> Installed:
    """Install `source` for a station of the settings file. ConfigurationError changes nothing."""
    station = _station(config, station_name)
    if station.calibration is None:
        msg = (
            f"{config}: [[stations]] {station_name}: names no calibration: add "
            f'calibration = "calibration/stations/{station_name}/calibration.toml" to it'
        )
        raise ConfigurationError(msg)
    target = Path(station.calibration)
    new = load_calibration(source)
    no_plane = new.why_no_plane(station.camera.width_px, station.camera.height_px)
    unfit = [*why_unfit(new, station, None, utc_clock()), *([no_plane] if no_plane else [])]
    if unfit:
        msg = f"{source}: not for station {station_name}: {'; '.join(unfit)}"
        raise ConfigurationError(msg)
    try:
        old = _keep_old(target)
        kept = _keep(source, new, target)
        _lead_to(target, kept)
    except OSError as error:
        msg = f"{target}: cannot be replaced: {error.strerror or error}; nothing was changed"
        raise ConfigurationError(msg) from None
    sealed = new.content_sha256 is not None
    return Installed(station_name, target, old, new.sha256, sealed)


def _station(config: Path, name: str) -> StationSettings:
    stations = {station.name: station for station in load_settings(config).stations}
    if name not in stations:
        msg = f"--station {name}: {config} has only {', '.join(stations)}"
        raise ConfigurationError(msg)
    return stations[name]


def _keep_old(target: Path) -> str:
    """See that what is installed has its place in the history; its hash, empty: unreadable."""
    try:
        old = load_calibration(target)
    except ConfigurationError:
        if target.is_file() and not target.is_symlink():
            # Whatever it is, it is not thrown away.
            replace_file(target.with_name(target.name + ".damaged"), target.read_bytes())
        return ""
    _keep(target, old, target)
    return old.sha256


def _keep(source: Path, calibration: Calibration, target: Path) -> Path:
    """Copy a calibration and its fields into the history beside `target`; the copy's path."""
    folder = target.parent / HISTORY / calibration.sha256[:_HASH_CHARACTERS]
    kept = folder / _FILE
    with contextlib.suppress(ConfigurationError):
        if load_calibration(kept) == calibration:
            return kept
    folder.mkdir(parents=True, exist_ok=True)
    sync_folder(folder.parent)
    sync_folder(target.parent)
    if calibration.fields:
        beside = source.resolve().parent / calibration.fields
        replace_file(folder / calibration.fields, beside.read_bytes())
    replace_file(kept, source.read_bytes())
    if load_calibration(kept) != calibration:
        msg = f"{source}: changed while it was copied: install it again"
        raise ConfigurationError(msg)
    return kept


def _lead_to(target: Path, kept: Path) -> None:
    """Have `target` be a link to `kept`, by one rename."""
    link = target.with_name(target.name + ".new")
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(kept, target.parent))
    link.replace(target)
    sync_folder(target.parent)
