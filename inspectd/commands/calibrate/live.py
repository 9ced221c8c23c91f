"""What `inspectd calibrate live` does: look at one picture after another until told to stop."""

import json
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import typer
from inspectd_calibration.aids import Aids, aids
from inspectd_calibration.camera_file import LensFile
from pydantic import ValidationError
from rich.console import Console
from rich.live import Live

from inspectd.commands.calibrate.artefacts import write_whole
from inspectd.commands.calibrate.live_view import Best, live_view
from inspectd.commands.calibrate.pictures import picture_files, read_bytes
from inspectd.commands.calibrate.target_option import read_target
from inspectd.commands.capture import capture
from inspectd.core.camera import CameraSettings
from inspectd.core.errors import ConfigurationError, PictureError
from inspectd.core.frame import Pixels
from inspectd.load import load_settings
from inspectd.toml_file import load_model
from inspectd.vision.headers import read_size


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What the command line says."""

    driver: str
    serial: str
    emulated: bool
    pictures: Path | None
    config: Path | None
    station: str
    target: str | None
    lens: Path | None
    exposure_us: float | None
    pictures_per_second: float
    count: int | None
    save: Path | None


@dataclass(frozen=True, slots=True)
class Look:
    """One picture as it was seen; `saved`: the file that keeps it."""

    number: int
    seen: Aids
    best: Best
    saved: Path | None


def run_live(options: LiveOptions, *, as_json: bool) -> None:
    """Look until `count` or Ctrl-C. ConfigurationError for a mistake, DeviceError of the camera."""
    camera = camera_settings(options)
    if options.pictures is not None:
        _must_show_pictures(options.pictures)
    target = None if options.target is None else read_target(options.target)
    lens = None if options.lens is None else load_model(options.lens, LensFile)
    keep = _keeper(options.save)
    with (
        suppress(KeyboardInterrupt),
        closing(capture(camera, options.count)) as pictures,
        _shown(options, as_json=as_json) as show,
    ):
        best = Best()
        paced = _paced(pictures, 1.0 / options.pictures_per_second)
        for number, pixels in enumerate(paced, 1):
            seen = aids(pixels, target, lens)
            best = best.and_now(seen)
            wanted = seen.target is None or not seen.target.problem
            show(Look(number, seen, best, keep(pixels) if wanted else None))


def camera_settings(options: LiveOptions) -> CameraSettings:
    """The camera that the command line names, or that of a station; ConfigurationError."""
    given = {
        "exposure_us": options.exposure_us,
        "serial": options.serial or None,
        "pictures": None if options.pictures is None else str(options.pictures.absolute()),
        "emulated": options.emulated or None,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if options.config is None:
        base: dict[str, Any] = {"driver": options.driver}
    else:
        base = station_camera(options.config, options.station).model_dump()
    try:
        return CameraSettings.model_validate(base | changes)
    except ValidationError as error:
        mistake = error.errors()[0]
        where = " ".join(str(part) for part in mistake["loc"])
        msg = f"camera: {where} {mistake['msg']}".replace("Value error, ", "")
        raise ConfigurationError(msg) from None


def _must_show_pictures(path: Path) -> None:
    """A folder with pictures in it, or a picture; ConfigurationError: no camera is to blame."""
    picture_files([path])
    if path.is_dir():
        return
    try:
        read_size(read_bytes(path))
    except PictureError as error:
        msg = f"--pictures {path}: {error}; name a picture, or a folder with pictures"
        raise ConfigurationError(msg) from None


def look_json(look: Look) -> dict[str, Any]:
    """One line of `--json`."""
    target = look.seen.target
    return {
        "picture": look.number,
        "focus_percent": look.seen.focus_percent,
        "best_focus_percent": look.best.focus_percent,
        "evenness": look.seen.evenness,
        "exposure": asdict(look.seen.exposure),
        "target": None if target is None else {"found": not target.problem, **asdict(target)},
        "saved": None if look.saved is None else str(look.saved),
    }


def station_camera(config: Path, name: str) -> CameraSettings:
    """The camera of a station in a settings file; `name` may be empty where there is but one."""
    stations = load_settings(config).stations
    chosen = [station for station in stations if name in {"", station.name}]
    if len(chosen) != 1:
        known = ", ".join(station.name for station in stations)
        msg = f"{config}: which station? Give --station, one of: {known}"
        raise ConfigurationError(msg)
    return chosen[0].camera


def _paced(pictures: Generator[Pixels, None, None], period_s: float) -> Iterator[Pixels]:
    """The same pictures, each no sooner than `period_s` after the one before."""
    due_s = time.monotonic()
    for pixels in pictures:
        yield pixels
        due_s = max(due_s + period_s, time.monotonic())
        time.sleep(max(0.0, due_s - time.monotonic()))


def _keeper(folder: Path | None) -> Callable[[Pixels], Path | None]:
    """Writes pictures as picture_0001.png and so on, after those that are there already."""
    if folder is None:
        return lambda _pixels: None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"--save {folder}: cannot be made: {error.strerror}"
        raise ConfigurationError(msg) from None
    numbers = [path.stem.removeprefix("picture_") for path in folder.glob("picture_*.png")]
    last = max((int(number) for number in numbers if number.isdecimal()), default=0)

    def keep(pixels: Pixels) -> Path:
        nonlocal last
        last += 1
        path = folder / f"picture_{last:04d}.png"
        _, data = cv2.imencode(".png", pixels)
        write_whole(path, data.tobytes())
        return path

    return keep


@contextmanager
def _shown(options: LiveOptions, *, as_json: bool) -> Iterator[Callable[[Look], None]]:
    """Where looks go: lines of JSON, or a panel that is drawn again and again."""
    if as_json:
        yield lambda look: typer.echo(json.dumps(look_json(look)))
        return
    kept = 0
    with Live(console=Console(), auto_refresh=False) as live:

        def show(look: Look) -> None:
            nonlocal kept
            kept += look.saved is not None
            where = f"   {kept} kept in {options.save}" if options.save else ""
            footer = f"picture {look.number}{where}   Ctrl-C ends"
            live.update(live_view(look.seen, look.best, footer), refresh=True)

        yield show
