"""`inspectd side collect`: labelled pictures leave the store as a folder to learn from."""

from pathlib import Path
from urllib.parse import quote

import typer

from inspectd.commands.side.open_site import find_settings
from inspectd.core.errors import ConfigurationError, PictureError, StoreError
from inspectd.pipelines.host.site import Site

_LONGEST_NAME = 255
# What a file system, here or where the folder is copied to, does not take in a name.
_TOLD = frozenset('/\\:*?"<>|%')
_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/webp": ".webp",
}


def collect_labelled(config: Path | None, folder: Path, pipeline: str, *, reveal: bool) -> None:
    """Write FOLDER/<label>/<sha256>.<ending> for every labelled picture. ConfigurationError.

    A second call adds what is new and moves what has another label since.
    """
    settings, _ = find_settings(config)
    with Site(settings) as site:
        if site.registry.get(pipeline).card.sensitive and not reveal:
            msg = f"pictures of {pipeline} are sensitive; if they may leave the store, say --reveal"
            raise ConfigurationError(msg)
        labels = site.reviews.labels(pipeline)
        if not labels:
            msg = (
                f"{pipeline}: no picture has a label; answer the page's review queue "
                "(`inspectd side sample`), or take labels over (`inspectd side label`)"
            )
            raise ConfigurationError(msg)
        left_out: list[str] = []
        counts = {"new": 0, "moved": 0}
        for sha256, label in sorted(labels.items()):
            try:
                what = _write(site, folder, sha256, label)
            except (StoreError, PictureError) as error:
                left_out.append(str(error))
                continue
            if what is not None:
                counts[what] += 1
    typer.echo(
        f"{len(labels) - len(left_out)} labelled pictures in {folder}: {counts['new']} new, "
        f"{counts['moved']} under another label than before"
    )
    for line in left_out:
        typer.echo(f"left out: {line}")


def _write(site: Site, folder: Path, sha256: str, label: str) -> str | None:
    """One picture; `new`, `moved`, or None where it is there already. StoreError, PictureError."""
    picture = site.pictures.get(sha256)
    if picture is None:
        msg = f"{sha256[:12]}... ({label}): the picture is no longer in the store"
        raise StoreError(msg)
    name = f"{sha256}{_ENDINGS.get(picture.media_type, '')}"
    inside = folder_of(label)
    if len(inside.encode()) > _LONGEST_NAME:
        msg = f"{sha256[:12]}...: its label is too long for a folder's name: {label}"
        raise PictureError(msg)
    target = folder / inside / name
    before = [path for path in folder.glob(f"*/{name}") if path != target]
    if target.exists() and not before:
        return None
    data = site.blobs.read(sha256)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        for path in before:
            path.unlink()
    except OSError as error:
        msg = f"{target}: cannot be written: {error.strerror}"
        raise ConfigurationError(msg) from None
    return "moved" if before else "new"


def folder_of(label: str) -> str:
    """A label such as `clothing/top` as one folder's name, which training reads back.

    No label becomes a hidden folder or a way out of this one.
    """
    name = "".join(quote(letter, safe="") if letter in _TOLD else letter for letter in label)
    return f"%2E{name[1:]}" if name.startswith(".") else name
