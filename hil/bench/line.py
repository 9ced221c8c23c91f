"""The line under test: our own emulated one, or that of a settings file."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from inspectd.core.errors import ConfigurationError
from inspectd.demo.options import DemoOptions
from inspectd.demo.workspace import Workspace, prepare
from inspectd.load import load_project
from inspectd.settings.root import Settings
from inspectd.settings.trigger import TriggerSettings
from inspectd.simulate.picture_set import PictureSet

LOOPBACK = ("127.0.0.1", "localhost")
# The emulator shows them again and again; a bad-only run keeps about half of them.
PICTURES = 24
# Of the time between two parts, which do not wait for each other here: the settings ask for less
# than half.
_WINDOW_SHARE = 0.45
_WIDEST_WINDOW_MS = 200


@dataclass(frozen=True, slots=True)
class BenchLine:
    """What the bench must know of the line that it starts.

    `labels` are the truth about the emulator's pictures in the order in which it shows them,
    empty where nobody knows; `bad_only`: every part has a defect, so none may pass.
    """

    config: Path
    settings: Settings
    journal: Path
    line1: tuple[Path, ...]
    labels: tuple[str, ...]
    bad_only: bool


def own_line(
    folder: Path, rate_hz: float, on_picture: Callable[[], None], *, bad_only: bool
) -> BenchLine:
    """The demo's line, on free ports, with all its pictures or only those of bad parts.

    Its calibration is made of a rendered target, as the demo's is.
    """
    options = DemoOptions(PICTURES, rate_hz, None, 0, 0, 0, 0)
    window_ms = max(1, min(_WIDEST_WINDOW_MS, int(1e3 * _WINDOW_SHARE / rate_hz)))
    trigger = TriggerSettings(deadline_ms=1_000, match_window_ms=window_ms)
    workspace = prepare(folder, options, on_picture, trigger)
    if bad_only:
        workspace = replace(workspace, pictures=_bad_only(workspace.pictures))
    return BenchLine(
        workspace.config,
        workspace.settings,
        workspace.journal,
        (workspace.line1,),
        _labels(workspace),
        bad_only=bad_only,
    )


def given_line(config: Path, *, bad_only: bool) -> BenchLine:
    """The line of a settings file; ConfigurationError where the bench cannot play its world."""
    settings = load_project(config).settings
    for section in ("plc", "mqtt", "metrics", "web"):
        if getattr(settings, section).port == 0:
            msg = f"{config}: {section}.port is 0: the bench must know the port: give a number"
            raise ConfigurationError(msg)
    if settings.mqtt.host not in LOOPBACK or settings.mqtt.ca_file is not None:
        msg = f"{config}: [mqtt]: the bench is the broker: set host = 127.0.0.1 and no ca_file"
        raise ConfigurationError(msg)
    sockets: list[Path] = []
    for station in settings.stations if settings.hardware_trigger else ():
        if station.line1_socket is None:
            msg = (
                f"{config}: station {station.name}: the bench cannot play a real photo-eye: set "
                'trigger_source = "Software", or line1_socket for an emulated camera'
            )
            raise ConfigurationError(msg)
        sockets.append(Path(station.line1_socket))
    journal = Path(settings.journal.path)
    return BenchLine(config, settings, journal, tuple(sockets), (), bad_only=bad_only)


def _labels(workspace: Workspace) -> tuple[str, ...]:
    return tuple(part.label or "unknown" for part in workspace.pictures.parts)


def _bad_only(pictures: PictureSet) -> PictureSet:
    """Take the good parts' pictures away before the emulator lists the folder."""
    files = sorted(pictures.folder.iterdir())
    keep = []
    for file, part in zip(files, pictures.parts, strict=True):
        if part.label == "good":
            file.unlink()
        else:
            keep.append(part)
    return replace(pictures, parts=tuple(keep))
