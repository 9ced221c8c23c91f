"""Pictures are not judged, nor a study measured, with a calibration that does not hold now."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from support import calibrate

from inspectd.commands.calibrate.artefacts import made_of, write_calibration
from inspectd.core.calibration import Calibration, Origin
from inspectd.core.errors import CalibrationError


def calibration(path: Path, age_days: int) -> Path:
    """Of 0.05 mm a pixel; it holds for 30 days."""
    made_at = datetime.now(UTC) - timedelta(days=age_days)
    words = {
        **made_of([]),
        "made_at": made_at.isoformat(timespec="seconds"),
        "made_by": "Ada",
        "target": "chessboard 9 x 6, pitch 10 mm",
    }
    changes = {"origin": Origin.model_validate(words), "valid_days": 30}
    write_calibration(path, Calibration.from_scale(0.05).model_copy(update=changes).sealed())
    return path


@pytest.fixture
def part(tmp_path: Path) -> Path:
    noise = np.random.default_rng(1).normal(128.0, 1.5, (300, 400)).astype(np.uint8)
    return calibrate.write(tmp_path / "study" / "1" / "ada" / "0.png", noise)


@pytest.mark.parametrize(
    ("age_days", "said"),
    [
        (40, r"old\.toml: calibration expired on .* UTC: calibrate it again"),
        (-3, r"old\.toml: calibration was made on .* in the future: set this host's clock"),
    ],
)
def test_a_calibration_that_does_not_hold_now_is_refused(
    part: Path, tmp_path: Path, age_days: int, said: str
) -> None:
    old = calibration(tmp_path / "old.toml", age_days)

    with pytest.raises(CalibrationError, match=said):
        calibrate.run(part, "--calibration", old, group="inspect")
    with pytest.raises(CalibrationError, match=said):
        calibrate.run("grr", "--pictures", part.parents[2], "--calibration", old, group="msa")


def test_one_that_holds_is_taken(part: Path, tmp_path: Path) -> None:
    young = calibration(tmp_path / "young.toml", 20)

    assert calibrate.run(part, "--calibration", young, group="inspect").exit_code == 0


def test_nothing_passes_beyond_the_horizon_of_a_calibration(part: Path, tmp_path: Path) -> None:
    tilted = Calibration(homography=(0.05, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0, -0.01, 1.0))
    write_calibration(tmp_path / "tilted.toml", tilted)
    told = calibrate.run(part, "--calibration", tmp_path / "tilted.toml", "--json", group="inspect")
    (found,) = json.loads(told.stdout)
    assert found["decision"] == "NO_VERDICT"
    assert "horizon" in found["reasons"][0]["text"]
