"""`inspectd models ...`: the catalogue and the side host's model store."""

import json
import tempfile
from pathlib import Path

import typer
from inspectd_models.published import published, published_names

from inspectd.commands.side.open_site import find_settings
from inspectd.core.errors import ConfigurationError
from inspectd.infer.fetch import fetch_files
from inspectd.infer.manifest import Manifest
from inspectd.infer.store import CARD, MANIFEST, ModelStore, sha256_of
from inspectd.toml_file import load_model

_WRONG_HASH = 1


def open_store(config: Path | None) -> ModelStore:
    """The models of the side host whose settings these are. ConfigurationError."""
    return ModelStore(find_settings(config)[0].folder / "models")


def tell_models(config: Path | None, *, as_json: bool) -> None:
    """Print what is installed, and what could be."""
    store = open_store(config)
    installed, broken = {}, {}
    for name in store.names():
        try:
            installed[name] = store.manifest(name)
        except ConfigurationError as error:
            broken[name] = str(error)
    others = {
        name: published(name)[0]
        for name in published_names()
        if name not in installed and name not in broken
    }
    if as_json:
        told = {
            "folder": str(store.folder),
            "installed": [each.model_dump(mode="json") for each in installed.values()],
            "broken": broken,
            "published": [each.model_dump(mode="json") for each in others.values()],
        }
        typer.echo(json.dumps(told, indent=2))
        return
    typer.echo(f"installed in {store.folder}:")
    for each in installed.values():
        typer.echo(_line(each))
    for name, why in broken.items():
        typer.echo(f"  {name:28} broken: {why}")
    typer.echo("published, not installed:")
    for each in others.values():
        typer.echo(_line(each))


def _line(manifest: Manifest) -> str:
    limit = ", not for commerce" if manifest.licence.non_commercial else ""
    size = manifest.file.size_bytes / 1e6
    return (
        f"  {manifest.name:28} {manifest.task:15} {size:6.1f} MB  "
        f"{manifest.licence.spdx}{limit}  {manifest.title}"
    )


def fetch_model(config: Path | None, name: str, *, accepted: bool) -> None:
    """Fetch and install; nothing is fetched before a licence was accepted. ConfigurationError."""
    manifest, path, card = published(name)
    _check_licence(manifest, accepted=accepted)
    with tempfile.TemporaryDirectory(prefix="inspectd-model-") as folder:
        fetch_files(manifest, Path(folder))
        made = open_store(config).install(path, lambda file: Path(folder) / file, card)
    typer.echo(f"installed: {made.name}")


def import_from(config: Path | None, path: Path, *, accepted: bool, replace: bool) -> None:
    """Install from disk; another model of this name only where it is to be replaced.

    ConfigurationError.
    """
    if path.is_dir():
        told, folder = path / MANIFEST, path
        card_file = path / CARD
        card = card_file.read_text(encoding="utf-8") if card_file.is_file() else None
    else:
        _, told, card = published(_known_by_hash(path))
        folder = path.parent
    manifest = load_model(told, Manifest)
    _check_licence(manifest, accepted=accepted)
    store = open_store(config)
    before = _installed(store, manifest.name)
    other = before is not None and before != manifest
    if before is not None and other and not replace:
        msg = (
            f"model {manifest.name} is installed already, of version {before.version} and another "
            "file or manifest; to put this one in its place, say --replace"
        )
        raise ConfigurationError(msg)
    made = store.install(told, lambda file: folder / file, card)
    typer.echo(f"installed: {made.name}" + (", in the place of another" if other else ""))


def _installed(store: ModelStore, name: str) -> Manifest | None:
    """None, too, for one whose manifest cannot be read: it is in nobody's use."""
    try:
        return store.manifest(name) if name in store.names() else None
    except ConfigurationError:
        return None


def _known_by_hash(path: Path) -> str:
    try:
        found = sha256_of(path)
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror or error}"
        raise ConfigurationError(msg) from None
    for name in published_names():
        if published(name)[0].file.sha256 == found:
            return name
    msg = (
        f"{path}: no published model has this sha256 ({found[:12]}...): the file was changed, or "
        f"is one that is not known; to import a model of your own, name a folder with a {MANIFEST}"
    )
    raise ConfigurationError(msg)


def verify_models(config: Path | None, name: str | None) -> int:
    """Check hashes; 1 where one is wrong. ConfigurationError for a name that is not installed."""
    store = open_store(config)
    if name is not None:
        store.manifest(name)
    wrong = 0
    for each in [name] if name is not None else store.names():
        try:
            store.verify(each)
            typer.echo(f"{each}: as its manifest says")
        except ConfigurationError as error:
            wrong = _WRONG_HASH
            typer.echo(str(error), err=True)
    return wrong


def tell_card(config: Path | None, name: str) -> None:
    """Print the card, and what the manifest says of licence and origin. ConfigurationError."""
    store = open_store(config)
    if name in store.names():
        manifest, file = store.manifest(name), store.folder / name / CARD
        card = file.read_text(encoding="utf-8") if file.is_file() else f"# {manifest.title}\n"
    else:
        manifest, _, card = published(name)
    typer.echo(card.rstrip())
    typer.echo(f"\nLicence: {manifest.licence.spdx}. {manifest.licence.statement}".rstrip())
    for needed in manifest.files():
        typer.echo(f"{needed.name}: sha256 {needed.sha256} {needed.address}".rstrip())


def _check_licence(manifest: Manifest, *, accepted: bool) -> None:
    if manifest.licence.non_commercial and not accepted:
        msg = (
            f"model {manifest.name} is not for commercial use: {manifest.licence.spdx}: "
            f"{manifest.licence.statement or 'see its card'}; if you may use it, say "
            "--accept-licence"
        )
        raise ConfigurationError(msg)
