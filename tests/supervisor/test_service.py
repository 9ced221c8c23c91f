"""The running service from the inside: what goes on when a room of it fails, and how it stops."""

import asyncio
import os
import signal
import socket
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from support.bench import ANSWER_S

from inspectd.simulate.plc import SimulatedPlc
from inspectd.supervisor.service import Service
from inspectd.web.board import Board

Until = Callable[[Callable[[], bool]], Awaitable[None]]
Play = Callable[[str], None]

# Its picture comes 0.3 s after the trigger, unless it was told to shut down by then.
SLOW_CAMERA = """
from inspectd.core.verdict import Decision, ViewResult
def expose(acquisition_id):
    time.sleep(0.3)
    send(ViewStarted(1, time.monotonic_ns(), acquisition_id))
    send(ViewDone(1, ViewResult(Decision.PASS, (), (), time.monotonic_ns(), 1.0, {})))
threading.Thread(target=live, daemon=True).start()
up()
decoder = wire.Decoder(to_station)
while data := line.recv(65536):
    for message, _ in decoder.feed(data):
        if isinstance(message, Fire):
            threading.Thread(target=expose, args=(message.acquisition_id,)).start()
        elif isinstance(message, Shutdown):
            os._exit(0)
"""


class Systemd:
    """Hears what the service says to systemd."""

    def __init__(self, path: Path) -> None:
        self.said: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(0.0)

    def heard(self, word: str) -> int:
        try:
            while True:
                self.said.append(self._socket.recv(4096).decode())
        except BlockingIOError:
            return self.said.count(word)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Systemd]:
    """To be asked for before `service`, which looks for it when it is made."""
    path = tmp_path / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    with closing(Systemd(path)) as systemd:
        yield systemd


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(service.run())
    try:
        yield task
    finally:
        service._stop.set()
        async with asyncio.timeout(ANSWER_S):
            await asyncio.wait({task})


async def test_a_part_on_its_way_is_judged_and_stored_before_the_service_ends(
    service: Service, until: Until, play_station: Play, journal_path: Path
) -> None:
    play_station(SLOW_CAMERA)
    async with running(service) as task:
        await until(lambda: not service._line.why_not_ready())
        async with SimulatedPlc("127.0.0.1", service._plc.port) as plc:
            await plc.announce(7, 0)
            os.kill(os.getpid(), signal.SIGTERM)
            await until(lambda: bool(service._line.why_not_ready()))
            assert service._line.why_not_ready() == ["the service is stopping"]
            await until(task.done)
        task.result()
    with closing(sqlite3.connect(f"file:{journal_path}?mode=ro", uri=True)) as database:
        stored = database.execute("SELECT part_id, decision FROM verdicts").fetchall()
    assert stored == [(7, "PASS")]


async def test_a_page_that_cannot_be_told_does_not_make_systemd_kill_the_line(
    systemd: Systemd,
    service: Service,
    until: Until,
    play_station: Play,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        msg = "a defect of the page"
        raise ValueError(msg)

    play_station("up(); live()")
    monkeypatch.setattr(Board, "set_status", broken)
    async with running(service):
        await until(lambda: systemd.heard("WATCHDOG=1") > 1)


async def test_the_vision_heartbeat_stands_still_while_a_station_is_not_alive(
    service: Service, until: Until, play_station: Play
) -> None:
    play_station("up(); live()")
    async with running(service):
        await until(lambda: service._plc._heartbeat > 0)
        (child,) = service._children
        play_station("live()")
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        await until(lambda: not child.is_up())
        before, turned_ns = service._plc._heartbeat, service._line._turned_ns
        await until(lambda: service._line._turned_ns > turned_ns + 300_000_000)
        assert service._plc._heartbeat == before


async def test_a_line_that_cannot_be_trusted_ends_the_service(
    service: Service, until: Until, play_station: Play
) -> None:
    play_station("live()")
    async with running(service) as task:
        await until(lambda: service._plc.port > 0)
        service._line._fail(ValueError("a defect of the line"))
        await until(task.done)
        with pytest.raises(ValueError, match="a defect of the line"):
            task.result()
