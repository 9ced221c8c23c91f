"""Gathers the counts of a run from the places that hold them, each by its own way."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from inspectd.core.verdict import Decision, ReasonCode
from inspectd.demo.summary import Tallies
from inspectd.demo.world import World

_CLASS_OF = {
    ReasonCode.SCRATCH_TOO_LONG: "scratch",
    ReasonCode.DENT_TOO_WIDE: "dent",
    ReasonCode.STAIN_TOO_LARGE: "stain",
    ReasonCode.OTHER_TOO_LARGE: "other",
}


def gather(world: World) -> Tallies:
    """Read journal, witness, PLC and the service's log; called once the service has stopped."""
    tallies = Tallies(triggers=world.announced)
    tallies.truth = dict(world.shown)
    part_of = _read_journal(world.workspace.journal, tallies)
    seen = world.subscriber.seen()
    tallies.mqtt_duplicates = seen.duplicates
    for acquisition_id, decision in seen.decisions.items():
        tallies.mqtt.setdefault(part_of.get(acquisition_id, 0), []).append(decision)
    tallies.plc_duplicates = world.plc.tally.duplicates
    for part, result in world.plc.results.items():
        tallies.plc[part] = [result.decision.name]
    _read_times(world, tallies)
    return tallies


def _read_journal(path: Path, tallies: Tallies) -> dict[int, int]:
    """Every row of the journal; the part id of every acquisition id."""
    part_of: dict[int, int] = {}
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        for (document,) in database.execute("SELECT document FROM verdicts ORDER BY sequence"):
            verdict = json.loads(document)
            part = verdict["part_id"]
            part_of[verdict["acquisition_id"]] = part
            tallies.journal.setdefault(part, []).append(verdict["decision"])
            tallies.received_ns[part] = verdict["received_ns"]
            codes = {reason["code"] for reason in verdict["reasons"]}
            if verdict["decision"] == Decision.NO_VERDICT.name:
                tallies.unanswered.update(codes)
            tallies.classes[part] = [_CLASS_OF[code] for code in _CLASS_OF if code in codes]
    return part_of


def _read_times(world: World, tallies: Tallies) -> None:
    for event in world.service.events("verdict"):
        tallies.verdicts += 1
        if event["latency_ms"] > 0:
            tallies.latency_ms.append(event["latency_ms"])
            tallies.vision_ms.append(event["vision_ms"])
            tallies.beyond_vision_ms.append(event["latency_ms"] - event["vision_ms"])
    for part, result in world.plc.results.items():
        received_ns = tallies.received_ns.get(part, 0)
        if received_ns:
            tallies.plc_saw_ms.append((result.first_seen_ns - received_ns) / 1e6)
