"""A line with a real journal and a real PLC link on a free port; only the cameras are played."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from support.bench import ANSWER_S, Bench
from support.gauge_line import Line as GaugeLine

from inspectd.app import make_service
from inspectd.core.camera import CameraSettings
from inspectd.core.recipe import Recipe
from inspectd.journal import store
from inspectd.journal.journal import Journal
from inspectd.observe.log import Log
from inspectd.observe.metrics import Metrics
from inspectd.publish.mqtt import MqttPublisher
from inspectd.publish.plc import PlcLink
from inspectd.settings.journal import JournalSettings
from inspectd.settings.log import LogSettings
from inspectd.settings.metrics import MetricsSettings
from inspectd.settings.mqtt import MqttSettings
from inspectd.settings.plc import PlcSettings
from inspectd.settings.project import Product, Project
from inspectd.settings.root import Settings
from inspectd.settings.station import StationSettings
from inspectd.settings.trigger import TriggerSettings
from inspectd.settings.web import WebSettings
from inspectd.simulate.plc import SimulatedPlc
from inspectd.supervisor.active_recipe import ActiveRecipe
from inspectd.supervisor.alarms import AlarmDesk
from inspectd.supervisor.changeover import Changeover
from inspectd.supervisor.commands import LineCommands
from inspectd.supervisor.installed import Installed
from inspectd.supervisor.line import Line
from inspectd.supervisor.publication import Publication
from inspectd.supervisor.service import Service
from inspectd.supervisor.verdicts import VerdictMaker
from inspectd.web.board import Board

_PRELUDE = """\
#!{python}
import os, socket, sys, threading, time
from inspectd.core import wire
from inspectd.app import make_service
from inspectd.core.camera import CameraCounters, CameraInfo
from inspectd.core.messages import *
line = socket.socket(fileno=int(sys.argv[-1]))
def send(message):
    line.sendall(wire.encode(from_station, message))
def beat(acquire_age_ms=0.0, judge_age_ms=0.0):
    send(Beat(acquire_age_ms, judge_age_ms, 0.0, 0, 1, CameraCounters(), 0))
def up():
    beat()  # as a real station, which beats while it warms up
    send(CameraUp(CameraInfo("Played", "1", "", True, ())))
def live(**ages):
    while True:
        beat(**ages)
        time.sleep(0.05)
"""


@pytest.fixture
def play_station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have stations run this program, which may `up()` and `live()`, instead of their own."""
    python = sys.executable
    # Most of what is played does not listen, and is killed.
    monkeypatch.setattr("inspectd.supervisor.child._STOP_TIMEOUT_S", 0.5)

    def write(program: str) -> None:
        path = tmp_path / "station"
        path.write_text(_PRELUDE.format(python=python) + dedent(program))
        path.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(path))

    return write


@pytest.fixture
def make_settings() -> Callable[..., Settings]:
    """One station called `top` with a software trigger; keywords are those of `[trigger]`."""

    def make(*, source: str = "Software", **trigger: int) -> Settings:
        camera = CameraSettings.model_validate({"driver": "replay", "trigger_source": source})
        return Settings(
            recipe=Path("recipe.toml"),
            stations=(StationSettings(name="top", camera=camera),),
            trigger=TriggerSettings(**trigger),
        )

    return make


@pytest.fixture
def journal_path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def hold_disk(journal_path: Path) -> Iterator[Callable[[], Callable[[], Any]]]:
    """Hold the journal's file as another program would; the answer is how to let go of it."""
    others: list[sqlite3.Connection] = []

    def hold() -> Callable[[], Any]:
        other = sqlite3.connect(journal_path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        others.append(other)
        return other.close

    yield hold
    for other in others:
        other.close()


@pytest.fixture
def patient_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite waits for a held file for longer than a part may; to be asked for before `bench`."""
    monkeypatch.setattr(store, "_BUSY_S", 10.0)


@pytest.fixture
async def bench(
    make_settings: Callable[..., Settings], journal: Journal, journal_path: Path
) -> AsyncIterator[Bench]:
    """A line whose parts must be answered within a second; its camera is up."""
    metrics, board = Metrics(MetricsSettings(port=0)), Board()
    settings = make_settings(deadline_ms=1_000, match_window_ms=500)
    maker = VerdictMaker(Recipe(), {}, "test")
    line = Line(settings, maker, journal, metrics)
    plc = PlcLink(PlcSettings(port=0, watchdog_ms=60_000), line)
    mqtt = MqttPublisher(MqttSettings(), "line1", journal)
    bench = Bench(line, plc, board, metrics, journal, journal_path)
    publication = Publication(plc, mqtt, metrics, board)
    project = Project(settings, Product(Recipe()), {})
    bench.changeover = Changeover(
        installed=Installed(project),
        configure=lambda project, _: pytest.fail(f"{project} has no station to configure"),
        line=line,
        maker=maker,
        children=(),
        record=ActiveRecipe(journal_path, project),
    )
    desk = LineCommands(
        line=line,
        changeover=bench.changeover,
        publication=publication,
        children=(),
        verification=None,
        alarms=AlarmDesk(mqtt.alarm),
    )
    line.connect(publication, bench.fired.append, desk, bench.ready)
    await plc.start()
    bench.camera_up()
    yield bench
    async with asyncio.timeout(ANSWER_S):
        await line.until_idle()
    await plc.stop()


@pytest.fixture
async def plc(bench: Bench) -> AsyncIterator[SimulatedPlc]:
    """A PLC that is connected to the bench."""
    async with SimulatedPlc("127.0.0.1", bench.plc.port, ready_timeout_ms=3e4) as plc:
        yield plc


@pytest.fixture
async def service(
    make_settings: Callable[..., Settings],
    journal_path: Path,
    free_port: int,
) -> Service:
    """A service with one station, made and not started."""
    settings = make_settings(deadline_ms=5_000).model_copy(
        update={
            "plc": PlcSettings(port=0),
            "metrics": MetricsSettings(port=0),
            "web": WebSettings(port=0),
            "mqtt": MqttSettings(port=free_port),
            "journal": JournalSettings(path=journal_path),
        }
    )
    return make_service(Project(settings, Product(Recipe()), {}), Log(LogSettings()))


@pytest.fixture
def trend_path(tmp_path: Path) -> Path:
    return tmp_path / "trend.json"


@pytest.fixture
def make_line(trend_path: Path) -> Callable[..., GaugeLine]:
    return lambda **changes: GaugeLine(trend_path, **changes)


@pytest.fixture
async def line(make_line: Callable[..., GaugeLine]) -> GaugeLine:
    return make_line()
