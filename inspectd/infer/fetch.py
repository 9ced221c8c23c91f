"""Fetches the files of a model: bounded in size and time, checked before anybody uses them."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

from inspectd.core.errors import ConfigurationError
from inspectd.infer.manifest import Manifest
from inspectd.infer.store import check_hash

_CHUNK = 1 << 18
_SILENCE_S = 30.0
_AT_MOST_S = 1800.0
# Labels have no size in the manifest.
_LARGEST_LABELS = 10_000_000


def fetch_files(
    manifest: Manifest,
    folder: Path,
    *,
    silence_s: float = _SILENCE_S,
    at_most_s: float = _AT_MOST_S,
    clock_s: Callable[[], float] = time.monotonic,
) -> None:
    """Fetch every file of a model into a folder. ConfigurationError: nothing half-fetched stays."""
    sizes = {f.name: f.size_bytes for f in (manifest.file, *manifest.further_files)}
    until_s = clock_s() + at_most_s
    for needed in manifest.files():
        if not needed.address:
            msg = (
                f"model {manifest.name}: {needed.name} is not published anywhere; import it from "
                "a folder (`inspectd models import`)"
            )
            raise ConfigurationError(msg)
        target = folder / needed.name
        try:
            with urllib.request.urlopen(  # noqa: S310 - https by the manifest's own rule
                needed.address, timeout=silence_s
            ) as answer:
                _write(answer, target, sizes.get(needed.name, _LARGEST_LABELS), until_s, clock_s)
            check_hash(target, needed.sha256, manifest.name)
        except ConfigurationError:
            target.unlink(missing_ok=True)
            raise
        except (OSError, HTTPException, ValueError) as error:
            target.unlink(missing_ok=True)
            msg = (
                f"model {manifest.name}: {needed.address}: {_told(error)}; try again, or import it"
            )
            raise ConfigurationError(msg) from None


def _write(
    answer: object, target: Path, at_most: int, until_s: float, clock_s: Callable[[], float]
) -> None:
    size = 0
    with target.open("wb") as file:
        while chunk := answer.read(_CHUNK):  # type: ignore[attr-defined]
            size += len(chunk)
            if size > at_most:
                msg = f"it sends more than the {at_most} bytes that the manifest says"
                raise ValueError(msg)
            if clock_s() > until_s:
                msg = "it takes too long"
                raise TimeoutError(msg)
            file.write(chunk)


def _told(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answers {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        return str(error.reason)
    return str(error) or type(error).__name__
