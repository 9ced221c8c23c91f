"""The command as a person types it: a mistake is one line, never a traceback."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from inspectd import __version__


def inspectd(*args: object, expect: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "inspectd", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == expect, done.stderr
    assert "Traceback" not in done.stderr
    return done


def inspected(*args: object) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = json.loads(inspectd("inspect", "--json", *args).stdout)
    return parts


def write(path: Path, pixels: Any) -> Path:
    cv2.imwrite(str(path), pixels)
    return path


def clean_plate(level: float, dtype: Any) -> Any:
    """A plate with a sensor's noise: a picture without any is not from a living camera."""
    noise = np.random.default_rng(1).normal(0.0, 0.01 * level, (400, 480))
    return (level + noise).astype(dtype)


@pytest.fixture
def scratched(tmp_path: Path) -> Path:
    """A grey plate, 0.05 mm a pixel, with a dark line of 8 mm."""
    plate = np.full((400, 480), 128, np.uint8)
    cv2.line(plate, (150, 200), (310, 200), 60, 4)
    return write(tmp_path / "scratched.png", plate)


def test_the_version_is_printed() -> None:
    assert inspectd("--version").stdout.strip() == f"inspectd {__version__}"


def test_a_calibration_of_one_camera_judges_files_which_say_nothing_of_theirs(
    scratched: Path, tmp_path: Path
) -> None:
    calibration = tmp_path / "calibration.toml"
    calibration.write_text(
        'homography = [0.05, 0, 0, 0, 0.05, 0, 0, 0, 1]\ncamera_serial = "1"\n[aoi]\n', "utf-8"
    )
    (part,) = inspected(scratched, "--calibration", calibration)
    assert part["decision"] == "FAIL"
    assert part["defects"][0]["length_mm"] == pytest.approx(8.0, abs=0.3)


def test_a_scratch_fails_with_its_length_and_the_limit(scratched: Path) -> None:
    (part,) = inspected(scratched, "--mm-per-px", 0.05)
    assert part["decision"] == "FAIL"
    (defect,) = part["defects"]
    assert defect["kind"] == "scratch"
    assert defect["length_mm"] == pytest.approx(8.0, abs=0.3)
    assert "5" in part["reasons"][0]["text"]


def test_every_image_is_a_part(scratched: Path, tmp_path: Path) -> None:
    clean = write(tmp_path / "clean.png", clean_plate(128, np.uint8))
    parts = inspected(scratched, clean, "--mm-per-px", 0.05)
    assert [part["decision"] for part in parts] == ["FAIL", "PASS"]


def test_without_a_scale_nothing_is_measured_and_nothing_passes(scratched: Path) -> None:
    (part,) = inspected(scratched)
    assert part["decision"] == "NO_VERDICT"
    assert part["reasons"][0]["code"] == "uncalibrated"
    assert part["defects"] == []


def test_an_overlay_is_written(scratched: Path, tmp_path: Path) -> None:
    out = tmp_path / "overlay.png"
    inspectd("inspect", scratched, "--mm-per-px", 0.05, "--overlay", out)
    drawn = cv2.imread(str(out))
    assert drawn is not None
    assert drawn.ndim == 3


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"this is no picture"),
        lambda path: cv2.imwrite(str(path), np.zeros((1, 1), np.uint8)),
        lambda path: cv2.imwrite(str(path), np.full((64, 64, 4), 120, np.uint8)),
    ],
    ids=["0 bytes", "text", "1x1", "see-through"],
)
def test_a_picture_that_cannot_be_judged_is_no_verdict(tmp_path: Path, make: Any) -> None:
    path = tmp_path / "odd.png"
    make(path)
    (part,) = inspected(path, "--mm-per-px", 0.05)
    assert part["decision"] == "NO_VERDICT"
    assert part["reasons"][0]["text"]


def test_a_picture_without_any_noise_is_not_trusted(tmp_path: Path) -> None:
    path = write(tmp_path / "flat.png", np.full((400, 480), 128, np.uint8))
    assert inspected(path, "--mm-per-px", 0.05)[0]["decision"] == "NO_VERDICT"


