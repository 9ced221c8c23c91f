"""The demo, as a newcomer starts it."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

PORTS = ("--modbus-port", "0", "--mqtt-port", "0", "--metrics-port", "0", "--web-port", "0")
COUNTS = ("triggers", "verdicts", "journaled", "mqtt_seen", "plc_counted")
TIMEOUT_S = 280


def demo(*args: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "inspectd", "demo", *PORTS, *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)


def test_every_part_is_counted_once_everywhere_and_no_bad_one_passes() -> None:
    done = demo("--parts", 24, "--rate", 4, "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert [summary[count] for count in COUNTS] == [24] * 5
    assert (summary["lost"], summary["duplicated"]) == (0, 0)
    bad = [row for label, row in summary["confusion"].items() if label != "good"]
    assert bad
    assert sum(row["PASS"] for row in bad) == 0
    assert summary["latency_ms"]["p99"] >= summary["vision_ms"]["p50"] > 0


def test_a_folder_of_pictures_is_shown_to_the_camera(tmp_path: Path) -> None:
    folder = tmp_path / "test" / "good"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    for number in range(3):
        plate = rng.normal(120, 2, (300 + 10 * number, 400)).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), plate)
    (folder / "9.png").write_bytes(b"no picture")
    done = demo("--images", tmp_path, "--parts", 3, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["confusion"]["good"]["PASS"] == 3


def test_real_photographs_are_judged() -> None:
    data = Path(os.environ.get("INSPECTD_DATA", Path(__file__).parents[3] / "shared" / "data"))
    crack = data / "magnetic_tile" / "test" / "crack"
    if not crack.is_dir():
        pytest.skip(f"no pictures of magnetic tiles at {crack} (set INSPECTD_DATA)")
    done = demo("--images", crack, "--parts", 5, "--json")
    assert done.returncode == 0, done.stderr
    assert sum(json.loads(done.stdout)["confusion"]["crack"].values()) == 5


def test_a_busy_port_is_one_line_that_names_the_option() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = demo("--parts", 1, "--web-port", port)
    assert done.returncode == 4
    assert f"port {port}" in done.stderr
    assert "--web-port" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_an_endless_demo_with_its_summary() -> None:
    command = [sys.executable, "-m", "inspectd", "demo", *PORTS, "--json", "--rate", "4"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Page:"):
            break
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0, said
    assert json.loads(out)["lost"] == 0
