"""Pairs of pictures at rising exposure, or their statistics, in; a sensor's numbers out."""

import csv as csv_format
import io
import json
import re
from pathlib import Path

import numpy as np
import typer
from inspectd_calibration.levels import native_levels, unused_bits
from inspectd_calibration.pages_light import sensor_page, sensor_table
from inspectd_calibration.photon_transfer import (
    Exposure,
    SensorCheck,
    check_sensor,
    pair_statistics,
)
from inspectd_calibration.report import write_report
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from inspectd.commands.calibrate.outputs import check_outputs
from inspectd.commands.calibrate.pictures import (
    must_be_lossless,
    picture_files,
    read_bytes,
    read_picture,
)
from inspectd.commands.calibrate.show import show_table
from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd.core.frame import Pixels

COLUMNS = ("exposure_us", "mean_dn", "variance_dn2", "dark_mean_dn", "dark_variance_dn2")
# EMVA 1288: the offset is set so that in the dark 0.5 % of the pixels underflow at most.
_LARGEST_CLIPPED_SHARE = 0.005
_NAME = re.compile(r"^(\d+(?:\.\d+)?)_([ab])$")

Pair = tuple[Path, Path]


def run_sensor(
    folder: Path | None, csv: Path | None, report: Path | None, *, as_json: bool
) -> None:
    """Measure or read the series, check it, and print what it says."""
    if (folder is None) == (csv is None):
        msg = "give either a folder of pictures or --csv, one of the two"
        raise ConfigurationError(msg)
    check_outputs(None, report, [csv])
    points = read_csv(csv) if csv is not None else measure_folder(folder or Path())
    check = check_sensor(points)
    if report is not None:
        write_report(report, f"Sensor check of {csv or folder}", sensor_page(check))
    if as_json:
        typer.echo(json.dumps(_json(check)))
        return
    show_table(Console(), sensor_table(check))
    typer.echo("A check in the terms of EMVA 1288 release 4.0, not a compliant characterisation.")


def measure_folder(folder: Path) -> list[Exposure]:
    """Statistics of every exposure time in `folder`/flat and `folder`/dark."""
    flat, dark = _pairs(folder / "flat"), _pairs(folder / "dark")
    if missing := sorted(set(flat) ^ set(dark)):
        where = "dark" if missing[0] in flat else "flat"
        msg = (
            f"{folder / where}: no pair for {missing[0]:g} us: every exposure time needs one pair "
            "lit and one dark"
        )
        raise ConfigurationError(msg)
    exposures = sorted(flat)
    # The low bits are unused in all pictures or in none; the brightest pair shows it best.
    shift = min(unused_bits(_mono(file)) for file in flat[exposures[-1]] + flat[exposures[0]])
    console = Console(stderr=True)
    return [
        _exposure(exposure, flat[exposure], dark[exposure], shift)
        for exposure in track(exposures, "Measuring", console=console, transient=True)
    ]


def read_csv(path: Path) -> list[Exposure]:
    """One exposure a line; ConfigurationError names line and column of a mistake."""
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{path}: not UTF-8 text (byte {error.start}): save it as CSV"
        raise ConfigurationError(msg) from None
    reader = csv_format.DictReader(io.StringIO(text, newline=""), skipinitialspace=True)
    lacking = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if lacking:
        msg = f"{path}: its first line must name the columns {', '.join(COLUMNS)}; no {lacking[0]}"
        raise ConfigurationError(msg)
    if twice := [name for name in COLUMNS if list(reader.fieldnames or ()).count(name) > 1]:
        msg = f"{path}: two columns are called {twice[0]}: rename or delete the one not meant"
        raise ConfigurationError(msg)
    try:
        return [_line(path, reader.line_num, line) for line in reader]
    except csv_format.Error as error:
        msg = f"{path}: line {reader.line_num}: {error}: save it as CSV"
        raise ConfigurationError(msg) from None


