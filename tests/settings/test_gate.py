"""[gate]: the way from the camera to the reject gate."""

from typing import Any

import pytest
from pydantic import ValidationError

from inspectd.app import _gate
from inspectd.core.gate import GateRules
from inspectd.settings.root import Settings


def settings(**gate: Any) -> Settings:
    station = {"name": "top", "camera": {}}
    return Settings.model_validate({"recipe": "r.toml", "stations": [station], "gate": gate})


def test_without_a_gate_nobody_follows_parts() -> None:
    assert _gate(settings()) is None


def test_a_gate_is_so_many_parts_or_so_much_time_away() -> None:
    assert _gate(settings(after_parts=4)) == GateRules(after_parts=4)
    found = _gate(settings(distance_mm=600.0, belt_mm_per_s=400.0))
    assert found == GateRules(after_ns=1_500_000_000)


@pytest.mark.parametrize(
    ("gate", "word"),
    [
        ({"distance_mm": 100.0}, "need each other"),
        ({"after_parts": 2, "distance_mm": 600.0, "belt_mm_per_s": 300.0}, "not both"),
        ({"distance_mm": 100.0, "belt_mm_per_s": 100.0}, "set deadline_ms to 900 or less"),
        ({"distance_mm": 100.0, "belt_mm_per_s": 1000.0}, "farther from the camera"),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(gate: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        settings(**gate)
