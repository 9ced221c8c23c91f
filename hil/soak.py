#!/usr/bin/env python3
"""Soak: run a line for minutes, do it harm, and check that nothing was lost and nothing bad passed.

How to use it: docs/how-to/run-the-bench.md. Exit codes: 0 sound, 1 something was wrong, 2 a
mistake in the command line or a file, or a port that is taken.
"""

import asyncio
import json
import logging
import shutil
import tempfile
import time
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from bench.bench import Bench, running_bench
from bench.collect import collect, crash_signs
from bench.inject import play_faults
from bench.line import PICTURES, BenchLine, given_line, own_line
from bench.record import Evidence, FaultRecord, Memory
from bench.report import summarise, summary_view
from bench.schedule import EDGE_FAULTS, Fault, Planned, schedule
from rich.console import Console
from rich.progress import Progress

from inspectd.core.errors import ConfigurationError, InspectdError, PublishError

_ERR = Console(stderr=True, soft_wrap=True)
# Memory is measured from here: before, caches fill.
_WARM_UP_S = 10.0


class Faults(StrEnum):
    """Which faults are played."""

    NONE = "none"
    ALL = "all"


class Parts(StrEnum):
    """What is on the parts: some of each, or a defect on every one."""

    MIXED = "mixed"
    BAD = "bad"


def main(  # noqa: PLR0917 - typer reads the options from the signature
    config: Annotated[Path | None, typer.Argument(help="A line's settings; none: our own.")] = None,
    minutes: Annotated[float, typer.Option(min=0.1, max=10_080.0, help="How long.")] = 5.0,
    rate: Annotated[float, typer.Option(min=0.1, max=50.0, help="Parts a second.")] = 5.0,
    faults: Annotated[Faults, typer.Option(help="Which faults to play.")] = Faults.ALL,
    parts: Annotated[
        Parts, typer.Option(help="What is on the parts. bad: any PASS is a failure.")
    ] = Parts.MIXED,
    seed: Annotated[int, typer.Option(min=0, help="Draws the faults.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Run a line, play its world, do it harm, and check what came of it."""
    # It prints every exchange around an error; the PLC counts them.
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    plan = list(Fault) if faults is Faults.ALL else []
    # Not where the caller works: the path of a UNIX socket has 107 characters at most (unix(7)).
    folder = Path(tempfile.mkdtemp(prefix="insp-soak-"))
    evidence = None
    try:
        line = _line(config, folder, rate, bad_only=parts is Parts.BAD)
        usable = [fault for fault in plan if line.line1 or fault not in EDGE_FAULTS]
        starting = running_bench(line, folder, rate, seed)
        evidence = asyncio.run(_soak(starting, minutes * 60.0, schedule(seed, usable)))
        evidence.crashes = crash_signs(folder / "service.log")
    except InspectdError as error:
        _ERR.print(f"soak: {error}", markup=False, style="red")
        mistake = isinstance(error, (ConfigurationError, PublishError))
        raise typer.Exit(2 if mistake else 1) from None
    finally:
        _tidy(folder, keep_log=evidence is None or bool(summarise(evidence)["violations"]))
    summary = summarise(evidence)
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        Console().print(summary_view(summary))
    raise typer.Exit(1 if summary["violations"] else 0)


def _line(config: Path | None, folder: Path, rate: float, *, bad_only: bool) -> BenchLine:
    if config is not None:
        return given_line(config, bad_only=bad_only)
    with Progress(console=_ERR, transient=True) as progress:
        task = progress.add_task("Making pictures", total=PICTURES)
        return own_line(folder, rate, lambda: progress.advance(task), bad_only=bad_only)


async def _soak(
    starting: AbstractAsyncContextManager[Bench], duration_s: float, plan: Iterable[Planned]
) -> Evidence:
    _ERR.print("Starting the line", style="dim")
    async with starting as bench:
        return await _play(bench, duration_s, plan)


async def _play(bench: Bench, duration_s: float, plan: Iterable[Planned]) -> Evidence:
    """Feed parts and play faults for so long; then wait until all is answered and published."""
    feeding = asyncio.create_task(bench.belt.run(), name="belt")
    until_s = time.monotonic() + duration_s
    memory: list[Memory] = []
    records: list[FaultRecord] = []
    try:
        await asyncio.sleep(min(_WARM_UP_S, duration_s / 4))
        memory.append(bench.memory())

        def tell(record: FaultRecord) -> None:
            records.append(record)
            _ERR.print(f"{record.at_s:7.1f} s  {record.fault}", style="dim")

        await play_faults(bench, plan, until_s, tell)
        await asyncio.sleep(max(0.0, until_s - time.monotonic()))
    finally:
        bench.belt.stop()
        await feeding
    await bench.until_answered()
    memory.append(bench.memory())
    state = await bench.state()
    await bench.service.stop()
    journal = bench.journal.rows()
    await bench.until_published({row.acquisition_id for row in journal})
    return collect(bench, journal, records, memory, int(state["plc"]["overruns"]))


def _tidy(folder: Path, *, keep_log: bool) -> None:
    """Pictures are large; the log and the journal of a run that went wrong are worth keeping."""
    if not keep_log or not (folder / "service.log").exists():
        shutil.rmtree(folder, ignore_errors=True)
        return
    shutil.rmtree(folder / "pictures", ignore_errors=True)
    _ERR.print(f"Log and journal: {folder}", style="dim")


if __name__ == "__main__":
    typer.run(main)
