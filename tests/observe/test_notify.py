import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspectd.observe.notify import SystemdNotifier


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        yield listener


def environment(listener: socket.socket) -> dict[str, str]:
    name = listener.getsockname()
    path = name if isinstance(name, str) else "@" + name[1:].decode()
    return {"NOTIFY_SOCKET": path}


def test_systemd_hears_every_word_in_order(systemd: socket.socket) -> None:
    notifier = SystemdNotifier(environment(systemd))

    notifier.ready()
    notifier.watchdog()
    notifier.status("Ready.\nStill one line")
    notifier.stopping()
    notifier.close()

    heard = [systemd.recv(4096) for _ in range(4)]
    assert heard == [b"READY=1", b"WATCHDOG=1", b"STATUS=Ready. Still one line", b"STOPPING=1"]


def test_a_socket_in_the_abstract_namespace_is_reached() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0inspectd-test-{os.getpid()}")
        listener.settimeout(5)
        notifier = SystemdNotifier(environment(listener))

        notifier.ready()
        notifier.close()

        assert listener.recv(4096) == b"READY=1"


def test_without_systemd_it_says_nothing() -> None:
    notifier = SystemdNotifier({})

    notifier.ready()
    notifier.close()

    assert notifier._socket is None


def test_a_systemd_that_went_away_is_no_error(tmp_path: Path) -> None:
    notifier = SystemdNotifier({"NOTIFY_SOCKET": str(tmp_path / "gone")})

    notifier.watchdog()
    notifier.close()


def test_a_systemd_that_does_not_read_does_not_block(systemd: socket.socket) -> None:
    notifier = SystemdNotifier(environment(systemd))

    for _ in range(10_000):
        notifier.watchdog()
    notifier.close()

    assert systemd.recv(4096) == b"WATCHDOG=1"
