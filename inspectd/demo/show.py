"""What a person sees of the demo: a live table, then the summary."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from inspectd.core.verdict import Decision
from inspectd.demo.workspace import HOST
from inspectd.demo.world import World

COLOURS = {
    "PASS": "green",
    "FAIL": "red",
    "REVIEW": "yellow",
    "NO_VERDICT": "magenta",
}
_LAST = 10


def live_view(world: World) -> RenderableType:
    """The last parts as the PLC read them, and the counts so far."""
    settings = world.workspace.settings
    results = sorted(world.plc.results.values(), key=lambda result: result.sequence)
    table = Table("part", "on it", "verdict", "defects", "record after", box=None, pad_edge=False)
    for result in results[-_LAST:]:
        values = result.values
        kinds = ", ".join(
            f"{values[key]} {key}" for key in ("scratches", "dents", "stains") if values[key]
        )
        table.add_row(
            str(result.part_id),
            world.shown[result.part_id],
            _decision(result.decision.name),
            kinds or "-",
            f"{values['processing_time'] / 10:.1f} ms",
        )
    counts = Counter(result.decision for result in results)
    seen = world.subscriber.seen().verdicts
    line = Text.assemble(
        f"{world.announced} parts   ",
        *(
            (f"{counts[d]} {d.name}   ", COLOURS[d.name])
            for d in Decision
            if d is not Decision.NONE
        ),
        f"{seen} on MQTT",
    )
    where = Text(
        f"page http://{HOST}:{settings.web.port}   metrics http://{HOST}:{settings.metrics.port}"
        f"/metrics   Modbus {HOST}:{settings.plc.port}   MQTT {HOST}:{settings.mqtt.port}",
        style="dim",
    )
    return Panel(Group(table, Text(), line, where), title="inspectd demo", title_align="left")


def summary_view(summary: Mapping[str, Any], skipped: tuple[str, ...]) -> RenderableType:
    """The summary as tables."""
    counts = Table("triggers", "verdicts", "journal", "MQTT", "PLC", "lost", "doubled", box=None)
    keys = ("triggers", "verdicts", "journaled", "mqtt_seen", "plc_counted", "lost", "duplicated")
    counts.add_row(*(str(summary[key]) for key in keys))
    times = Table("time", "median", "p99", box=None, pad_edge=False)
    for key, words in (
        ("vision_ms", "vision"),
        ("latency_ms", "frame received to PLC record"),
        ("beyond_vision_ms", "the same beyond vision"),
        ("plc_saw_ms", "frame received to seen by the PLC"),
    ):
        p50, p99 = summary[key]["p50"], summary[key]["p99"]
        times.add_row(words, *(f"{ms:.2f} ms" if ms is not None else "-" for ms in (p50, p99)))
    parts: list[RenderableType] = [
        counts,
        Text(),
        Text("On the part (rows) and what was decided (columns):"),
        _matrix(summary["confusion"]),
        Text(),
        Text("On the part (rows) and the classes that were named (columns):"),
        _matrix(summary["classes"]),
        Text(),
    ]
    if reasons := summary["no_verdict_reasons"]:
        said = ", ".join(f"{code} ({count})" for code, count in reasons.items())
        parts += [Text(f"Why parts got no verdict: {said}", style=COLOURS["NO_VERDICT"]), Text()]
    parts.append(times)
    if skipped:
        parts += [Text(), Text(f"{len(skipped)} pictures could not be used:", style="yellow")]
        parts += [Text(f"  {line}", style="yellow") for line in skipped]
    return Group(*parts)


def _matrix(rows: Mapping[str, Mapping[str, int]]) -> Table:
    columns = list(next(iter(rows.values()), {}))
    table = Table("", *columns, box=None, pad_edge=False)
    for label, row in rows.items():
        table.add_row(label, *(str(row[column]) for column in columns))
    return table


def _decision(name: str) -> str:
    return f"[bold {COLOURS[name]}]{name}[/]"
