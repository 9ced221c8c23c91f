"""What must be true after a run, whatever failed in it. Pure."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from bench.record import Edge, Evidence, FedPart, JournalRow
from bench.schedule import BOUND_S, Fault

# More would be a leak: the page's pictures and the journal's cache are full within a minute.
MOST_GROWTH_MB = 100.0
# Clocks of two processes, and the time from an edge to what the station says of it.
_DOUBT_S = 1.0
_UNKNOWN = "unknown"


def violations(evidence: Evidence) -> list[str]:
    """In plain words, everything that must not be; empty for a sound run."""
    evidence = replace(evidence, journal=told(evidence.journal))
    return [
        *_crashes(evidence),
        *_answers(evidence),
        *_plc(evidence),
        *_mqtt(evidence),
        *_passes(evidence),
        *_recovery(evidence),
        *_memory(evidence),
        *_nothing_judged(evidence),
    ]


def told(journal: list[JournalRow]) -> list[JournalRow]:
    """The verdicts that the line was told.

    One that the disk took too late is stored, and then the NO-VERDICT that the line got instead:
    of one acquisition id the later counts (docs/reference/mqtt.md). Only that pair is no double.
    """
    rows: list[JournalRow] = []
    place: dict[int, int] = {}
    for row in journal:
        instead = row.decision == "NO_VERDICT" and "journal_failed" in row.codes
        earlier = place.pop(row.acquisition_id, None)
        if earlier is not None and instead and rows[earlier].part_id == row.part_id:
            rows[earlier] = row
        else:
            place[row.acquisition_id] = len(rows)
            rows.append(row)
    return rows


def truth(evidence: Evidence) -> dict[int, str]:
    """What the picture of each part's own edge shows: a label, `unknown`, or `no picture`.

    The emulator shows its pictures in order, from the first again after every start, and an edge
    that the camera's socket heard is one picture. Where the camera had trouble of its own, the
    order is unknown for the rest of that life.
    """
    shown = _shown(evidence)
    return {
        part.part_id: "no picture" if part.edge is None else shown[part.edge]
        for part in evidence.parts
    }


def _shown(evidence: Evidence) -> list[str]:
    began: dict[tuple[int, int], float] = {}
    count: Counter[tuple[int, int]] = Counter()
    shown: list[str] = []
    for edge in evidence.edges:
        if edge.life is None:
            shown.append("no picture")
            continue
        began.setdefault(edge.life, edge.at_s)
        shown.append(_label(evidence, edge, count[edge.life], began[edge.life]))
        count[edge.life] += 1
    return shown


def _label(evidence: Evidence, edge: Edge, index: int, began_s: float) -> str:
    doubtful = any(
        began_s - _DOUBT_S <= doubt_s <= edge.at_s + _DOUBT_S for doubt_s in evidence.doubts_s
    )
    if doubtful or not evidence.labels:
        return _UNKNOWN
    return evidence.labels[index % len(evidence.labels)]


def _crashes(evidence: Evidence) -> Iterator[str]:
    yield from (f"the service's log: {line}" for line in evidence.crashes)
    wanted = sum(f.fault in (Fault.STATION_KILLED, Fault.STATION_HUNG) for f in evidence.faults)
    if evidence.station_exits != wanted:
        yield f"stations ended {evidence.station_exits} times, {wanted} of them at our hands"


def _rows_of(evidence: Evidence) -> dict[int, list[JournalRow]]:
    rows: dict[int, list[JournalRow]] = {}
    for row in evidence.journal:
        rows.setdefault(row.part_id, []).append(row)
    return rows


def _answers(evidence: Evidence) -> Iterator[str]:
    """Exactly one for every part that was owed one, at most one for every other, no others."""
    rows = _rows_of(evidence)
    for part in evidence.parts:
        count = len(rows.get(part.part_id, ()))
        if count > 1 or (part.answered and count == 0):
            yield f"part {part.part_id} has {count} answers in the journal"
    strangers = rows.keys() - {part.part_id for part in evidence.parts} - {0}
    if strangers:
        yield f"the journal has parts that were never fed: {sorted(strangers)}"


def _plc(evidence: Evidence) -> Iterator[str]:
    rows = _rows_of(evidence)
    missing = []
    for part in evidence.parts:
        seen = evidence.plc.get(part.part_id)
        stored = [row.decision for row in rows.get(part.part_id, ())]
        if seen is None and part.answered:
            missing.append(part.part_id)
        elif seen is not None and stored != [seen]:
            yield f"part {part.part_id}: the PLC read {seen}, the journal has {stored}"
    read = len(evidence.plc) + evidence.plc_unannounced
    if read + evidence.overruns != len(evidence.journal):
        yield (
            f"{len(evidence.journal)} verdicts in the journal, but the PLC read {read} and "
            f"{evidence.overruns} found no slot; without a record: parts {missing}"
        )
    if evidence.plc_duplicates:
        yield f"the PLC read {evidence.plc_duplicates} parts twice"
    if evidence.plc_mismatches:
        yield f"the PLC read {evidence.plc_mismatches} records that do not fit what it did"


def _mqtt(evidence: Evidence) -> Iterator[str]:
    unseen = []
    for row in evidence.journal:
        seen = {r[row.acquisition_id] for r in evidence.mqtt if row.acquisition_id in r}
        if not seen:
            unseen.append(row.acquisition_id)
        elif seen != {row.decision}:
            yield f"acquisition {row.acquisition_id}: {sorted(seen)} on MQTT, not {row.decision}"
    if unseen:
        yield f"acquisitions never seen on MQTT: {unseen}"


def _passes(evidence: Evidence) -> Iterator[str]:
    """No part passes that is bad, was not seen, or that nobody announced."""
    labels = truth(evidence)
    known = {part.part_id: part for part in evidence.parts}
    for row in evidence.journal:
        if row.decision != "PASS":
            continue
        part = known.get(row.part_id)
        label = labels.get(row.part_id, "no picture")
        if part is None or evidence.bad_only or label not in ("good", _UNKNOWN):
            yield f"part {row.part_id} ({label}{_when(evidence, part)}) has PASS"


def _when(evidence: Evidence, part: FedPart | None) -> str:
    """The last fault before a part: where to look."""
    before = [f for f in evidence.faults if part is None or f.ended_ns <= part.announced_ns]
    return f", after fault: {before[-1].fault}" if before and part is not None else ""


def _recovery(evidence: Evidence) -> Iterator[str]:
    for fault in evidence.faults:
        if fault.ready_s is None:
            yield (
                f"{fault.fault} at {fault.at_s:g} s: the line was not itself again within "
                f"{BOUND_S[fault.fault]:g} s"
            )


def _memory(evidence: Evidence) -> Iterator[str]:
    if not evidence.memory:
        return
    start, end = evidence.memory[0], evidence.memory[-1]
    for who, before, after in (
        ("supervisor", start.supervisor_mb, end.supervisor_mb),
        ("stations", start.stations_mb, end.stations_mb),
    ):
        if after - before > MOST_GROWTH_MB:
            yield f"memory of the {who} grew from {before:g} to {after:g} MB"


def _nothing_judged(evidence: Evidence) -> Iterator[str]:
    """A run in which hardly anything was judged proves nothing."""
    judged = sum(row.judged for row in evidence.journal)
    if 2 * judged < len(evidence.parts) and not evidence.faults:
        yield f"only {judged} of {len(evidence.parts)} parts were judged, without any fault"
    if judged == 0:
        yield "no part was judged at all"
