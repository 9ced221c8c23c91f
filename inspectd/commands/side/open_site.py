"""Which settings a side command works with, and how its options are read."""

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import JsonValue

from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.settings import SideSettings, load_side_settings
from inspectd.pipelines.host.watch import files_in

_PLACES = (Path("inspectd-side.toml"), Path("/etc/inspectd/side.toml"))


def find_settings(config: Path | None) -> tuple[SideSettings, Path | None]:
    """The settings and the file they are from; None: the defaults. ConfigurationError."""
    file = config or next((place for place in _PLACES if place.is_file()), None)
    return load_side_settings(file), file


def read_pairs(pairs: Iterable[str]) -> dict[str, JsonValue]:
    """KEY=VALUE, the value as JSON where it is some, else as text. ConfigurationError."""
    found: dict[str, JsonValue] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            msg = f"--option {pair}: write KEY=VALUE"
            raise ConfigurationError(msg)
        try:
            found[key] = json.loads(text)
        except ValueError:
            found[key] = text
    return found


def all_files(paths: Iterable[Path]) -> list[Path]:
    """Files as they are named, and those in named folders. ConfigurationError."""
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            msg = f"{path}: no such file or folder"
            raise ConfigurationError(msg)
        found += files_in(path) if path.is_dir() else [path]
    if not found:
        msg = f"{', '.join(map(str, paths))}: no file in it"
        raise ConfigurationError(msg)
    return found
