"""Where numba keeps what it compiles."""

import importlib.util
import os
import tempfile
from pathlib import Path

import typer


def cache_folder() -> Path | None:
    """The first place that numba may write to, as it would look for one; None: there is none."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    spec = importlib.util.find_spec("inspectd.vision.kernels")
    assert spec is not None
    assert spec.origin is not None
    beside = Path(spec.origin).parent / "__pycache__"
    places = [Path(given)] if given else [beside, Path.home() / ".cache"]
    return next((place for place in places if is_writable(place)), None)


def ensure_cache_folder() -> None:
    """Give numba a temporary folder where it has none: without any it refuses to compile.

    To be called before the kernels are imported; child processes inherit it.
    """
    if cache_folder() is None:
        folder = Path(tempfile.gettempdir()) / f"inspectd-kernels-{os.getuid()}"
        os.environ["NUMBA_CACHE_DIR"] = str(folder)


def compiled_kernels(folder: Path) -> int:
    """How many kernels are kept in `folder`; numba keeps each in a file of its own."""
    return sum(1 for _ in folder.rglob("*.nbc"))


def tell_if_cold() -> None:
    """Say on stderr, before the first picture, that it will take longer than the next ones."""
    folder = cache_folder()
    if folder is None or not compiled_kernels(folder):
        typer.echo("compiling kernels, once: about 20 s", err=True)


def is_writable(folder: Path) -> bool:
    """Whether `folder` can be written, or made where it does not exist yet."""
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    return os.access(existing, os.W_OK | os.X_OK)
