"""Reads what people write: settings, recipe and calibration files, with errors they can use."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path, PurePath
from typing import TypeVar

from inspectd.core.calibration import Calibration
from inspectd.core.errors import ConfigurationError
from inspectd.core.gauge import Gauge
from inspectd.core.recipe import Recipe
from inspectd.core.reference import ReferenceHead
from inspectd.core.scales import why_no_filter
from inspectd.publish.transport import tls_of
from inspectd.reference_file import read_reference
from inspectd.settings.camera_drivers import driver
from inspectd.settings.project import Product, Project, TaughtFile
from inspectd.settings.root import Settings
from inspectd.settings.station import StationSettings
from inspectd.settings_paths import with_absolute_paths
from inspectd.toml_file import load_model

Read = TypeVar("Read")


def load_project(path: Path) -> Project:
    """Read a settings file and all that it names: recipe, calibrations, gauge.

    ConfigurationError, with the mistakes of every file that has some.
    """
    settings = load_settings(path)
    mistakes: list[str] = []
    recipes = [
        _noting(mistakes, partial(load_model, file, Recipe)) for file, _ in _products(settings)
    ]
    calibrations = {}
    for station in settings.stations:
        if (of := station.calibration) is not None:
            found = _noting(mistakes, partial(load_calibration, Path(of)))
            if found is not None:
                calibrations[station.name] = found
    gauge = _noting(mistakes, lambda: _gauge(settings))
    if (tls := settings.plc.tls) is not None:
        _noting(mistakes, partial(tls_of, tls))
    products = [
        _product(mistakes, settings, calibrations, recipe, references)
        for recipe, (_, references) in zip(recipes, _products(settings), strict=True)
    ]
    if mistakes:
        # Two stations may name one file.
        raise ConfigurationError("\n".join(dict.fromkeys(mistakes)))
    first, *others = [product for product in products if product is not None]
    _check_planes(settings, calibrations)
    _check_numbers(settings, (first, *others))
    _check_lights(settings, (first, *others))
    for product, (file, _) in zip((first, *others), _products(settings), strict=True):
        _check_scales(settings, file, product.recipe, calibrations)
    return Project(settings, first, calibrations, gauge, tuple(others))


def _products(settings: Settings) -> list[tuple[Path, dict[str, Path]]]:
    """Every recipe's file and its references by station; the first is active at the start."""
    first = {s.name: Path(s.reference) for s in settings.stations if s.reference is not None}
    further = [
        (Path(each.file), {name: Path(path) for name, path in each.references.items()})
        for each in settings.recipes
    ]
    return [(Path(settings.recipe), first), *further]


def _product(
    mistakes: list[str],
    settings: Settings,
    calibrations: dict[str, Calibration],
    recipe: Recipe | None,
    references: dict[str, Path],
) -> Product | None:
    """A recipe with what was taught for it, whose mistakes are added; None without a recipe."""
    taught = {}
    for station in settings.stations:
        path = references.get(station.name)
        if path is not None:
            read = partial(_reference, path, station, recipe, calibrations)
            head = _noting(mistakes, read)
            if head is not None:
                taught[station.name] = TaughtFile(path, head)
    if recipe is None:
        return None
    return Product(recipe, taught)


def _check_numbers(settings: Settings, products: tuple[Product, ...]) -> None:
    """Whether the PLC can tell all recipes apart by their numbers."""
    by_number: dict[int, Path] = {}
    for product, (file, _) in zip(products, _products(settings), strict=True):
        number = product.recipe.number
        if number in by_number:
            msg = f"{file}: number: {number} is the number of {by_number[number]} as well"
            raise ConfigurationError(msg)
        by_number[number] = file


def _check_lights(settings: Settings, products: tuple[Product, ...]) -> None:
    """Whether no recipe's light hangs on an output that tells the gate to let a part pass."""
    outputs = settings.outputs
    if outputs is None:
        return
    signals = {outputs.pass_output, outputs.fail_output, outputs.ready_output} - {""}
    for product, (file, _) in zip(products, _products(settings), strict=True):
        for shot in product.recipe.shots:
            if shot.light in signals:
                msg = f"{file}: shots: light {shot.light} is a signal of [outputs]: use another"
                raise ConfigurationError(msg)


def _noting(mistakes: list[str], load: Callable[[], Read]) -> Read | None:
    """What `load` reads; None where it refuses, with its words added to `mistakes`."""
    try:
        return load()
    except ConfigurationError as error:
        mistakes.append(str(error))
        return None


def _check_planes(settings: Settings, calibrations: dict[str, Calibration]) -> None:
    """Whether every station's whole picture has millimetres."""
    for station in settings.stations:
        calibration = calibrations.get(station.name)
        if calibration is not None and (
            why := calibration.why_no_plane(station.camera.width_px, station.camera.height_px)
        ):
            msg = f"{station.calibration}: for station {station.name}: {why}"
            raise ConfigurationError(msg)


