"""`inspectd side sample` and `inspectd side label`: what people check and say."""

import csv
from pathlib import Path

import typer
from pydantic import TypeAdapter, ValidationError

from inspectd.commands.side.open_site import find_settings
from inspectd.commands.side.which_work import find_work, told_of
from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.result import Label
from inspectd.pipelines.host.site import Site

_SOURCE = "table"
_SHA256_LENGTH = 64
_LABEL: TypeAdapter[str] = TypeAdapter(Label)


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
        # Excel begins with a byte-order mark, and in many countries separates by semicolons.
        text = file.read_text(encoding="utf-8-sig")
        first = text.partition("\n")[0]
        delimiter = ";" if ";" in first and "," not in first else ","
        rows = [row for row in csv.reader(text.splitlines(), delimiter=delimiter) if any(row)]
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file}: cannot be read: {error}"
        raise ConfigurationError(msg) from None
    if rows and rows[0][1:] and rows[0][1].strip().lower() == "label":
        rows = rows[1:]
    with Site(settings) as site:
        site.registry.get(pipeline)
        labels: dict[str, str] = {}
        for row in rows:
            sha256, label = _label(site, file, row)
            if labels.setdefault(sha256, label) != label:
                msg = f"{file}: {row[0]}: two labels, {labels[sha256]} and {label}; leave one"
                raise ConfigurationError(msg)
        site.reviews.label(labels, pipeline, _SOURCE)
    typer.echo(f"{len(labels)} labels taken over")


def _label(site: Site, file: Path, row: list[str]) -> tuple[str, str]:
    if len(row) != 2 or not row[1].strip():  # noqa: PLR2004 - picture and label
        msg = f"{file}: {','.join(row)}: two columns are needed: a file's name or sha256, its label"
        raise ConfigurationError(msg)
    picture = row[0].strip()
    try:
        label = _LABEL.validate_python(row[1])
    except ValidationError as error:
        msg = f"{file}: {picture}: label: {error.errors()[0]['msg']}"
        raise ConfigurationError(msg) from None
    found = [picture] if len(picture) == _SHA256_LENGTH else site.pictures.named(picture)
    if not found or site.pictures.get(found[0]) is None:
        msg = f"{file}: {picture}: no such picture in the store; submit it first"
        raise ConfigurationError(msg)
    if len(found) > 1:
        msg = f"{file}: {picture}: {len(found)} pictures have this name; use their sha256"
        raise ConfigurationError(msg)
    return found[0], label
