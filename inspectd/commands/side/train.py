"""`inspectd side train`: a folder of labelled pictures becomes a model with its report."""

import json
from pathlib import Path

import typer
from inspectd_models.training.methods import find_method
from inspectd_models.training.train import Asked, Trained, as_document, train

from inspectd.commands.side.line_first import behind_the_line
from inspectd.commands.side.open_site import read_pairs
from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.evaluation.gates import GateVerdict, gate_verdicts
from inspectd.pipelines.host.evaluation.report import Section, confusion_png, write_report
from inspectd.pipelines.host.evaluation.scores import Scores, score
from inspectd.pipelines.host.registry import checked

_GATE_UNMET = 1
_LEFT_OUT_SHOWN = 10
_FEWEST_FOLDS = 2


def train_model(
    folder: Path,
    method: str,
    out: Path,
    *,
    options: list[str],
    folds: int,
    seed: int,
    gates: list[str],
    config: Path | None,
    as_json: bool,
) -> int:
    """Train, report, and say what to do with it; 1 where a gate is unmet. ConfigurationError."""
    if folds != 0 and folds < _FEWEST_FOLDS:
        msg = f"--folds {folds}: 2 or more; 0 for no cross-validation"
        raise ConfigurationError(msg)
    if seed < 0:
        msg = f"--seed {seed}: 0 or more"
        raise ConfigurationError(msg)
    # A gate that cannot be read is told before hours of training.
    gate_verdicts(gates, score("a", "a").figures())
    pause = behind_the_line(config)
    found = find_method(method)
    asked = Asked(folder, found, checked(method, found.options, read_pairs(options)), folds, seed)
    done = train(asked, out, lambda line: typer.echo(line, err=True), pause)
    judged = done.cross_validated or done.test
    verdicts = gate_verdicts(gates, judged.figures())
    page = _write_report(out, done, asked, verdicts)
    if as_json:
        verdicts_told = [{"condition": v.condition, "holds": v.holds} for v in verdicts]
        typer.echo(json.dumps(as_document(done) | {"gates": verdicts_told}, indent=2))
    else:
        _print(done, verdicts, page, out)
    return _GATE_UNMET if any(not verdict.holds for verdict in verdicts) else 0


def _write_report(out: Path, done: Trained, asked: Asked, verdicts: list[GateVerdict]) -> Path:
    facts = {
        "data": f"{asked.folder.name}, {len(done.dataset.pictures)} pictures",
        "left out": f"{len(done.dataset.left_out)} files",
        "training time": f"{done.training_s:.1f} s",
        "time of a picture": f"{done.latency_p50_ms:.1f} ms (99 %: {done.latency_p99_ms:.1f} ms)",
        "model": f"{done.manifest.file.size_bytes / 1e6:.2f} MB ({done.manifest.runtime})",
    }
    test = Section(f"{asked.method.name}: test part, never learned from", done.test, facts)
    sections = [test]
    if done.cross_validated is not None:
        title = f"{asked.method.name}: cross-validation, {asked.folds} folds"
        sections.insert(0, Section(title, done.cross_validated, gates=verdicts))
    else:
        sections = [Section(test.title, test.scores, facts, verdicts)]
    (out / "confusion.png").write_bytes(confusion_png(sections[0].scores))
    return write_report(out, f"Training of {done.manifest.name}", sections)


def _print(done: Trained, verdicts: list[GateVerdict], page: Path, out: Path) -> None:
    for line in done.dataset.left_out[:_LEFT_OUT_SHOWN]:
        typer.echo(f"left out: {line}")
    more = len(done.dataset.left_out) - _LEFT_OUT_SHOWN
    if more > 0:
        typer.echo(f"left out: {more} more")
    if done.cross_validated is not None:
        typer.echo(f"cross-validated: {_line(done.cross_validated)}")
    typer.echo(f"test part:       {_line(done.test)}")
    typer.echo(
        f"training {done.training_s:.1f} s; a picture {done.latency_p50_ms:.1f} ms on one thread"
    )
    for verdict in verdicts:
        holds = "holds" if verdict.holds else "does not hold"
        typer.echo(f"gate {verdict.condition}: {holds} ({verdict.figure:.3f})")
    typer.echo(f"report: {page}")
    typer.echo(
        f"use it: inspectd models import {out / 'model'}; then -o model={done.manifest.name}"
    )


def _line(scores: Scores) -> str:
    return (
        f"accuracy {scores.accuracy:.3f}, F1 {scores.f1:.3f}, kappa {scores.kappa:.3f} "
        f"({scores.kappa_95[0]:.3f} to {scores.kappa_95[1]:.3f}), {scores.pictures} pictures"
    )
