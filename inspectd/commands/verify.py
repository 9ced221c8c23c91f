"""`inspectd verify`: asks the running service, or measures pictures by itself."""

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from inspectd.commands.calibrate.pictures import picture_files
from inspectd.commands.inspect_pictures import calibration_of_files, inspect_part, job_of_files
from inspectd.commands.verify_service import acknowledge, verify_on_line
from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd.core.gauge import Gauge, evaluate, match
from inspectd.core.recipe import Recipe
from inspectd.load import load_settings
from inspectd.supervisor.passing import utc_clock, why_invalid
from inspectd.toml_file import load_model

_LEAST_PICTURES = 2


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What the command line says."""

    pictures: tuple[Path, ...]
    config: Path | None
    acknowledge: bool
    timeout_s: float
    gauge: Path | None
    recipe: Path | None
    calibration: Path | None


def run_verify(options: VerifyOptions, *, as_json: bool) -> None:
    """Verify and print the table. CalibrationError (exit code 3) where it is not good."""
    if options.config is None:
        _report(_offline(options), as_json=as_json)
        return
    if options.pictures or options.gauge or options.recipe or options.calibration:
        msg = "--config asks the running service: name no pictures, gauge, recipe or calibration"
        raise ConfigurationError(msg)
    web = load_settings(options.config).web
    if options.acknowledge:
        acknowledge(web)
        typer.echo("{}" if as_json else "Acknowledged: parts may pass again.")
        return
    record = verify_on_line(web, options.timeout_s, _tell)
    _report(record, as_json=as_json)


def _offline(options: VerifyOptions) -> dict[str, Any]:
    """The same table from picture files, without a trend."""
    if options.acknowledge:
        msg = "--acknowledge is for the running service: give --config"
        raise ConfigurationError(msg)
    if options.gauge is None or options.calibration is None:
        msg = "give --config (the running service), or --gauge, --calibration and pictures"
        raise ConfigurationError(msg)
    pictures = picture_files(options.pictures)
    if len(pictures) < _LEAST_PICTURES:
        msg = f"{len(pictures)} picture(s): a spread needs {_LEAST_PICTURES} or more"
        raise ConfigurationError(msg)
    _must_differ(pictures)
    gauge = load_model(options.gauge, Gauge)
    recipe = Recipe() if options.recipe is None else load_model(options.recipe, Recipe)
    calibration = calibration_of_files(options.calibration)
    stations = {feature.station for feature in gauge.features}
    if len(stations) > 1:
        msg = f"{options.gauge}: its features are of several stations: verify with --config"
        raise ConfigurationError(msg)
    (station,) = stations
    job = job_of_files(recipe, calibration, options.calibration)
    parts, refused = [], []
    for picture in pictures:
        if not picture.is_file():
            msg = f"{picture}: no such picture"
            raise ConfigurationError(msg)
        result = inspect_part({recipe.shots[0].name: picture}, job).result
        parts.append(match(gauge, {station: result.defects}))
        if not result.defects:
            refused += [f"{picture}: {reason.text}" for reason in result.reasons]
    now = utc_clock()
    expired = gauge.why_expired(f"{now:%Y-%m-%d}"), why_invalid(calibration, now)
    outcomes = evaluate(gauge, parts)
    return {
        "good": not any((*expired, *(outcome.problem for outcome in outcomes))),
        "problem": "; ".join(text for text in (*expired, *refused) if text),
        "features": [asdict(outcome) for outcome in outcomes],
    }


def _must_differ(pictures: list[Path]) -> None:
    """Refuse a picture that is given twice: it would make the spread smaller than it is."""
    seen: dict[str, Path] = {}
    for picture in filter(Path.is_file, pictures):
        digest = hashlib.sha256(picture.read_bytes()).hexdigest()
        if digest in seen:
            msg = f"{picture}: the same picture as {seen[digest]}; take each one anew"
            raise ConfigurationError(msg)
        seen[digest] = picture


def _report(record: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(record))
    else:
        _show(record)
    if not record["good"]:
        wrong = [f"{f['feature']}: {f['problem']}" for f in record["features"] if f["problem"]]
        said = "; ".join(text for text in (record["problem"], *wrong) if text)
        msg = f"the verification is not good: {said}"
        raise CalibrationError(msg)


def _show(record: dict[str, Any]) -> None:
    table = Table("feature", "bias", "spread", "drift", "result", box=None, pad_edge=False)
    for feature in record["features"]:
        good = not feature["problem"]
        table.add_row(
            escape(feature["feature"]),
            _number(feature["bias"], "+.4f"),
            _number(feature["spread"], ".4f"),
            _drift(feature),
            "[green]good[/]" if good else f"[red]{escape(feature['problem'])}[/]",
        )
    Console().print(table)
    for why in record.get("withheld", ()):
        Console().print(f"Nothing can pass: {why}", markup=False)


def _drift(feature: dict[str, Any]) -> str:
    if feature.get("drift") is None:
        return "-"
    return f"{feature['drift']:+.4f} of {feature['drift_limit']:.4f}"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _tell(text: str) -> None:
    stamp = time.strftime("%H:%M:%S")
    Console(stderr=True).print(f"{stamp} {text}", highlight=False, markup=False)
