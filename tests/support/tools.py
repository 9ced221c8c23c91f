"""Programs that `tests/install-servers.sh` installs; a test that lacks its own skips."""

import os
import shutil
from pathlib import Path

import pytest

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "inspectd-tests"


def program(name: str) -> str:
    """Where a program is; skips the test that asks for one that is not there."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def tool(name: str) -> Path:
    """The folder of a tool that is no Debian package."""
    folder = _CACHE / name
    if not (folder / "version").exists():
        pytest.skip(f"{name} is not installed in {_CACHE}: run `make servers`")
    return folder
