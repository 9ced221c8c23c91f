"""`inspectd side sample` and `inspectd side label`: what people check and say."""

import csv
from pathlib import Path

import typer

from inspectd.commands.side.open_site import find_settings
from inspectd.commands.side.which_work import find_work, told_of
from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.site import Site

_SOURCE = "table"
_SHA256_LENGTH = 64


def draw_sample(
    config: Path | None, pipeline: str, pairs: list[str], *, name: str, share: float, seed: int
) -> None:
    """Put questions into the review queue. ConfigurationError."""
    settings, _ = find_settings(config)
    with Site(settings) as site:
        work = find_work(site, pipeline, pairs)
        drawn = site.reviews.sample(work.key, name, share, seed)
        done = len(site.results.done(work.key))
    typer.echo(f"{told_of(work)}: {drawn} of {done} pictures wait to be checked as {name!r}")


def take_labels(config: Path | None, file: Path, pipeline: str) -> None:
    """Read a table of two columns, without or with a head `picture,label`. ConfigurationError."""
    settings, _ = find_settings(config)
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            rows = [row for row in csv.reader(opened) if any(row)]
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file}: cannot be read: {error}"
        raise ConfigurationError(msg) from None
    if rows and [cell.strip().lower() for cell in rows[0]] == ["picture", "label"]:
        rows = rows[1:]
    with Site(settings) as site:
        site.registry.get(pipeline)
        labels = dict(_label(site, file, row) for row in rows)
        site.reviews.label(labels, pipeline, _SOURCE)
    typer.echo(f"{len(labels)} labels taken over")


def _label(site: Site, file: Path, row: list[str]) -> tuple[str, str]:
    if len(row) != 2 or not row[1].strip():  # noqa: PLR2004 - picture and label
        msg = f"{file}: {','.join(row)}: two columns are needed: a file's name or sha256, its label"
        raise ConfigurationError(msg)
    picture, label = row[0].strip(), row[1].strip()
    found = [picture] if len(picture) == _SHA256_LENGTH else site.pictures.named(picture)
    if not found or site.pictures.get(found[0]) is None:
        msg = f"{file}: {picture}: no such picture in the store; submit it first"
        raise ConfigurationError(msg)
    if len(found) > 1:
        msg = f"{file}: {picture}: {len(found)} pictures have this name; use their sha256"
        raise ConfigurationError(msg)
    return found[0], label
