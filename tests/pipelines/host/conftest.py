"""A site in a folder of its own, with a pipeline of somebody else installed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.side import MakeSettings, TakeIn, install_stranger, picture

from inspectd.pipelines.host.settings import SideSettings
from inspectd.pipelines.host.site import Site


@pytest.fixture
def make_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeSettings:
    """Settings of a site in the test's folder; keywords are sections."""
    install_stranger(tmp_path / "site-packages", monkeypatch)

    def make(**sections: dict[str, Any]) -> SideSettings:
        store = {"folder": tmp_path / "side", "min_free_gb": 0, **sections.pop("store", {})}
        return SideSettings.model_validate({"store": store, **sections})

    return make


@pytest.fixture
def site(make_settings: MakeSettings) -> Iterator[Site]:
    with Site(make_settings()) as site:
        yield site


@pytest.fixture
def take_in(site: Site) -> TakeIn:
    """Put a picture into the inbox; its sha256."""

    def take(name: str = "red.png", colour: tuple[int, int, int] = (200, 10, 10)) -> str:
        return site.inbox.receive([picture(colour)], name, "test").picture.sha256

    return take