def _check_scales(
    settings: Settings, file: Path, recipe: Recipe, calibrations: dict[str, Calibration]
) -> None:
    """Whether every station has texture filters for the recipe's wavelengths in mm."""
    for station in settings.stations:
        camera, calibration = station.camera, calibrations.get(station.name)
        if calibration is not None and (
            why := why_no_filter(recipe.vision, calibration, camera.width_px, camera.height_px)
        ):
            msg = f"{file}: [vision] {why}, for station {station.name}"
            raise ConfigurationError(msg)


def load_settings(path: Path) -> Settings:
    """Read a settings file alone; its paths are absolute. ConfigurationError."""
    settings = with_absolute_paths(load_model(path, Settings), path.absolute().parent)
    _check_cameras(path, settings)
    return settings


def _reference(
    path: Path,
    station: StationSettings,
    recipe: Recipe | None,
    calibrations: dict[str, Calibration],
) -> ReferenceHead | None:
    """What was taught for a station, under this recipe and its calibration; None: cannot be said.

    ConfigurationError. Where recipe or calibration could not be read, that is mistake enough: it
    is not said as well that the reference does not fit them.
    """
    camera = station.camera
    reference = read_reference(path)
    calibration = calibrations.get(station.name)
    if recipe is None or (station.calibration is not None and calibration is None):
        return None
    misfits = reference.misfits(station.name, recipe, calibration, camera.serial)
    taught = reference.head.width_px, reference.head.height_px
    if None not in taught and taught != (camera.width_px, camera.height_px):
        misfits.append(f"was taught with pictures of {taught[0]} x {taught[1]} px")
    if misfits:
        msg = f"{path}: station {station.name}: the reference {'; '.join(misfits)}: teach again"
        raise ConfigurationError(msg)
    return reference.head


def _gauge(settings: Settings) -> Gauge | None:
    """The gauge that the settings name; its features name the stations that see them."""
    path = settings.verification.gauge
    if path is None:
        return None
    gauge = load_model(Path(path), Gauge)
    names = [station.name for station in settings.stations]
    for feature in gauge.features:
        if feature.station not in names and (feature.station or len(names) > 1):
            msg = (
                f"{path}: feature {feature.name}: station: found {feature.station!r}; allowed: "
                f"{' or '.join(names)}"
            )
            raise ConfigurationError(msg)
    seen = {feature.station or names[0] for feature in gauge.features}
    if unseen := [name for name in names if name not in seen]:
        msg = f"{path}: features: none for station {', '.join(unseen)}: it would go unverified"
        raise ConfigurationError(msg)
    return gauge


def load_calibration(path: Path) -> Calibration:
    """Read a calibration, and see that its seal and the file of its fields are whole.

    ConfigurationError. The fields stand beside the file that `path` leads to.
    """
    calibration = load_model(path, Calibration)
    _check_date(path, calibration)
    if calibration.origin is not None and calibration.content_sha256 is None:
        msg = (
            f"{path}: content_sha256: missing: a command made this file, and its seal is gone: "
            "take the original, or calibrate again"
        )
        raise ConfigurationError(msg)
    fields_file = fields_path(path, calibration)
    if fields_file is None:
        return calibration
    where = f"{path}: fields: {calibration.fields}"
    remedy = "install the calibration again, or calibrate again"
    if PurePath(calibration.fields).name != calibration.fields:
        msg = f"{where}: must be a file beside the calibration, without a folder"
        raise ConfigurationError(msg)
    try:
        with fields_file.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        msg = f"{where}: cannot be read: {error.strerror}; {remedy}"
        raise ConfigurationError(msg) from None
    if found != calibration.fields_sha256:
        msg = f"{where}: damaged or exchanged (its SHA-256 is another); {remedy}"
        raise ConfigurationError(msg)
    return calibration


def fields_path(path: Path, calibration: Calibration) -> Path | None:
    """The file of the fields that a calibration, read from `path`, names; None for none."""
    return path.resolve().parent / calibration.fields if calibration.fields else None


def _check_date(path: Path, calibration: Calibration) -> None:
    """What the core cannot know, which has no calendar: whether the date is one."""
    if calibration.origin is None:
        return
    try:
        made_at = datetime.fromisoformat(calibration.origin.made_at)
        made_at + timedelta(days=calibration.valid_days or 0)
    except (ValueError, OverflowError):
        msg = f"{path}: [origin] made_at: found {calibration.origin.made_at}, which is no date"
        raise ConfigurationError(msg) from None


def _check_cameras(path: Path, settings: Settings) -> None:
    """What a model cannot know: which drivers are installed, and which pictures are there."""
    mistakes = []
    for number, station in enumerate(settings.stations, 1):
        where, camera = f"{path}: [stations {number}.camera]", station.camera
        try:
            driver(camera.driver)
        except ConfigurationError as error:
            mistakes.append(f"{where} driver: {error}")
        if camera.pictures and not Path(camera.pictures).exists():
            mistakes.append(f"{where} pictures: no such file or folder: {camera.pictures}")
    if mistakes:
        raise ConfigurationError("\n".join(mistakes))
