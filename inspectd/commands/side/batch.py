"""`inspectd side batch`: an archive on a Dask cluster."""

import json
import time
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress

from inspectd.commands.side.open_site import all_files, find_settings, read_pairs
from inspectd.commands.side.submit import take_in
from inspectd.pipelines.host.batch import connect, run_on_cluster
from inspectd.pipelines.host.site import Site


def run_batch(
    config: Path | None,
    paths: list[Path],
    scheduler: str,
    pipeline: str,
    pairs: list[str],
    *,
    as_json: bool,
) -> int:
    """Look at all of them; 1 where a file was refused or a picture has no result."""
    settings, _ = find_settings(config)
    files, given = all_files(paths), read_pairs(pairs)
    with Site(settings) as site:
        wanted = site.provenance(pipeline, given)
        client = connect(scheduler)
        try:
            names, refused = take_in(site, files)
            # Not into the queue: the workers of this host would take them.
            queued = site.jobs.ask(names, wanted)
            started_s = time.monotonic()
            with Progress(console=Console(stderr=True), transient=True) as progress:
                bar = progress.add_task("pictures", total=len(queued))
                stored = run_on_cluster(
                    site,
                    client,
                    queued,
                    settings.folder / "models",
                    lambda _: progress.advance(bar),
                )
            seconds = time.monotonic() - started_s
        finally:
            client.close()
        missing = [job for job in site.jobs.of(names, wanted.key) if job.state != "done"]
    told = {
        "pictures": len(names),
        "looked_at": stored,
        "known": len(names) - len(queued),
        "without_result": [{"sha256": job.sha256, "why": job.error} for job in missing],
        "refused": refused,
        "seconds": round(seconds, 1),
    }
    if as_json:
        typer.echo(json.dumps(told, indent=2))
    else:
        typer.echo(
            f"{len(names)} pictures: {stored} looked at in {seconds:.1f} s, {told['known']} known "
            f"already, {len(missing)} without a result, {len(refused)} refused"
        )
    return 1 if refused or missing else 0
