"""The result of a run, for people and for programs."""

from collections import Counter
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.record import Evidence
from bench.verify import truth, violations

_DECISIONS = ("PASS", "FAIL", "REVIEW", "NO_VERDICT")


def summarise(evidence: Evidence) -> dict[str, Any]:
    """The object that `--json` prints."""
    decided = {row.part_id: row.decision for row in evidence.journal}
    matrix: dict[str, Counter[str]] = {}
    for part_id, label in truth(evidence).items():
        matrix.setdefault(label, Counter())[decided.get(part_id, "none")] += 1
    return {
        "parts": len(evidence.parts),
        "withdrawn": sum(not part.answered for part in evidence.parts),
        "edges_unheard": sum(edge.life is None for edge in evidence.edges),
        "journaled": len(evidence.journal),
        "judged": sum(row.judged for row in evidence.journal),
        "unannounced": sum(row.part_id == 0 for row in evidence.journal),
        "mqtt_seen": len({a for report in evidence.mqtt for a in report}),
        "plc_read": len(evidence.plc) + evidence.plc_unannounced,
        "overruns": evidence.overruns,
        "by_truth": {label: dict(matrix[label]) for label in sorted(matrix)},
        "reasons": dict(Counter(code for row in evidence.journal for code in row.codes)),
        "station_exits": evidence.station_exits,
        "memory_mb": [[m.supervisor_mb, m.stations_mb] for m in evidence.memory],
        "faults": [
            {"fault": f.fault, "at_s": f.at_s, "away_s": f.away_s, "ready_s": f.ready_s}
            for f in evidence.faults
        ],
        "violations": violations(evidence),
    }


def summary_view(summary: dict[str, Any]) -> RenderableType:
    """The same as tables."""
    names = (
        "parts",
        "withdrawn",
        "journaled",
        "judged",
        "unannounced",
        "mqtt_seen",
        "plc_read",
        "overruns",
    )
    counts = Table(*(name.replace("_", " ") for name in names), box=None)
    counts.add_row(*(str(summary[name]) for name in names))
    matrix = Table("own picture", *_DECISIONS, "none", box=None, pad_edge=False)
    for label, row in summary["by_truth"].items():
        matrix.add_row(label, *(str(row.get(name, 0)) for name in (*_DECISIONS, "none")))
    memory = [f"{pair[0]:g} / {pair[1]:g}" for pair in summary["memory_mb"]]
    parts: list[RenderableType] = [counts, Text(), matrix, Text(), _faults(summary["faults"])]
    parts.append(Text(f"\nMemory, supervisor / stations, MB: {' -> '.join(memory)}"))
    parts.append(Text(f"Stations ended {summary['station_exits']} times"))
    wrong = summary["violations"]
    parts += [Text(f"WRONG: {line}", style="red") for line in wrong]
    parts += [] if wrong else [Text("Nothing wrong.", style="green")]
    return Group(*parts)


def _faults(faults: list[dict[str, Any]]) -> Table:
    """Each kind of fault, and how long the line needed to be itself again."""
    table = Table("fault", "times", "ready after, median", "worst", box=None, pad_edge=False)
    for kind in sorted({fault["fault"] for fault in faults}):
        times = [fault["ready_s"] for fault in faults if fault["fault"] == kind]
        known = sorted(s for s in times if s is not None)
        late = len(known) < len(times)
        median = f"{known[len(known) // 2]:.1f} s" if known else "-"
        worst = "never" if late else f"{known[-1]:.1f} s"
        table.add_row(kind, str(len(times)), median, worst)
    return table
