"""`inspectd side reduce`."""

import json
from pathlib import Path

import typer

from inspectd.commands.side.open_site import find_settings
from inspectd.commands.side.which_work import told_of
from inspectd.pipelines.host.isolate import cap_memory, stand_behind
from inspectd.pipelines.host.reduce import reduce_all
from inspectd.pipelines.host.site import Site


def reduce_now(config: Path | None, *, as_json: bool) -> None:
    """Reduce every pipeline's pictures, behind everything else on this host. InspectdError."""
    settings, _ = find_settings(config)
    stand_behind()
    cap_memory(settings.workers.memory_mb)
    with Site(settings) as site:
        made = reduce_all(site)
    if as_json:
        told = [
            work.provenance.model_dump(mode="json")
            | {
                "groups": [
                    {"kind": g.kind, "label": g.label, "members": list(g.members), **g.attributes}
                    for g in reduction.groups
                ]
            }
            for work, reduction in made
        ]
        typer.echo(json.dumps(told, indent=2))
        return
    if not made:
        typer.echo("no pipeline has results yet")
    for work, reduction in made:
        typer.echo(f"{told_of(work)}: {len(reduction.groups)} groups")
        for group in reduction.groups:
            typer.echo(f"  {group.kind} {group.label}: {len(group.members)}")
