"""The tutorial on calibration does what it says: every command in it, in its order."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rendered_station
from typer.testing import CliRunner

from inspectd.cli import app
from inspectd.core.calibration import Calibration
from inspectd.load import load_calibration

PAGE = Path(__file__).parents[2] / "docs" / "tutorials" / "calibrate-a-station.md"


def commands() -> list[list[str]]:
    """The words of every command on the page, without the programs' folder."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def run(words: list[str]) -> str:
    """Run one of the page's commands; what it printed."""
    if words[0].endswith("python"):
        assert words[1] == "hil/rendered_station.py"
        rendered_station.main(Path(words[2]))
        return ""
    assert words[0].endswith("inspectd")
    result = CliRunner().invoke(app, words[1:], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def practised(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder after the whole tutorial, and what its last command, asked for JSON, said."""
    folder = tmp_path_factory.mktemp("tutorial")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        # Ten views are the fewest, and rendering them is most of the time.
        patch.setattr(rendered_station, "_TURNS", 5)
        *before, last = commands()
        for words in before:
            run(words)
        return folder / "practice", json.loads(run([*last, "--json"]))


@pytest.fixture
def installed(practised: tuple[Path, dict[str, Any]]) -> Calibration:
    return load_calibration(practised[0] / "calibration" / "top.toml")


def test_the_gauge_is_measured_right_with_what_was_calibrated(
    practised: tuple[Path, dict[str, Any]],
) -> None:
    _, verified = practised

    assert verified["good"]
    groove, blot = verified["features"]
    assert abs(groove["bias"]) < 0.1
    assert abs(blot["bias"]) < 0.2


def test_lengths_are_right_within_their_stated_uncertainty(installed: Calibration) -> None:
    size_px = (rendered_station.SPEC.width_px - 1, rendered_station.SPEC.height_px - 1)
    first, second = np.random.default_rng(1).uniform((0.0, 0.0), size_px, (2, 500, 2))
    true_mm = rendered_station.SPEC.mm_per_px * np.linalg.norm(
        rendered_station.LENS.undistorted(first) - rendered_station.LENS.undistorted(second), axis=1
    )

    measured_mm = np.linalg.norm(installed.to_mm(first) - installed.to_mm(second), axis=1)

    np.testing.assert_allclose(measured_mm, true_mm, rtol=installed.length_uncertainty_relative)


def test_what_is_installed_is_sealed_and_says_where_it_comes_from(installed: Calibration) -> None:
    assert installed.content_sha256 == installed.seal
    assert installed.camera_serial == rendered_station.SERIAL
    assert installed.origin is not None
    assert "plane.png" in installed.origin.pictures


def test_the_sheet_s_file_is_the_target_that_was_rendered(
    practised: tuple[Path, dict[str, Any]],
) -> None:
    folder, _ = practised

    assert {"target.pdf", "target.svg", "target.toml"} <= {path.name for path in folder.iterdir()}