def _line(path: Path, at: int, line: dict[str, str]) -> Exposure:
    # What has no name is put under None: with a decimal comma all cells after it are wrong.
    if None in line:
        msg = f"{path}: line {at}: more cells than columns: write numbers as 12.345"
        raise ConfigurationError(msg)
    return Exposure(*(_number(path, at, name, line[name]) for name in COLUMNS))


def _pairs(folder: Path) -> dict[float, Pair]:
    if not folder.is_dir():
        msg = f"{folder}: no such folder; it holds <exposure_us>_a.png and <exposure_us>_b.png"
        raise ConfigurationError(msg)
    found: dict[float, dict[str, Path]] = {}
    for file in picture_files([folder]):
        must_be_lossless(file)
        match = _NAME.match(file.stem)
        if match is None:
            msg = f"{file}: name it <exposure_us>_a or <exposure_us>_b, for example 1500_a.png"
            raise ConfigurationError(msg)
        exposure, which = float(match[1]), match[2]
        if which in found.setdefault(exposure, {}):
            msg = f"{file}: there is another picture {which} for {exposure:g} us: keep one"
            raise ConfigurationError(msg)
        found[exposure][which] = file
    for exposure, pair in found.items():
        if len(pair) == 1:
            msg = f"{folder}: {exposure:g} us has only picture {next(iter(pair))}; both are needed"
            raise ConfigurationError(msg)
    return {exposure: (pair["a"], pair["b"]) for exposure, pair in found.items()}


def _exposure(exposure_us: float, flat: Pair, dark: Pair, shift: int) -> Exposure:
    mean, variance, spatial = pair_statistics(*_pair(flat, shift))
    black = _pair(dark, shift)
    _must_not_clip(dark[0], black[0])
    dark_mean, dark_variance, dark_spatial = pair_statistics(*black)
    return Exposure(exposure_us, mean, variance, dark_mean, dark_variance, spatial, dark_spatial)


def _pair(files: Pair, shift: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first, second = (_mono(file) for file in files)
    if first.shape != second.shape or first.dtype != second.dtype:
        msg = f"{files[1]}: not of the same size and depth as {files[0].name}: take both anew"
        raise CalibrationError(msg)
    return native_levels(first, shift), native_levels(second, shift)


def _must_not_clip(file: Path, dark: NDArray[np.float64]) -> None:
    share = float(np.mean(dark == 0.0))
    if share > _LARGEST_CLIPPED_SHARE:
        msg = (
            f"{file}: {100 * share:.0f} % of the dark pixels are cut off at 0, and the noise with "
            "them: raise the camera's BlackLevel and take the series again"
        )
        raise CalibrationError(msg)


def _mono(file: Path) -> Pixels:
    pixels = read_picture(file)
    if pixels.ndim > 2:  # noqa: PLR2004 - rows and columns
        msg = f"{file}: colour pixels are mixed from neighbours; record Mono8, Mono12 or raw Bayer"
        raise CalibrationError(msg)
    return pixels


def _number(path: Path, line: int, column: str, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        msg = f"{path}: line {line}, {column}: found {text!r}, a number is needed"
        raise ConfigurationError(msg)
    return value


def _json(check: SensorCheck) -> dict[str, object]:
    return {
        "system_gain_dn_per_e": check.system_gain_dn_per_e,
        "temporal_dark_noise_e": check.temporal_dark_noise_e,
        "dark_noise_is_bound": check.dark_noise_is_bound,
        "saturation_capacity_e": check.saturation_capacity_e,
        "saturation_reached": check.saturation_reached,
        "absolute_threshold_e": check.absolute_threshold_e,
        "dynamic_range_db": check.dynamic_range_db,
        "snr_max_db": check.snr_max_db,
        "linearity_error_percent": check.linearity_error_percent,
        "dsnu_e": check.dsnu_e,
        "prnu_percent": check.prnu_percent,
        "exposures": len(check.points),
        "fitted": check.fitted,
    }
