"""The running service from the inside: what goes on when a room of it fails, and how it stops."""

import asyncio
import os
import signal
import socket
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.bench import ANSWER_S

from inspectd.app import make_service
from inspectd.core.recipe import Recipe
from inspectd.load import Project
from inspectd.observe.log import Log
from inspectd.settings.journal import JournalSettings
from inspectd.settings.log import LogSettings
from inspectd.settings.metrics import MetricsSettings
from inspectd.settings.mqtt import MqttSettings
from inspectd.settings.plc import PlcSettings
from inspectd.settings.root import Settings
from inspectd.settings.web import WebSettings
from inspectd.simulate.plc import SimulatedPlc
from inspectd.supervisor.service import Service
from inspectd.web.board import Board

Until = Callable[[Callable[[], bool]], Awaitable[None]]


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
    """Must be asked for before `service`, which looks for it when it is made."""
    path = tmp_path / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    with closing(Systemd(path)) as systemd:
        yield systemd


@pytest.fixture
async def service(
    make_settings: Callable[..., Settings],
    systemd: Systemd,  # noqa: ARG001 - the service is made after it
    play_station: Callable[[str], None],
    journal_path: Path,
    free_port: int,
) -> Service:
    """A service whose station has a camera and never answers."""
    play_station("up(); live()")
    settings = make_settings(deadline_ms=500).model_copy(
        update={
            "plc": PlcSettings(port=0),
            "metrics": MetricsSettings(port=0),
            "web": WebSettings(port=0),
            "mqtt": MqttSettings(port=free_port),
            "journal": JournalSettings(path=journal_path),
        }
    )
    return make_service(Project(settings, Recipe(), {}), Log(LogSettings()))


async def ended(running: asyncio.Task[None]) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(ANSWER_S):
        await running


def stored(path: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return database.execute("SELECT part_id, decision FROM verdicts ORDER BY id").fetchall()


async def test_a_part_on_its_way_is_answered_and_stored_before_the_service_ends(
    service: Service, until: Until, journal_path: Path
) -> None:
    running = asyncio.create_task(service.run())
    await until(lambda: not service._line.why_not_ready())
    async with SimulatedPlc("127.0.0.1", service._plc.port) as plc:
        await plc.announce(7, 0)
        await ended(running)
    assert stored(journal_path) == [(7, "NO_VERDICT")]


async def test_no_part_is_taken_while_the_service_stops(service: Service, until: Until) -> None:
    running = asyncio.create_task(service.run())
    await until(lambda: not service._line.why_not_ready())
    await ended(running)
    assert service._line.on_trigger(1, 0) is None


async def test_a_page_that_cannot_be_told_does_not_make_systemd_kill_the_line(
    service: Service, systemd: Systemd, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        msg = "a defect of the page"
        raise ValueError(msg)

    monkeypatch.setattr(Board, "set_status", broken)
    running = asyncio.create_task(service.run())
    await until(lambda: systemd.heard("WATCHDOG=1") > 1)
    await ended(running)
    assert systemd.heard("STOPPING=1") == 1


async def test_the_vision_heartbeat_stands_still_while_a_station_is_not_alive(
    service: Service, until: Until, play_station: Callable[[str], None]
) -> None:
    running = asyncio.create_task(service.run())
    await until(lambda: service._plc._heartbeat > 0)
    (child,) = service._children
    play_station("live()")
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    await until(lambda: child.restarts > 0 and child.last_beat is not None)
    before = service._plc._heartbeat
    turned_ns = service._line._turned_ns
    await until(lambda: service._line._turned_ns > turned_ns + 300_000_000)
    assert service._plc._heartbeat == before
    await ended(running)


async def test_a_line_that_cannot_be_trusted_ends_the_service(
    service: Service, until: Until
) -> None:
    running = asyncio.create_task(service.run())
    await until(lambda: not service._line.why_not_ready())
    service._line._fail(ValueError("a defect of the line"))
    async with asyncio.timeout(ANSWER_S):
        with pytest.raises(ValueError, match="a defect of the line"):
            await running