def test_a_16_bit_picture_is_judged(tmp_path: Path) -> None:
    path = write(tmp_path / "deep.png", clean_plate(128 * 257, np.uint16))
    assert inspected(path, "--mm-per-px", 0.05)[0]["decision"] == "PASS"


def test_a_header_that_promises_too_many_pixels_is_refused_before_decoding(tmp_path: Path) -> None:
    path = tmp_path / "bomb.bmp"
    header = bytearray(54)
    header[0:2] = b"BM"
    header[10:14] = (54).to_bytes(4, "little")
    header[14:18] = (40).to_bytes(4, "little")
    header[18:22] = header[22:26] = (40_000).to_bytes(4, "little")
    header[26:30] = (1 | 24 << 16).to_bytes(4, "little")
    path.write_bytes(header)
    (part,) = inspected(path, "--mm-per-px", 0.05)
    assert part["decision"] == "NO_VERDICT"
    assert "40000" in part["reasons"][0]["text"].replace(",", "")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["inspect", "missing.png"], "missing.png: no such file"),
        (["inspect", "."], "not a file"),
        (["inspect"], "nothing to inspect"),
        (["inspect", "--shot", "main"], "NAME=FILE"),
        (["inspect", "--shot", "left=a.png"], "no shot 'left'"),
        (["inspect", "--shot", "main=a.png", "--shot", "main=b.png"], "main is a.png already"),
        (["check-config", "missing.toml"], "missing.toml: no such file"),
        (["run", "missing.toml"], "missing.toml: no such file"),
        (["schema", "nothing"], "there are settings, recipe"),
        (["demo", "--images", "missing"], "missing"),
        (["demo", "--rate", "0"], "--rate"),
        (["--hlp"], "No such option"),
        (["run"], "Missing argument"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    args: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    stderr = inspectd(*args, expect=2).stderr
    assert said in stderr
    assert len(stderr.strip().splitlines()) == 1


def test_without_arguments_the_help_is_printed_and_no_error() -> None:
    done = inspectd(expect=2)
    assert "check-config" in done.stdout
    assert done.stderr == ""


def test_ctrl_c_is_no_traceback_however_early() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "inspectd", "demo", "--web-port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        # The command line's own modules are being loaded.
        next(line for line in process.stderr if "typer" in line)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 130
    assert "Traceback" not in said


def test_the_schemas_are_valid_json_schema() -> None:
    schemas = json.loads(inspectd("schema").stdout)
    of_files = {"settings", "recipe", "calibration", "gauge"}
    assert set(schemas) == of_files | {"verdict", "command", "reply"}
    assert schemas["recipe"]["properties"]["scratch"]


def test_doctor_names_every_check_with_its_remedy() -> None:
    command = [sys.executable, "-m", "inspectd", "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    checks = json.loads(done.stdout)
    assert {"python", "Basler cameras", "disk", "clock"} <= {check["name"] for check in checks}
    assert all(check["remedy"] for check in checks if check["state"] == "bad")
    assert done.returncode == any(check["state"] == "bad" for check in checks)


def test_an_overlay_never_overwrites_the_picture_it_shows(scratched: Path) -> None:
    before = scratched.read_bytes()
    said = inspectd("inspect", scratched, "--mm-per-px", 0.05, "--overlay", scratched, expect=2)
    assert "the picture itself" in said.stderr
    assert scratched.read_bytes() == before


def test_an_overlay_that_shows_no_colours_is_refused(scratched: Path, tmp_path: Path) -> None:
    out = tmp_path / "overlay.pgm"
    said = inspectd("inspect", scratched, "--mm-per-px", 0.05, "--overlay", out, expect=2)
    assert "cannot be written; name it *.png" in said.stderr


@pytest.mark.parametrize("args", [["check-config"], ["inspect", "x.png", "--recipe"]])
def test_a_pipe_instead_of_a_file_is_refused_and_not_waited_for(
    args: list[str], tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "not a file" in inspectd(*args, pipe, expect=2).stderr


def test_a_full_output_is_one_line(scratched: Path) -> None:
    command = [sys.executable, "-m", "inspectd", "inspect", "--json", str(scratched)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert done.returncode == 6
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
