"""`inspectd side shrink`: the chain and its table."""

import json
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from inspectd.commands.side.line_first import behind_the_line
from inspectd.core.errors import ConfigurationError


def shrink_model(
    trained: Path,
    data: Path,
    out: Path,
    *,
    max_loss: float,
    epochs: int,
    seed: int,
    tflite: bool,
    config: Path | None,
    as_json: bool,
) -> None:
    """Run the chain and print its table. ConfigurationError."""
    for name, value, wrong in (
        ("--max-loss", max_loss, not 0 <= max_loss < 1),
        ("--epochs", epochs, epochs < 1),
        ("--seed", seed, seed < 0),
    ):
        if wrong:
            msg = f"{name} {value:g}: out of range"
            raise ConfigurationError(msg)
    try:
        from inspectd_models.shrink.chain import Limits  # noqa: PLC0415 - needs PyTorch
        from inspectd_models.shrink.shrink import Asked, shrink  # noqa: PLC0415
    except ModuleNotFoundError as error:
        msg = (
            f"{error.name} is missing; install inspectd[side,train] and PyTorch "
            "(requirements/torch.txt)"
        )
        raise ConfigurationError(msg) from None
    pause = behind_the_line(config)
    asked = Asked(trained, data, Limits(max_loss, epochs, seed), tflite)
    done = shrink(asked, out, lambda line: typer.echo(line, err=True), pause)
    rows = [asdict(step) for step in done.steps]
    (out / "shrink.json").write_text(json.dumps(rows, indent=1) + "\n")
    if as_json:
        typer.echo(
            json.dumps({"steps": rows, "models": [each.name for each in done.models]}, indent=2)
        )
        return
    table = Table("step", "accuracy", "MB", "ms", "", "why")
    for step in done.steps:
        size, latency = f"{step.size_mb:.2f}", f"{step.latency_ms:.2f}"
        verdict = "kept" if step.kept else "refused"
        table.add_row(step.name, f"{step.accuracy:.3f}", size, latency, verdict, step.why)
    Console().print(table)
    for folder, model in zip(sorted(out.glob("model*")), done.models, strict=True):
        typer.echo(f"use it: inspectd models import {folder}; then -o model={model.name}")
