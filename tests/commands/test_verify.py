"""`inspectd verify` on pictures of the gauge."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tomli_w

from inspectd.commands.verify import VerifyOptions, run_verify
from inspectd.core.errors import CalibrationError, ConfigurationError, PublishError

LENGTH_MM = 8.0


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    """A gauge with a line of 8 mm, three pictures of it, and a calibration of 0.05 mm a pixel."""
    feature = {"name": "line", "kind": "scratch", "size": "length", "nominal": LENGTH_MM}
    feature |= {"uncertainty": 0.01, "bias_limit": 0.3, "spread_limit": 0.1}
    gauge = {"name": "p", "serial": "G1", "certificate": "c", "valid_until": "2999-12-31"}
    (tmp_path / "gauge.toml").write_text(tomli_w.dumps({**gauge, "features": [feature]}))
    scale = [0.05, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0, 0.0, 1.0]
    # Files do not say which camera took them.
    calibration = {"homography": scale, "camera_serial": "S1"}
    (tmp_path / "calibration.toml").write_text(tomli_w.dumps(calibration))
    pictures = []
    for number in range(3):
        noise = np.random.default_rng(number).normal(0.0, 1.3, (400, 480))
        plate = np.full((400, 480), 128, np.uint8)
        cv2.line(plate, (150, 200 + number), (310, 200 + number), 60, 4)
        pictures.append(tmp_path / f"{number}.png")
        cv2.imwrite(str(pictures[-1]), (plate + noise).astype(np.uint8))
    return {
        "pictures": tuple(pictures),
        "gauge": tmp_path / "gauge.toml",
        "calibration": tmp_path / "calibration.toml",
    }


def verify(files: dict[str, Any], **changes: Any) -> None:
    options = {"config": None, "acknowledge": False, "timeout_s": 1.0, "recipe": None}
    run_verify(VerifyOptions(**{**options, **files, **changes}), as_json=True)


def test_pictures_of_the_gauge_give_its_table(
    files: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    verify(files)
    said = json.loads(capsys.readouterr().out)
    (line,) = said["features"]
    assert said["good"]
    assert len(line["measured"]) == 3
    assert abs(line["bias"]) < 0.29


def test_another_scale_than_the_certificate_s_is_found(
    files: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    text = files["calibration"].read_text().replace("0.05", "0.06")
    files["calibration"].write_text(text)
    with pytest.raises(CalibrationError, match=r"line: bias \+1\.\d+ mm"):
        verify(files)
    assert not json.loads(capsys.readouterr().out)["good"]


def test_a_picture_without_the_gauge_is_named(
    files: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    black = tmp_path / "black.png"
    cv2.imwrite(str(black), np.zeros((400, 480), np.uint8))
    with pytest.raises(CalibrationError, match=r"black\.png: .*found in 3 of 4 parts"):
        verify(files, pictures=(*files["pictures"], black))
    assert capsys.readouterr().out


def test_one_picture_again_and_again_is_no_verification(
    files: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CalibrationError, match="one picture again and again"):
        verify(files, pictures=files["pictures"][:1] * 3)
    assert not json.loads(capsys.readouterr().out)["good"]


def test_an_ended_certificate_is_no_certificate(
    files: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    files["gauge"].write_text(files["gauge"].read_text().replace("2999", "2020"))
    with pytest.raises(CalibrationError, match="certified again"):
        verify(files)
    assert not json.loads(capsys.readouterr().out)["good"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pictures": ()}, "0 picture"),
        ({"gauge": None}, "--gauge"),
        ({"calibration": None}, "--calibration"),
        ({"pictures": (Path("gone.png"), Path("gone.png"))}, "gone.png: no such picture"),
        ({"acknowledge": True}, "give --config"),
        ({"config": Path("x.toml")}, "name no pictures"),
    ],
)
def test_a_mistake_in_the_command_line_is_told(
    files: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        verify(files, **changes)


def test_a_service_that_does_not_run_is_told(tmp_path: Path, free_port: int) -> None:
    config = tmp_path / "inspectd.toml"
    (tmp_path / "r.toml").write_text("")
    stations = '[[stations]]\nname = "top"\n[stations.camera]\n'
    config.write_text(f'recipe = "r.toml"\n[web]\nport = {free_port}\n{stations}')
    none: dict[str, Any] = {"pictures": (), "gauge": None, "calibration": None}
    with pytest.raises(PublishError, match="no service answers"):
        verify(none, config=config)
