"""Models of this host: a folder each, with manifest, file, labels and card.

A file gets its name only after its hash was checked, and is checked again whenever it is opened:
what the manifest promises is what runs.
"""

import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from inspectd.core.errors import ConfigurationError
from inspectd.infer.manifest import Manifest
from inspectd.infer.session import Session, open_session
from inspectd.toml_file import load_model

MANIFEST = "model.toml"
CARD = "card.md"
_CHUNK = 1 << 20


class ModelStore:
    """Installed models under one folder; it need not exist while there are none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """Every installed model."""
        if not self.folder.is_dir():
            return []
        return sorted(path.parent.name for path in self.folder.glob(f"*/{MANIFEST}"))

    def manifest(self, name: str) -> Manifest:
        """An installed model's manifest. ConfigurationError naming those that there are."""
        path = self.folder / name / MANIFEST
        if name not in self.names():
            there = ", ".join(self.names()) or "none yet"
            msg = (
                f"model {name} is not installed in {self.folder} (installed: {there}); "
                f"run `inspectd models fetch {name}` or `inspectd models import`"
            )
            raise ConfigurationError(msg)
        manifest = load_model(path, Manifest)
        if manifest.name != name:
            msg = f"{path}: name: is {manifest.name!r} in a folder {name!r}; import it again"
            raise ConfigurationError(msg)
        return manifest

    def path(self, name: str) -> Path:
        """The model's file, its hash checked now. ConfigurationError."""
        manifest = self.manifest(name)
        self._check(manifest, manifest.file.name)
        return self.folder / name / manifest.file.name

    def labels(self, name: str) -> tuple[str, ...]:
        """The labels, in the order of the model's output. ConfigurationError."""
        output = self.manifest(name).output
        if output is None:
            msg = f"model {name}: its manifest has no [output] with labels"
            raise ConfigurationError(msg)
        self._check(self.manifest(name), output.labels)
        path = self.folder / name / output.labels
        return tuple(path.read_text(encoding="utf-8").splitlines())

    def open(self, name: str, threads: int) -> Session:
        """Load a model. ConfigurationError: not installed, changed, or its runtime is missing."""
        manifest = self.manifest(name)
        labels = self.labels(name) if manifest.output else ()
        return open_session(manifest, self.path(name), labels, threads)

    def verify(self, name: str) -> None:
        """Check every hash of one model, without loading it. ConfigurationError."""
        manifest = self.manifest(name)
        for needed in manifest.files():
            self._check(manifest, needed.name)

    def _check(self, manifest: Manifest, file: str) -> None:
        sha256 = next(each.sha256 for each in manifest.files() if each.name == file)
        check_hash(self.folder / manifest.name / file, sha256, manifest.name)

    def install(
        self, manifest_path: Path, files: Callable[[str], Path], card: str | None = None
    ) -> Manifest:
        """Take a model over: `files` gives the path of each file that the manifest names.

        Everything is checked in a folder beside, which then takes the name. ConfigurationError.
        """
        manifest = load_model(manifest_path, Manifest)
        target = self.folder / manifest.name
        beside = self.folder / f".{manifest.name}.{secrets.token_hex(8)}"
        try:
            beside.mkdir(parents=True)
            for needed in manifest.files():
                _copy(files(needed.name), beside / needed.name, needed.sha256, manifest.name)
            (beside / MANIFEST).write_bytes(manifest_path.read_bytes())
            if card is not None:
                (beside / CARD).write_text(card, encoding="utf-8")
            _swap(beside, target)
        except OSError as error:
            msg = f"{error.filename or target}: {error.strerror or error}; model not installed"
            raise ConfigurationError(msg) from None
        finally:
            _remove(beside)
        return manifest


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in hex. OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def check_hash(path: Path, sha256: str, model: str) -> None:
    """ConfigurationError where the file is missing, or is not the one that the manifest means."""
    try:
        found = sha256_of(path)
    except OSError as error:
        msg = f"model {model}: {path}: {error.strerror or error}; fetch or import it again"
        raise ConfigurationError(msg) from None
    if found != sha256:
        msg = (
            f"model {model}: {path}: refused: sha256 is {found[:12]}..., the manifest says "
            f"{sha256[:12]}...; take the file that the manifest means, or import the new model "
            "with a manifest of its own"
        )
        raise ConfigurationError(msg)


def _copy(source: Path, target: Path, sha256: str, model: str) -> None:
    check_hash(source, sha256, model)
    with source.open("rb") as read, target.open("xb") as write:
        while chunk := read.read(_CHUNK):
            write.write(chunk)
        write.flush()
        os.fsync(write.fileno())
    check_hash(target, sha256, model)


def _swap(beside: Path, target: Path) -> None:
    """Put the new folder in the old one's place; whoever opens meanwhile finds one or none."""
    old = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    if target.exists():
        target.rename(old)
    beside.rename(target)
    _remove(old)


def _remove(folder: Path) -> None:
    if folder.is_dir():
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
