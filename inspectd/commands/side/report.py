"""`inspectd side report`: what is in the store, and how good a pipeline is."""

import json
from pathlib import Path
from typing import Any

import typer

from inspectd.commands.side.open_site import find_settings
from inspectd.commands.side.which_work import find_work, told_of
from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.evaluation.gates import gate_verdicts
from inspectd.pipelines.host.site import Site

_GATE_UNMET = 1
_REFUSED_SHOWN = 20


def tell_report(
    config: Path | None,
    pipeline: str | None,
    pairs: list[str],
    output: Path | None,
    gates: list[str],
    *,
    as_json: bool,
) -> int:
    """Print the report; 1 where a gate is not met. ConfigurationError."""
    if pipeline is None and (gates or output):
        msg = "--gate and --output tell of one pipeline's scores: name it by --pipeline"
        raise ConfigurationError(msg)
    settings, _ = find_settings(config)
    with Site(settings) as site:
        told = _contents(site)
        code = 0
        if pipeline is not None:
            told["scores"], code = _scores(site, pipeline, pairs, output, gates)
    if as_json:
        typer.echo(json.dumps(told, indent=2))
    else:
        _print(told)
    return code


def _contents(site: Site) -> dict[str, Any]:
    pictures, arrivals, refused = site.pictures.counts()
    jobs: dict[str, dict[str, int]] = {}
    for (name, state), count in sorted(site.jobs.counts().items()):
        jobs.setdefault(name, {})[state] = count
    last = site.pictures.last_arrivals(_REFUSED_SHOWN, refused_only=True)
    return {
        "pictures": pictures,
        "megabytes": round(site.pictures.total_bytes() / 1e6, 1),
        "arrivals": arrivals,
        "refused": refused,
        "refused_last": [{"name": each.name, "why": each.refused} for each in last],
        "jobs": jobs,
        "pipelines_off": site.registry.off,
    }


def _scores(
    site: Site, pipeline: str, pairs: list[str], output: Path | None, gates: list[str]
) -> tuple[dict[str, Any], int]:
    # Plots and templates are loaded for a report alone.
    from inspectd.pipelines.host.evaluation.report import (  # noqa: PLC0415
        Section,
        as_document,
        write_report,
    )

    work = find_work(site, pipeline, pairs)
    labels = site.reviews.labels(pipeline)
    try:
        scores = site.registry.get(pipeline).evaluate(labels, site.results.found(work.key))
    except ValueError:
        msg = (
            f"{pipeline}: no picture has both a result and a label; answer the page's review queue "
            "(`inspectd side sample`), or take labels over (`inspectd side label`)"
        )
        raise ConfigurationError(msg) from None
    verdicts = gate_verdicts(gates, scores.figures())
    section = Section(pipeline, scores, {"work": told_of(work)}, verdicts)
    if output is not None:
        typer.echo(f"written: {write_report(output, f'Scores of {pipeline}', [section])}", err=True)
    return as_document([section])[0], _GATE_UNMET if any(not v.holds for v in verdicts) else 0


def _print(told: dict[str, Any]) -> None:
    typer.echo(
        f"{told['pictures']} pictures ({told['megabytes']} MB), {told['arrivals']} arrivals, "
        f"{told['refused']} refused"
    )
    for each in told["refused_last"]:
        typer.echo(f"  refused: {each['name']}: {each['why']}")
    for name, states in told["jobs"].items():
        counts = ", ".join(f"{count} {state}" for state, count in states.items())
        typer.echo(f"{name}: {counts}")
    for name, why in told["pipelines_off"].items():
        typer.echo(f"{name} is off: {why}")
    if "scores" in told:
        typer.echo(told["scores"]["facts"]["work"])
        for name, figure in told["scores"]["figures"].items():
            typer.echo(f"{name}: {figure:.3f}")
        for gate in told["scores"]["gates"]:
            holds = "holds" if gate["holds"] else "does not hold"
            typer.echo(f"gate {gate['condition']}: {holds} ({gate['figure']:.3f})")
