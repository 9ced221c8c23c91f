"""Gathers the evidence of a run, each piece from the place that holds it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from bench.bench import Bench
from bench.record import Evidence, FaultRecord, JournalRow, Memory

_CRASH_SIGNS = ("Traceback (most recent call last)", "Fatal Python error", '"thread_died"')


def last_row(journal: Path) -> int:
    """The highest row id so far: a bench's journal may hold earlier runs."""
    with closing(_open(journal)) as database:
        return int(database.execute("SELECT coalesce(max(id), 0) FROM verdicts").fetchone()[0])


def read_journal(journal: Path, after_row: int) -> list[JournalRow]:
    """Every verdict since `after_row`, in order."""
    rows = []
    with closing(_open(journal)) as database:
        query = "SELECT document FROM verdicts WHERE id > ? ORDER BY id"
        for (document,) in database.execute(query, (after_row,)):
            verdict = json.loads(document)
            codes = tuple(reason["code"] for reason in verdict["reasons"])
            rows.append(
                JournalRow(
                    verdict["acquisition_id"], verdict["part_id"], verdict["decision"], codes
                )
            )
    return rows


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


def _open(journal: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
