"""`nan` and `inf` are TOML's words, and no file of ours may hold them."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from inspectd.core.calibration import Calibration
from inspectd.core.errors import ConfigurationError
from inspectd.core.gauge import Gauge
from inspectd.settings.root import Settings
from inspectd.toml_file import load_model

SETTINGS = """
recipe = "r.toml"
stations = [{ name = "top", calibration = "top.toml", hang_timeout_s = HERE, camera = {} }]
"""
CAMERA = """
recipe = "r.toml"
[[stations]]
name = "top"
[stations.camera]
exposure_us = HERE
"""
VERIFICATION = """
recipe = "r.toml"
stations = [{ name = "top", camera = {} }]
[verification]
due_hours = HERE
"""
HOMOGRAPHY = "homography = [HERE, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0, 0.0, 1.0]\n"
UNCERTAINTY = """
homography = [0.05, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0, 0.0, 1.0]
edge_uncertainty_px = HERE
"""
LENS = """
homography = [0.05, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0, 0.0, 1.0]
[lens]
focal_x_px = 1000.0
focal_y_px = 1000.0
centre_x_px = 300.0
centre_y_px = 200.0
k1 = HERE
"""
GAUGE = """
name = "plate"
serial = "1"
certificate = "c"
valid_until = "2030-01-01"
[[features]]
name = "f"
kind = "dent"
size = "diameter"
nominal = HERE
uncertainty = 0.01
bias_limit = 0.1
spread_limit = 0.1
"""


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-1e300", "1e300"])
@pytest.mark.parametrize(
    ("model", "text"),
    [
        (Settings, SETTINGS),
        (Settings, CAMERA),
        (Settings, VERIFICATION),
        (Calibration, UNCERTAINTY),
        (Calibration, LENS),
        (Gauge, GAUGE),
    ],
)
def test_a_number_that_is_none_or_absurd_is_refused_in_one_line(
    tmp_path: Path, model: type[BaseModel], text: str, value: str
) -> None:
    path = tmp_path / "file.toml"
    path.write_text(text.replace("HERE", value))
    with pytest.raises(ConfigurationError) as caught:
        load_model(path, model)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_homography_that_is_no_number_is_refused(tmp_path: Path, value: str) -> None:
    path = tmp_path / "file.toml"
    path.write_text(HOMOGRAPHY.replace("HERE", value))
    with pytest.raises(ConfigurationError, match="homography"):
        load_model(path, Calibration)


@pytest.mark.parametrize(
    ("model", "text"), [(Settings, CAMERA), (Calibration, LENS), (Gauge, GAUGE)]
)
def test_these_files_are_good_but_for_that_number(
    tmp_path: Path, model: type[Any], text: str
) -> None:
    path = tmp_path / "file.toml"
    path.write_text(text.replace("HERE", "0.1" if model is Calibration else "10.0"))
    assert load_model(path, model) is not None
