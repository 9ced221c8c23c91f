"""Gathers the evidence of a run, each piece from the place that holds it."""

from pathlib import Path

from bench.bench import Bench
from bench.record import Evidence, FaultRecord, JournalRow, Memory

_CRASH_SIGNS = ("Traceback (most recent call last)", "Fatal Python error", '"thread_died"')


def collect(
    bench: Bench,
    journal: list[JournalRow],
    faults: list[FaultRecord],
    memory: list[Memory],
    overruns: int,
) -> Evidence:
    """All that was seen; called while the witness is still there."""
    tally = bench.plc.tally
    return Evidence(
        labels=bench.line.labels,
        bad_only=bench.line.bad_only,
        parts=bench.belt.parts,
        edges=bench.belt.edges,
        faults=faults,
        journal=journal,
        mqtt=bench.broker.reports(),
        plc={part: result.decision.name for part, result in bench.plc.results.items()},
        plc_unannounced=tally.unannounced,
        plc_duplicates=tally.duplicates,
        plc_mismatches=tally.mismatches,
        overruns=overruns,
        station_exits=len(bench.service.events("station_exited")),
        doubts_s=bench.doubts_s(),
        memory=memory,
    )


def crash_signs(log: Path) -> list[str]:
    """Lines of the service's log that no fault from outside may cause."""
    lines = log.read_text(errors="replace").splitlines()
    return [line for line in lines if any(sign in line for sign in _CRASH_SIGNS)]
