"""What of a project may change while the service runs: calibrations, and references with them."""

from pathlib import PurePath
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.taught import RECIPE, SCALE, reference

from inspectd.core.errors import ConfigurationError
from inspectd.core.reference import Reference
from inspectd.settings.mqtt import MqttSettings
from inspectd.settings.project import Product, Project, TaughtFile
from inspectd.settings.root import Settings
from inspectd.supervisor.exchange import Exchange
from inspectd.supervisor.installed import Installed

SETTINGS = Settings.model_validate(
    {"recipe": "r.toml", "stations": [{"name": "top", "camera": {}, "reference": "top.npz"}]}
)


def project(taught: Reference | None, settings: Settings = SETTINGS) -> Project:
    files = {} if taught is None else {"top": TaughtFile(PurePath("top.npz"), taught.head)}
    return Project(settings, Product(RECIPE, files), {"top": SCALE})


def changed(old: Project, new: Project) -> set[str]:
    child = SimpleNamespace(name="top", info=None)
    exchange = Exchange(
        installed=Installed(old),
        load=lambda: new,
        configure=cast("Any", None),
        line=cast("Any", None),
        maker=cast("Any", SimpleNamespace(verification=None)),
        children=[cast("Any", child)],
        change_broker=lambda _: False,
    )
    return set(exchange._changed(new))


def taught_again() -> Reference:
    head = reference().head.model_copy(update={"made_by": "another", "content_sha256": None})
    return Reference(head.sealed(), reference().shots)


def test_the_same_reference_is_no_change() -> None:
    assert changed(project(reference()), project(reference())) == set()


def test_a_part_that_was_taught_again_is_taken_over() -> None:
    assert changed(project(reference()), project(taught_again())) == {"top"}


def test_another_file_of_reference_needs_a_restart() -> None:
    station = SETTINGS.stations[0].model_copy(update={"reference": None})
    other = SETTINGS.model_copy(update={"stations": (station,)})
    with pytest.raises(ConfigurationError, match="restart the service"):
        changed(project(reference()), project(None, other))


def test_another_broker_is_no_reason_to_restart() -> None:
    other = SETTINGS.model_copy(update={"mqtt": MqttSettings(host="broker2")})
    assert changed(project(None), project(None, other)) == set()
