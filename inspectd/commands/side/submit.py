"""`inspectd side submit`: files become pictures in the inbox, and jobs."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import typer

from inspectd.commands.side.open_site import all_files, find_settings, read_pairs
from inspectd.core.errors import PictureError
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.store.jobs import Job

_SOURCE = "command line"
_ENDED = ("done", "failed", "cancelled")
_LOOK_EVERY_S = 0.1
_GIVE_UP_S = 60.0
_REFUSED, _FAILED = 1, 1


def submit_pictures(
    config: Path | None,
    paths: list[Path],
    pipeline: str,
    pairs: list[str],
    again: str,
    *,
    wait: bool,
    as_json: bool,
) -> int:
    """Take them in and ask for the work; 1 where a file was refused or a picture has failed."""
    settings, _ = find_settings(config)
    files, given = all_files(paths), read_pairs(pairs)
    with Site(settings) as site:
        site.provenance(pipeline, given)
        names, refused = take_in(site, files)
        asked = site.ask(names, pipeline, given, again=again)
        if not wait:
            _tell_asked(names, refused, len(asked.queued), as_json=as_json)
            return _REFUSED if refused else 0
        jobs = _wait_for(site, lambda: site.jobs.of(names, asked.wanted.key))
        _tell_results(site, jobs, names, as_json=as_json)
        failed = any(job.state != "done" for job in jobs)
    return _FAILED if refused or failed else 0


def take_in(site: Site, files: list[Path]) -> tuple[dict[str, str], list[str]]:
    """Put files into the inbox: paths by sha256, and what was refused. StoreError."""
    names: dict[str, str] = {}
    refused = []
    for path in files:
        try:
            names[site.inbox.receive_file(path, _SOURCE).picture.sha256] = str(path)
        except PictureError as error:
            refused.append(str(error))
            typer.echo(f"refused: {path}: {str(error).partition(': ')[2]}", err=True)
    return names, refused


def _tell_asked(names: dict[str, str], refused: list[str], queued: int, *, as_json: bool) -> None:
    known = len(names) - queued
    if as_json:
        told = {"pictures": len(names), "queued": queued, "known": known, "refused": refused}
        typer.echo(json.dumps(told, indent=2))
        return
    typer.echo(
        f"{len(names)} pictures: {queued} queued, {known} known already, {len(refused)} refused"
    )


def _wait_for(site: Site, look: Callable[[], list[Job]]) -> list[Job]:
    """Until all have ended; given up where nothing has moved for a minute."""
    before, moved_s = -1, time.monotonic()
    while True:
        jobs = look()
        ended = sum(job.state in _ENDED for job in jobs)
        if ended == len(jobs):
            return jobs
        if ended != before:
            before, moved_s = ended, time.monotonic()
        elif time.monotonic() - moved_s > _GIVE_UP_S and not site.hold_file.exists():
            typer.echo(
                f"nothing has moved for {_GIVE_UP_S:.0f} s: is `inspectd side run` running?",
                err=True,
            )
            return jobs
        time.sleep(_LOOK_EVERY_S)


def _tell_results(site: Site, jobs: list[Job], names: dict[str, str], *, as_json: bool) -> None:
    stored = site.results.of_jobs(job.id for job in jobs)
    if as_json:
        told = [
            {
                "file": names[job.sha256],
                "sha256": job.sha256,
                "state": job.state,
                "error": job.error,
                "findings": [finding.model_dump(mode="json") for finding in stored[job.id].findings]
                if job.id in stored
                else [],
                "provenance": job.provenance.model_dump(mode="json"),
            }
            for job in jobs
        ]
        typer.echo(json.dumps(told, indent=2))
        return
    for job in jobs:
        if job.id in stored:
            labels = ", ".join(f"{f.label} {f.score:.0%}" for f in stored[job.id].findings)
            typer.echo(f"{names[job.sha256]}: {labels or 'nothing found'}")
        else:
            typer.echo(f"{names[job.sha256]}: {job.state}: {job.error or 'waits'}")
