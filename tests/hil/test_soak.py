"""The bench itself: a short run with faults, and runs that must not end well."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from bench.schedule import Fault, schedule

from inspectd.core.recipe import Recipe
from inspectd.simulate.picture_set import PictureSet
from inspectd.simulate.pictures import render_pictures
from inspectd.simulate.ports import free_port
from inspectd.simulate.render import PartSpec

SOAK = Path(__file__).parents[2] / "hil" / "soak.py"
TIMEOUT_S = 140.0
# Its first faults are a killed station and edges gone wrong, so that a short run meets them.
SEED = 35


def soak(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SOAK, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Not pytest's folder: the path of a UNIX socket has 107 characters at most (unix(7))."""
    with tempfile.TemporaryDirectory(prefix="insp-") as name:
        yield Path(name)


@pytest.fixture
def good_parts(short_folder: Path) -> PictureSet:
    spec = PartSpec(width_px=480, height_px=400)
    return render_pictures(short_folder, [spec], Recipe(), 3, lambda: None)


def given(folder: Path, pictures: PictureSet) -> dict[str, Any]:
    """Settings of somebody's bench, with one emulated camera that shows good parts."""
    scale = [0.05, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0, 0.0, 1.0]
    (folder / "calibration.toml").write_text(tomli_w.dumps({"homography": scale}))
    (folder / "recipe.toml").write_text("")
    return {
        "recipe": "recipe.toml",
        "journal": {"path": str(folder / "journal.sqlite")},
        **{name: {"port": free_port()} for name in ("plc", "mqtt", "metrics", "web")},
        "stations": [
            {
                "name": "top",
                "calibration": "calibration.toml",
                "line1_socket": "top.sock",
                "camera": {
                    "driver": "replay",
                    "pictures": str(pictures.folder),
                    "width_px": pictures.width_px,
                    "height_px": pictures.height_px,
                },
            }
        ],
    }


def run_given(folder: Path, settings: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    config = folder / "inspectd.toml"
    config.write_text(tomli_w.dumps(settings))
    quick = ("--minutes", "0.1", "--faults", "none", "--parts", "bad")
    return soak(config, *quick)


def harmed(minutes: str) -> dict[str, Any]:
    """A short run with faults; what it reports."""
    done = soak("--minutes", minutes, "--parts", "bad", "--seed", str(SEED), "--json")
    result: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (1 if result["violations"] else 0), done.stderr + done.stdout
    return result


def test_no_part_is_lost_and_no_bad_part_passes_while_the_line_is_harmed() -> None:
    result = harmed("0.25")
    if len(result["faults"]) < 2:
        # A loaded machine takes long to bring a killed station back.
        result = harmed("1")
    assert result["violations"] == []
    played = [fault["fault"] for fault in result["faults"]]
    assert Fault.STATION_KILLED in played
    assert len(played) >= 2
    assert all(fault["ready_s"] is not None for fault in result["faults"])
    ended = {Fault.STATION_KILLED, Fault.STATION_HUNG}
    assert result["station_exits"] == sum(fault in ended for fault in played)
    assert result["judged"] > 10
    assert result["journaled"] == result["mqtt_seen"]


def test_the_short_run_begins_with_a_killed_station_and_a_wrong_edge() -> None:
    first = [planned.fault for planned in islice(schedule(SEED, list(Fault)), 2)]
    assert first[0] is Fault.STATION_KILLED
    assert first[1] in (Fault.LOST_EDGE, Fault.DOUBLED_EDGE, Fault.EXTRA_EDGE)


def test_a_pass_where_every_part_is_said_to_be_bad_fails_the_run(
    short_folder: Path, good_parts: PictureSet
) -> None:
    done = run_given(short_folder, given(short_folder, good_parts))
    assert done.returncode == 1, done.stderr
    assert "has PASS" in done.stdout
    assert "Traceback" not in done.stderr + done.stdout


def test_a_bench_that_cannot_be_played_is_one_line_and_exit_code_2(
    short_folder: Path, good_parts: PictureSet
) -> None:
    settings = given(short_folder, good_parts)
    settings["mqtt"]["host"] = "192.0.2.1"
    done = run_given(short_folder, settings)
    assert done.returncode == 2
    assert "the bench is the broker" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_not_there_is_one_line_and_exit_code_2(short_folder: Path) -> None:
    done = soak(short_folder / "none.toml")
    assert done.returncode == 2
    assert "no such file" in done.stderr
