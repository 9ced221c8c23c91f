"""What of the line is a Sparkplug metric: names, aliases, datatypes, and where values come from."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inspectd.core.verdict import Decision
from inspectd.publish.register_map import STATE_NAMES
from inspectd.publish.sparkplug_payload import DataType, Metric, Value

Document = Mapping[str, Any]

# PackML states (ISA-TR88.00.02) that this line's states correspond to.
_PACKML = {"Preoperational": 15, "Error": 9, "Initialized": 5, "Ready": 4, "ContinuousExecution": 6}
_STATE_NUMBERS = {name: int(number) for number, name in STATE_NAMES.items()}
REBIRTH = "Node Control/Rebirth"
BD_SEQ = "bdSeq"


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """One metric; `of` takes its value out of a document, `nothing` stands before the first."""

    name: str
    datatype: DataType
    of: Callable[[Document], Value]
    nothing: Value = 0
    unit: str = ""


def _count(decision: str) -> Callable[[Document], Value]:
    return lambda state: int(state["decisions"].get(decision, 0))


def _defects(verdict: Document, key: str) -> list[float]:
    return [float(defect[key]) for defect in verdict["defects"]]


# Of the line's snapshot (`observe.snapshot.LineSnapshot.document`).
LINE_METRICS = (
    MetricDefinition("Properties/Software Version", DataType.STRING, lambda s: s["version"], ""),
    MetricDefinition("Line/Ready", DataType.BOOLEAN, lambda s: bool(s["ready"]), nothing=False),
    MetricDefinition("Line/State", DataType.UINT16, lambda s: _STATE_NUMBERS.get(s["state"], 0)),
    MetricDefinition("Line/PackML State", DataType.UINT16, lambda s: _PACKML.get(s["state"], 0)),
    MetricDefinition("Line/Recipe Number", DataType.UINT16, lambda s: s["recipe_number"]),
    MetricDefinition("Line/Recipe Name", DataType.STRING, lambda s: s["recipe"], ""),
    MetricDefinition("Line/Simulated", DataType.BOOLEAN, lambda s: s["simulated"], nothing=False),
    MetricDefinition("Line/Reasons", DataType.STRING, lambda s: "; ".join(s["reasons"]), ""),
    MetricDefinition("Counters/Pass", DataType.UINT64, _count("PASS")),
    MetricDefinition("Counters/Fail", DataType.UINT64, _count("FAIL")),
    MetricDefinition("Counters/Review", DataType.UINT64, _count("REVIEW")),
    MetricDefinition("Counters/No Verdict", DataType.UINT64, _count("NO_VERDICT")),
    MetricDefinition("Alarms/Active", DataType.UINT16, lambda s: len(s["alarms"])),
)

# Of one verdict's document (`core.verdict_json`).
VERDICT_METRICS = (
    MetricDefinition("Verdict/Boot Id", DataType.STRING, lambda v: v["boot_id"], ""),
    MetricDefinition("Verdict/Sequence", DataType.UINT64, lambda v: v["sequence"]),
    MetricDefinition("Verdict/Acquisition Id", DataType.UINT64, lambda v: v["acquisition_id"]),
    MetricDefinition("Verdict/Part Id", DataType.UINT64, lambda v: v["part_id"]),
    MetricDefinition("Verdict/Lot Id", DataType.UINT64, lambda v: v["lot_id"]),
    MetricDefinition("Verdict/Decision", DataType.STRING, lambda v: v["decision"], ""),
    MetricDefinition(
        "Verdict/Decision Code", DataType.UINT8, lambda v: int(Decision[v["decision"]])
    ),
    MetricDefinition("Verdict/Defects", DataType.UINT16, lambda v: len(v["defects"])),
    MetricDefinition(
        "Verdict/Worst Length",
        DataType.DOUBLE,
        lambda v: max(_defects(v, "length_mm"), default=0.0),
        0.0,
        "mm",
    ),
    MetricDefinition(
        "Verdict/Worst Area",
        DataType.DOUBLE,
        lambda v: max(_defects(v, "area_mm2"), default=0.0),
        0.0,
        "mm²",
    ),
    MetricDefinition(
        "Verdict/Reasons",
        DataType.STRING,
        lambda v: "; ".join(reason["text"] for reason in v["reasons"]),
        "",
    ),
)

# bdSeq has no alias: it stands in the death, which no birth precedes.
_ALIASES = {
    definition.name: alias
    for alias, definition in enumerate((*LINE_METRICS, *VERDICT_METRICS), start=2)
}


def line_values(state: Document) -> dict[str, Value]:
    """The line's metrics by name; before the first snapshot nothing is known."""
    if "state" not in state:
        return {each.name: each.nothing for each in LINE_METRICS}
    return {each.name: each.of(state) for each in LINE_METRICS}


def verdict_metrics(document: bytes, *, historical: bool) -> list[Metric]:
    """One verdict, by aliases, at the time when it was made."""
    verdict = json.loads(document)
    made_ms = int(datetime.fromisoformat(verdict["created_at"]).timestamp() * 1e3)
    return [
        Metric(
            each.of(verdict),
            each.datatype,
            made_ms,
            alias=_ALIASES[each.name],
            historical=historical,
        )
        for each in VERDICT_METRICS
    ]


def line_metrics(values: Mapping[str, Value], now_ms: int) -> list[Metric]:
    """Some of the line's metrics, by aliases."""
    return [
        Metric(values[each.name], each.datatype, now_ms, alias=_ALIASES[each.name])
        for each in LINE_METRICS
        if each.name in values
    ]


def birth_metrics(values: Mapping[str, Value], bd_seq: int, now_ms: int) -> list[Metric]:
    """Every metric with its name, alias and datatype."""
    control = [
        Metric(bd_seq, DataType.UINT64, now_ms, name=BD_SEQ),
        Metric(value=False, datatype=DataType.BOOLEAN, timestamp_ms=now_ms, name=REBIRTH),
    ]
    everything = [
        Metric(
            values.get(each.name, each.nothing),
            each.datatype,
            now_ms,
            name=each.name,
            alias=_ALIASES[each.name],
            unit=each.unit,
        )
        for each in (*LINE_METRICS, *VERDICT_METRICS)
    ]
    return [*control, *everything]
