"""Fixtures that several rooms share: a real broker, and somebody who listens to it."""

import asyncio
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from inspectd.core.defect import Defect, DefectKind
from inspectd.core.verdict import Decision, Provenance, Reason, ReasonCode, Verdict
from inspectd.journal.journal import Journal
from inspectd.observe.snapshot import (
    BrokerSnapshot,
    JournalSnapshot,
    LineSnapshot,
    PlcSnapshot,
    StationSnapshot,
)
from inspectd.settings.journal import JournalSettings
from inspectd.simulate.ports import free_port

# People look for new examples at every run; what must not fail by chance keeps to the same ones.
# No example has a time limit: others use the processor, too, and speed is measured elsewhere.
hypothesis.settings.register_profile("person", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "person")

# A disk that others use, too, takes up to 170 ms for an fsync (measured), and the line then answers
# NO-VERDICT, as it must: what is not about disks is tested in memory, where there is enough.
_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own in it
if (
    _MEMORY.is_dir()
    and os.access(_MEMORY, os.W_OK)
    and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
    and shutil.disk_usage(_MEMORY).free > 4 << 30
):
    tempfile.tempdir = os.environ["TMPDIR"] = str(_MEMORY)

# Whoever is started in the background of a shell without job control ignores Ctrl-C, and so do all
# that it starts: the programs under test must hear it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
_TIMEOUT_S = 60.0


class Mosquitto:
    """A mosquitto on a loopback port that stays the same over `kill` and `start`."""

    def __init__(self, folder: Path, *lines: str) -> None:
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        self._process: subprocess.Popen[str] | None = None
        who = () if any("anonymous" in line for line in lines) else ("allow_anonymous true",)
        # As root it would give its rights away and could not read the test's own files.
        user = ("user root",) if os.geteuid() == 0 else ()
        listener = (f"listener {self.port} 127.0.0.1", "set_tcp_nodelay true")
        log = ("log_type error", "log_type warning", "log_type information")
        self._config.write_text("\n".join((*listener, *log, *who, *user, *lines)) + "\n")

    def start(self) -> None:
        """Start it, and return when it listens."""
        assert _MOSQUITTO is not None
        self._process = subprocess.Popen(
            [_MOSQUITTO, "-c", self._config], stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr is not None
        said = []
        for line in self._process.stderr:
            said.append(line)
            if line.endswith(" running\n"):
                return
        self.kill()
        pytest.fail(f"mosquitto did not start: {''.join(said)}")

    def kill(self) -> None:
        """As a power cut: no goodbye to anybody. Harmless if it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as it arrived."""

    topic: str
    payload: bytes
    retain: bool


class Listener:
    """An independent subscriber; with a `name` the broker keeps what it missed meanwhile."""

    def __init__(self, port: int, topic: str, name: str = "") -> None:
        self._heard: queue.Queue[Heard] = queue.Queue()
        self._subscribed = threading.Event()
        self._topic = topic
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=not name)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._subscribed.wait(_TIMEOUT_S)

    def take(self, count: int) -> list[Heard]:
        """The next `count` messages."""
        return [self._heard.get(timeout=_TIMEOUT_S) for _ in range(count)]

    def until(self, wanted: Callable[[Heard], bool]) -> list[Heard]:
        """Every message up to and with the first `wanted` one."""
        heard = self.take(1)
        while not wanted(heard[-1]):
            heard += self.take(1)
        return heard

    def empty(self) -> bool:
        """Whether nothing more has come so far."""
        return self._heard.empty()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: Client, *_: Any) -> None:
        client.subscribe(self._topic, qos=1)

    def _on_subscribe(self, *_: Any) -> None:
        self._subscribed.set()

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self._heard.put(Heard(message.topic, bytes(message.payload), message.retain))


@pytest.fixture(name="free_port")
def _free_port() -> int:
    """A port that nobody listens on."""
    return free_port()


