"""free_port: what it gives, nobody else is given."""

import os
import socket
import subprocess
import sys
from itertools import count

import pytest

from inspectd.simulate import ports
from inspectd.simulate.ports import free_port

_OTHER = "from inspectd.simulate.ports import free_port; print(*(free_port() for _ in range(50)))"


def test_no_port_is_given_twice_and_none_is_one_that_the_kernel_gives() -> None:
    given = [free_port() for _ in range(50)]
    assert len(set(given)) == 50
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert max(given) < server.getsockname()[1]


def test_another_process_is_given_others() -> None:
    mine = {free_port() for _ in range(50)}
    # It begins its search where this one has begun.
    begin = f"import os; os.getpid = lambda: {os.getpid()}; "
    said = subprocess.run(
        [sys.executable, "-c", begin + _OTHER],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert mine.isdisjoint(map(int, said.stdout.split()))


def test_a_port_that_somebody_listens_on_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        monkeypatch.setattr(ports, "_reserve", lambda _: True)
        monkeypatch.setattr(ports, "_turns", count(port - ports._FIRST))
        assert free_port() != port
    monkeypatch.setattr(ports, "_turns", count(port - ports._FIRST))
    assert free_port() == port
