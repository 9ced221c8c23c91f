import queue
import socket
from pathlib import Path

import pytest

from inspectd.core.errors import DeviceError
from inspectd.station.line1 import Line1Socket

WAIT_S = 60.0


def send(path: Path, count: int) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as eye:
        for _ in range(count):
            eye.sendto(b"edge", str(path))


def test_each_datagram_is_one_pulse(tmp_path: Path) -> None:
    pulses: queue.SimpleQueue[int] = queue.SimpleQueue()
    line1 = Line1Socket(tmp_path / "line1", lambda: pulses.put(1))
    send(tmp_path / "line1", 3)
    assert [pulses.get(timeout=WAIT_S) for _ in range(3)] == [1, 1, 1]
    line1.close()
    assert pulses.empty()
    assert not (tmp_path / "line1").exists()


def test_a_stale_socket_of_a_killed_station_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "line1"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stale:
        stale.bind(str(path))
    pulses: queue.SimpleQueue[int] = queue.SimpleQueue()
    line1 = Line1Socket(path, lambda: pulses.put(1))
    send(path, 1)
    assert pulses.get(timeout=WAIT_S) == 1
    line1.close()


def test_an_edge_that_meets_no_camera_is_reported_and_the_next_is_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pulses: queue.SimpleQueue[int] = queue.SimpleQueue()
    refusals = [DeviceError("the camera is closed")]

    def pulse() -> None:
        if refusals:
            raise refusals.pop()
        pulses.put(1)

    line1 = Line1Socket(tmp_path / "line1", pulse)
    send(tmp_path / "line1", 2)
    assert pulses.get(timeout=WAIT_S) == 1
    line1.close()
    assert "line1_edge_lost" in capsys.readouterr().err


def test_a_place_that_cannot_be_bound_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "line1"
    with pytest.raises(DeviceError, match="missing/line1"):
        Line1Socket(path, lambda: None)