@pytest.fixture
def make_mosquitto(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Start a broker with further configuration lines."""
    brokers: list[Mosquitto] = []

    def make(*lines: str) -> Mosquitto:
        if _MOSQUITTO is None:
            pytest.skip("mosquitto is not installed")
        folder = tmp_path / f"mosquitto{len(brokers)}"
        folder.mkdir()
        brokers.append(Mosquitto(folder, *lines))
        brokers[-1].start()
        return brokers[-1]

    yield make
    for broker in brokers:
        broker.kill()


@pytest.fixture
def mosquitto(make_mosquitto: Callable[..., Mosquitto]) -> Mosquitto:
    """A running broker that anybody may use."""
    return make_mosquitto()


@pytest.fixture
def listen() -> Iterator[Callable[..., Listener]]:
    """Subscribe: `listen(port, topic, name="")`."""
    listeners: list[Listener] = []

    def make(port: int, topic: str = "inspectd/#", name: str = "") -> Listener:
        listeners.append(Listener(port, topic, name))
        return listeners[-1]

    yield make
    for listener in listeners:
        listener.close()


@pytest.fixture
def make_verdict() -> Callable[..., Verdict]:
    """A verdict with one dent; keywords replace its fields."""
    dent = Defect(
        kind=DefectKind.DENT,
        length_mm=3.5,
        width_mm=3.0,
        diameter_mm=3.25,
        area_mm2=8.0,
        depth_mm=None,
        uncertainty_mm=0.1,
        area_uncertainty_mm2=0.5,
        contrast=-0.25,
        shot="main",
        contour_mm=((0.0, 0.0), (3.0, 0.0), (3.0, 3.0)),
        contour_px=((0.0, 0.0), (30.0, 0.0), (30.0, 30.0)),
    )
    verdict = Verdict(
        boot_id="boot-1",
        sequence=1,
        acquisition_id=1,
        part_id=7,
        lot_id=9,
        decision=Decision.FAIL,
        reasons=(Reason(ReasonCode.DENT_TOO_WIDE, "dent of 3.25 mm, at most 2 mm"),),
        defects=(dent,),
        late=False,
        degraded=False,
        simulated=True,
        truncated=False,
        created_at="2026-01-02T03:04:05.678+00:00",
        received_ns=1,
        vision_ms=12.5,
        stages_ms={"texture": 10.0},
        provenance=Provenance("0.1", "default", 1, "ab" * 32, {"main": "cd" * 32}, {"main": "1"}),
    )

    def make(**changes: Any) -> Verdict:
        return replace(verdict, **changes)

    return make


@pytest.fixture
def make_snapshot() -> Callable[..., LineSnapshot]:
    """A line with one camera where all is well; keywords replace its fields."""
    line = LineSnapshot(
        line="line1",
        state="Ready",
        ready=True,
        reasons=(),
        stations=(StationSnapshot("cam1", up=True, model="acA2440-35um", serial="40012345"),),
        plc=PlcSnapshot(connected=True, watchdog_tripped=False),
        broker=BrokerSnapshot(connected=True),
        journal=JournalSnapshot(ok=True),
        recipe="bracket",
        recipe_number=7,
        decisions={Decision.PASS: 90, Decision.FAIL: 8, Decision.REVIEW: 2},
        uptime_s=3725.0,
        version="0.1.0",
    )

    def make(**changes: Any) -> LineSnapshot:
        return replace(line, **changes)

    return make


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait, for a bounded time, until something that has no event of its own has come true."""

    def wait(happened: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + _TIMEOUT_S
        pause = threading.Event()
        while not happened():
            assert time.monotonic() < deadline_s, "it never happened"
            pause.wait(0.005)

    return wait


@pytest.fixture
def journal_path(tmp_path: Path) -> Path:
    """Where `open_journal` keeps its file."""
    return tmp_path / "journal.sqlite"


@pytest.fixture
def open_journal(journal_path: Path) -> Iterator[Callable[..., Journal]]:
    """Start a journal, with settings; whoever opens the next one stops this one first."""
    journals: list[Journal] = []

    def start(**settings: int) -> Journal:
        journal = Journal(JournalSettings.model_validate({"path": journal_path, **settings}))
        journal.start()
        journals.append(journal)
        return journal

    yield start
    for journal in journals:
        journal.stop()


@pytest.fixture
def journal(open_journal: Callable[..., Journal]) -> Journal:
    """A running journal."""
    return open_journal()


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """The same as `eventually` inside an event loop, which goes on running meanwhile."""

    async def wait(happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(_TIMEOUT_S):
            while not happened():  # noqa: ASYNC110 (what it waits for has no event)
                await asyncio.sleep(0.001)

    return wait
