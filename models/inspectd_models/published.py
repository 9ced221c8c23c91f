"""The catalogue: manifests and cards of published models, never the models themselves."""

from importlib.resources import as_file, files
from pathlib import Path

from inspectd.core.errors import ConfigurationError
from inspectd.infer.manifest import Manifest
from inspectd.infer.store import CARD, MANIFEST
from inspectd.toml_file import load_model

_CATALOGUE = files(__package__) / "catalogue"


def published_names() -> list[str]:
    """Every model that can be fetched, or imported by its hash."""
    return sorted(entry.name for entry in _CATALOGUE.iterdir() if entry.is_dir())


def published(name: str) -> tuple[Manifest, Path, str]:
    """Manifest, its path, and card of one. ConfigurationError naming those that there are."""
    if name not in published_names():
        msg = f"no published model is called {name!r}; there are: {', '.join(published_names())}"
        raise ConfigurationError(msg)
    with as_file(_CATALOGUE / name / MANIFEST) as path:
        return load_model(path, Manifest), path, path.with_name(CARD).read_text(encoding="utf-8")
