"""Paths in a settings file are relative to it, or name what systemd hands over."""

import os
from pathlib import Path, PurePath

from pydantic import BaseModel

from inspectd.core.errors import ConfigurationError
from inspectd.settings.recipes import FurtherRecipe
from inspectd.settings.root import Settings
from inspectd.settings.station import StationSettings

_CREDENTIAL = "credential:"


def with_absolute_paths(settings: Settings, base: Path) -> Settings:
    """The same settings, each path taken from `base` on. Raises ConfigurationError."""
    stations = tuple(_station_with_absolute_paths(station, base) for station in settings.stations)
    journal = settings.journal.model_copy(update={"path": base / settings.journal.path})
    gauge = {n: base / value for n, value in settings.verification if n == "gauge" and value}
    plc = settings.plc
    if plc.tls is not None:
        tls = plc.tls.model_copy(update=_absolute(plc.tls, base))
        plc = plc.model_copy(update={"tls": tls})
    return settings.model_copy(
        update={
            "recipe": base / settings.recipe,
            "recipes": tuple(_recipe_with_absolute_paths(each, base) for each in settings.recipes),
            "stations": stations,
            "journal": journal,
            "verification": settings.verification.model_copy(update=gauge),
            "plc": plc,
            "mqtt": settings.mqtt.model_copy(update=_absolute(settings.mqtt, base)),
        }
    )


def _secret_path(base: Path, key: str, value: PurePath) -> Path:
    """A file of the settings, or one that systemd hands to the service (systemd.exec(5))."""
    name = str(value).removeprefix(_CREDENTIAL)
    if name == str(value):
        return base / value
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder is None:
        msg = (
            f"{key}: {value}: systemd has handed no credentials over: add "
            f"LoadCredential={name}:/path/of/the/file to the unit, or name a file"
        )
        raise ConfigurationError(msg)
    return Path(folder) / PurePath(name).name


def _recipe_with_absolute_paths(further: FurtherRecipe, base: Path) -> FurtherRecipe:
    references = {name: base / path for name, path in further.references.items()}
    return further.model_copy(update={"file": base / further.file, "references": references})


def _station_with_absolute_paths(station: StationSettings, base: Path) -> StationSettings:
    camera = station.camera
    if camera.pictures:
        camera = camera.model_copy(update={"pictures": str(base / camera.pictures)})
    return station.model_copy(update={"camera": camera, **_absolute(station, base)})


def _absolute(section: BaseModel, base: Path) -> dict[str, Path]:
    """Every path of a section, absolute; some name secrets."""
    paths = ((name, value) for name, value in section if isinstance(value, PurePath))
    return {name: _secret_path(base, name, value) for name, value in paths}
