"""Which lines the bench can play the world of."""

from pathlib import Path
from typing import Any

import pytest
import tomli_w
from bench.line import given_line, own_line

from inspectd.core.errors import ConfigurationError
from inspectd.load import load_project

CAMERA = {"emulated": True, "pictures": "pictures"}


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "recipe.toml").write_text("")
    (tmp_path / "pictures").mkdir()
    return {
        "recipe": "recipe.toml",
        "journal": {"path": str(tmp_path / "journal.sqlite")},
        "stations": [{"name": "top", "line1_socket": "top.sock", "camera": CAMERA}],
    }


def write(folder: Path, settings: dict[str, Any]) -> Path:
    config = folder / "inspectd.toml"
    config.write_text(tomli_w.dumps(settings))
    return config


def test_a_line_of_emulated_cameras_has_its_edges_played(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    line = given_line(write(tmp_path, settings), bad_only=True)
    assert line.line1 == (tmp_path / "top.sock",)
    assert line.labels == ()
    assert line.bad_only


def test_a_software_triggered_line_needs_no_photo_eye(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    settings["stations"] = [{"name": "top", "camera": {"trigger_source": "Software"}}]
    assert given_line(write(tmp_path, settings), bad_only=False).line1 == ()


@pytest.mark.parametrize(
    ("section", "value", "words"),
    [
        ("stations", [{"name": "top", "camera": {}}], "station top: .* photo-eye"),
        ("plc", {"port": 0}, "plc.port is 0"),
        ("web", {"port": 0}, "web.port is 0"),
        ("mqtt", {"host": "192.0.2.1"}, "the bench is the broker"),
    ],
)
def test_a_line_that_the_bench_cannot_play_is_refused_in_one_line(
    tmp_path: Path, settings: dict[str, Any], section: str, value: object, words: str
) -> None:
    settings[section] = value
    with pytest.raises(ConfigurationError, match=words):
        given_line(write(tmp_path, settings), bad_only=False)


def test_a_bad_only_line_shows_the_pictures_of_bad_parts_and_knows_what_is_on_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.line.PICTURES", 8)
    drawn = own_line(tmp_path / "mixed", 5.0, lambda: None, bad_only=False).labels
    line = own_line(tmp_path / "bad", 5.0, lambda: None, bad_only=True)
    bad = [n for n, label in enumerate(drawn, start=1) if label != "good"]
    assert 0 < len(bad) < len(drawn)
    assert line.labels == tuple(drawn[n - 1] for n in bad)
    shown = sorted(int(file.name[5:11]) for file in (tmp_path / "bad" / "pictures").iterdir())
    assert shown == bad
    assert line.settings.trigger.match_window_ms < 100


def test_its_own_line_measures_with_a_calibration_made_of_a_rendered_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.line.PICTURES", 2)
    line = own_line(tmp_path, 5.0, lambda: None, bad_only=False)

    (calibration,) = load_project(line.config).calibrations.values()

    assert calibration.content_sha256
    assert calibration.origin is not None
    assert set(calibration.origin.pictures) == {"target.png"}
