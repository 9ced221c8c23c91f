"""What a run of the demo proves: every part counted in five places, and judged against truth."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inspectd.core.defect import DefectKind
from inspectd.core.verdict import Decision

UNKNOWN = "unknown"
DECISIONS = [d.name for d in Decision if d is not Decision.NONE]


@dataclass(slots=True)
class Tallies:
    """Raw counts of one run. All mappings are by part id, which counts from 1.

    `journal`, `mqtt`, `plc`: decision names, one per sighting (a list of two is a duplicate).
    `truth`: what is on the part: good, scratch, dent, stain, another label, or unknown.
    `classes`: the defect classes that the verdict named.
    `unanswered`: how many NO_VERDICT parts gave each reason code.
    """

    triggers: int = 0
    truth: dict[int, str] = field(default_factory=dict)
    journal: dict[int, list[str]] = field(default_factory=dict)
    mqtt: dict[int, list[str]] = field(default_factory=dict)
    plc: dict[int, list[str]] = field(default_factory=dict)
    classes: dict[int, list[str]] = field(default_factory=dict)
    unanswered: Counter[str] = field(default_factory=Counter)
    received_ns: dict[int, int] = field(default_factory=dict)
    mqtt_duplicates: int = 0
    plc_duplicates: int = 0
    verdicts: int = 0
    latency_ms: list[float] = field(default_factory=list)
    vision_ms: list[float] = field(default_factory=list)
    beyond_vision_ms: list[float] = field(default_factory=list)
    plc_saw_ms: list[float] = field(default_factory=list)


def summarise(tallies: Tallies) -> dict[str, Any]:
    """The object that `inspectd demo --json` prints."""
    places = (tallies.journal, tallies.mqtt, tallies.plc)
    announced = range(1, tallies.triggers + 1)
    lost = sum(any(part not in place for place in places) for part in announced)
    return {
        "triggers": tallies.triggers,
        "verdicts": tallies.verdicts,
        "journaled": _sightings(tallies.journal),
        "mqtt_seen": _sightings(tallies.mqtt),
        "plc_counted": _sightings(tallies.plc),
        "lost": lost,
        "duplicated": sum(len(seen) > 1 for place in places for seen in place.values())
        + tallies.mqtt_duplicates
        + tallies.plc_duplicates,
        "unexpected": len({part for place in places for part in place} - set(announced)),
        "contradictions": sum(_contradicts(part, places) for part in announced),
        "confusion": confusion(tallies.truth, tallies.journal),
        "classes": class_confusion(tallies.truth, tallies.classes),
        "no_verdict_reasons": dict(tallies.unanswered.most_common()),
        "latency_ms": quantiles(tallies.latency_ms),
        "vision_ms": quantiles(tallies.vision_ms),
        "beyond_vision_ms": quantiles(tallies.beyond_vision_ms),
        "plc_saw_ms": quantiles(tallies.plc_saw_ms),
    }


def confusion(
    truth: Mapping[int, str], decided: Mapping[int, Sequence[str]]
) -> dict[str, dict[str, int]]:
    """Truth against decision: counts of parts."""
    table: dict[str, dict[str, int]] = {}
    for part, label in sorted(truth.items(), key=lambda item: _order(item[1])):
        row = table.setdefault(label, dict.fromkeys(DECISIONS, 0))
        for decision in decided.get(part, ())[:1]:
            row[decision] += 1
    return table


def class_confusion(
    truth: Mapping[int, str], classes: Mapping[int, Iterable[str]]
) -> dict[str, dict[str, int]]:
    """Truth against the defect classes that verdicts named; `none` where none was named."""
    kinds = [kind.value for kind in DefectKind]
    table: dict[str, dict[str, int]] = {}
    for part, label in sorted(truth.items(), key=lambda item: _order(item[1])):
        row = table.setdefault(label, dict.fromkeys([*kinds, "none"], 0))
        for named in set(classes.get(part, ())) or {"none"}:
            row[named] += 1
    return table


def quantiles(values: Sequence[float]) -> dict[str, float | None]:
    """Median and 99th percentile by nearest rank; None of nothing."""
    ordered = sorted(values)

    def at(share: float) -> float | None:
        if not ordered:
            return None
        rank = max(0, -(-int(share * 100) * len(ordered) // 100) - 1)
        return round(ordered[rank], 3)

    return {"p50": at(0.5), "p99": at(0.99)}


def is_sound(summary: Mapping[str, Any]) -> bool:
    """Whether every part was counted exactly once everywhere, and the same."""
    counts = {summary[k] for k in ("triggers", "verdicts", "journaled", "mqtt_seen", "plc_counted")}
    wrong = ("lost", "duplicated", "unexpected", "contradictions")
    return len(counts) == 1 and not any(summary[key] for key in wrong)


def _sightings(place: Mapping[int, Sequence[str]]) -> int:
    return sum(Counter({part: len(seen) for part, seen in place.items()}).values())


def _contradicts(part: int, places: Iterable[Mapping[int, Sequence[str]]]) -> bool:
    return len({decision for place in places for decision in place.get(part, ())}) > 1


def _order(label: str) -> tuple[int, str]:
    known = ["good", *(kind.value for kind in DefectKind)]
    return (known.index(label) if label in known else len(known), label)
