"""Picture files are corrected by the fields that their calibration names."""

import json
from pathlib import Path

import numpy as np
import pytest
from inspectd_calibration.fields import fields_bytes, with_fields
from support import calibrate

from inspectd.commands.calibrate.artefacts import write_calibration
from inspectd.core.calibration import Calibration
from inspectd.core.errors import ConfigurationError
from inspectd.core.fields import Fields

SHAPE = (300, 400)


def shadowed() -> np.ndarray:
    """The gain that undoes a dark spot of the lens."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    spot = np.hypot(rows - 150, columns - 200) < 40
    return np.where(spot, 1.25, 1.0).astype(np.float32)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    level = np.random.default_rng(1).normal(128.0, 1.5, SHAPE) / shadowed()
    return calibrate.write(tmp_path / "part.png", np.rint(level).astype(np.uint8))


@pytest.fixture
def calibration(tmp_path: Path) -> Path:
    fields = Fields(np.zeros(SHAPE, np.float32), shadowed(), 255)
    (tmp_path / "top.npz").write_bytes(fields_bytes(fields))
    sealed = with_fields(Calibration.from_scale(0.05).sealed(), tmp_path / "top.npz")
    write_calibration(tmp_path / "top.toml", sealed)
    return tmp_path / "top.toml"


def answered(*arguments: object) -> dict[str, object]:
    (answer,) = json.loads(calibrate.run(*arguments, "--json", group="inspect").stdout)
    assert isinstance(answer, dict)
    return answer


def test_a_spot_on_the_lens_that_the_fields_know_is_no_stain(part: Path, calibration: Path) -> None:
    assert answered(part, "--calibration", calibration)["decision"] == "PASS"
    assert answered(part, "--mm-per-px", 0.05)["defects"]


def test_pictures_of_another_size_get_no_verdict(tmp_path: Path, calibration: Path) -> None:
    noise = np.random.default_rng(1).normal(128.0, 1.5, (200, 300)).astype(np.uint8)
    smaller = calibrate.write(tmp_path / "smaller.png", noise)
    answer = answered(smaller, "--calibration", calibration)
    assert answer["decision"] == "NO_VERDICT"
    assert "calibration_mismatch" in str(answer["reasons"])


def test_exchanged_fields_are_told(part: Path, calibration: Path) -> None:
    calibration.with_name("top.npz").write_bytes(b"others")
    with pytest.raises(ConfigurationError, match="damaged or exchanged"):
        calibrate.run(part, "--calibration", calibration, group="inspect")
