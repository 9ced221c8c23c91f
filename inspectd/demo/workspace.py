"""The files of one demo: pictures, recipe, calibration and settings, as a user would write them."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from pydantic import BaseModel

from inspectd.core.calibration import Calibration
from inspectd.core.camera import CameraSettings
from inspectd.core.errors import ConfigurationError, PublishError
from inspectd.core.recipe import Recipe
from inspectd.demo.calibration import DemoCamera, make_calibration
from inspectd.demo.options import DemoOptions
from inspectd.settings.journal import JournalSettings
from inspectd.settings.line import LineSettings
from inspectd.settings.metrics import MetricsSettings
from inspectd.settings.mqtt import MqttSettings
from inspectd.settings.plc import PlcSettings
from inspectd.settings.root import Settings
from inspectd.settings.station import StationSettings
from inspectd.settings.trigger import TriggerSettings
from inspectd.settings.web import WebSettings
from inspectd.simulate.parts import random_part
from inspectd.simulate.photographs import collect_pictures
from inspectd.simulate.picture_set import PictureSet
from inspectd.simulate.pictures import render_pictures
from inspectd.simulate.ports import free_port
from inspectd.simulate.render import PartSpec
from inspectd.simulate.surface import Surface

HOST = "127.0.0.1"
LINE = "demo"
STATION = "top"
# The emulator's first device.
SERIAL = "0815-0000"
# The emulator shows the same pictures again after these: rendering more only costs time.
MOST_RENDERED = 48
_SEED = 20_261
_SURFACES = tuple(Surface)
# The played PLC waits for a part's frame before it announces the next, so frames may take long.
DEMO_TRIGGER = TriggerSettings(deadline_ms=1_000, match_window_ms=900)


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything on disk, and the settings that name it."""

    folder: Path
    config: Path
    settings: Settings
    pictures: PictureSet

    @property
    def line1(self) -> Path:
        """The socket that plays the photo-eye."""
        return self.folder / "line1.sock"

    @property
    def journal(self) -> Path:
        """The verdict journal."""
        return self.folder / "journal.sqlite"


def prepare(
    folder: Path,
    options: DemoOptions,
    on_picture: Callable[[], None],
    trigger: TriggerSettings = DEMO_TRIGGER,
) -> Workspace:
    """Write the files. ConfigurationError for pictures, PublishError for ports not to be had."""
    recipe = Recipe(name="demo")
    pictures = _pictures(folder, options, recipe, on_picture)
    settings = _settings(options, pictures, trigger)
    _write(folder / "recipe.toml", recipe)
    _write(folder / "calibration.toml", _calibration(folder, options, pictures))
    config = folder / "inspectd.toml"
    _write(config, settings)
    return Workspace(folder, config, settings, pictures)


def pictures_to_make(options: DemoOptions) -> int | None:
    """How many pictures will be made; None where a folder decides."""
    return None if options.images else min(options.parts or MOST_RENDERED, MOST_RENDERED)


def _pictures(
    folder: Path, options: DemoOptions, recipe: Recipe, on_picture: Callable[[], None]
) -> PictureSet:
    if options.images is not None:
        return collect_pictures(options.images.folder, folder, options.parts, on_picture)
    rng = np.random.default_rng(_SEED)
    count = pictures_to_make(options)
    assert count is not None
    bases = [
        PartSpec(surface=_SURFACES[k % len(_SURFACES)], pixel_format="BGR8") for k in range(count)
    ]
    parts = [random_part(rng, base, recipe) for base in bases]
    return render_pictures(folder, parts, recipe, _SEED, on_picture)


def _calibration(folder: Path, options: DemoOptions, pictures: PictureSet) -> Calibration:
    """The user's own scale for the user's own pictures; else measured, as on a real line."""
    if options.images is not None:
        return Calibration.from_scale(options.images.mm_per_px)
    scale = pictures.parts[0].mm_per_px
    assert scale is not None
    camera = DemoCamera(STATION, SERIAL, pictures.width_px, pictures.height_px, scale)
    return make_calibration(folder, camera)


def _settings(options: DemoOptions, pictures: PictureSet, trigger: TriggerSettings) -> Settings:
    camera = CameraSettings(
        driver="basler",
        emulated=True,
        serial=SERIAL,
        trigger_source="Line1",
        pixel_format=pictures.pixel_format,
        width_px=pictures.width_px,
        height_px=pictures.height_px,
        pictures=str(pictures.folder),
    )
    station = StationSettings(
        name=STATION,
        camera=camera,
        calibration=Path("calibration.toml"),
        line1_socket=Path("line1.sock"),
    )
    return Settings(
        recipe=Path("recipe.toml"),
        stations=(station,),
        line=LineSettings(name=LINE),
        trigger=trigger,
        plc=PlcSettings(port=_port("--modbus-port", options.modbus_port)),
        mqtt=MqttSettings(port=_port("--mqtt-port", options.mqtt_port)),
        metrics=MetricsSettings(port=_port("--metrics-port", options.metrics_port)),
        web=WebSettings(port=_port("--web-port", options.web_port)),
        journal=JournalSettings(path=Path("journal.sqlite")),
    )


def _port(option: str, port: int) -> int:
    """Check that a port is free before anything starts; 0 becomes a free one."""
    try:
        if port == 0:
            return free_port()
        with socket.create_server((HOST, port)):
            return port
    except OSError as error:
        msg = (
            f"port {port} on {HOST}: {error.strerror or error}: stop the program that has it "
            f"(ss -ltnp 'sport = :{port}'), or give another with {option} (0: any free one)"
        )
        raise PublishError(msg) from None


def _write(path: Path, model: BaseModel) -> None:
    data: dict[str, Any] = model.model_dump(mode="json", exclude_none=True)
    try:
        path.write_text(tomli_w.dumps(data), encoding="utf-8")
    except OSError as error:
        msg = f"{path}: cannot be written: {error.strerror}"
        raise ConfigurationError(msg) from None
