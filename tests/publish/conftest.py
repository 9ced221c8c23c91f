"""A PLC link that listens, a supervisor that remembers what it was asked, an MQTT publisher."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from inspectd.core.commands import DONE, CommandAnswer, LineCommand
from inspectd.core.verdict import Verdict
from inspectd.journal.journal import Journal
from inspectd.publish import mqtt, mqtt_session
from inspectd.publish.mqtt import MqttPublisher
from inspectd.publish.plc import LineEvents, PlcLink
from inspectd.publish.register_values import LineStatus
from inspectd.settings.mqtt import MqttSettings
from inspectd.settings.plc import PlcSettings

Parts = list[tuple[int, int]]
Begin = Callable[..., MqttPublisher]
_COMMIT_S = 60.0


class Supervisor:
    """Takes every part."""

    def __init__(self, taken: Parts, missed: Parts) -> None:
        self._taken = taken
        self._missed = missed
        self.commands: list[tuple[LineCommand, int]] = []
        # What a command is answered with at once; None: later, by `ended`.
        self.answer: CommandAnswer | None = DONE
        self.ended: list[Callable[[CommandAnswer], None]] = []
        self.cleared = 0

    def on_trigger(self, part_id: int, lot_id: int) -> int | None:
        self._taken.append((part_id, lot_id))
        return 100 + len(self._taken)

    def on_missed(self, part_id: int, lot_id: int) -> None:
        self._missed.append((part_id, lot_id))

    def on_command(
        self, command: LineCommand, argument: int, ended: Callable[[CommandAnswer], None]
    ) -> None:
        self.commands.append((command, argument))
        self.ended.append(ended)
        if self.answer is not None:
            ended(self.answer)

    def on_error_cleared(self) -> None:
        self.cleared += 1


@pytest.fixture
def taken() -> Parts:
    """(part id, lot id) of every trigger that the supervisor took."""
    return []


@pytest.fixture
def missed() -> Parts:
    """(part id, lot id) of every trigger that was missed."""
    return []


@pytest.fixture
def supervisor(taken: Parts, missed: Parts) -> LineEvents:
    return Supervisor(taken, missed)


@pytest.fixture
async def link(supervisor: LineEvents) -> AsyncIterator[PlcLink]:
    """Ready for triggers, and with a watchdog that no slow test trips."""
    link = PlcLink(PlcSettings(port=0, watchdog_ms=60_000), supervisor)
    await link.start()
    link.update(LineStatus(ready=True, online=True, camera_connected=True, state_number=6))
    yield link
    await link.stop()


@pytest.fixture
def begin(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Start a publisher of `journal` to a port of this host; it retries at once."""
    monkeypatch.setattr(mqtt, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(mqtt, "_LONGEST_PAUSE_S", 0.05)
    monkeypatch.setattr(mqtt, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(mqtt_session, "LOOK_EVERY_S", 0.05)
    publishers: list[MqttPublisher] = []

    def start(port: int, outbox: Any = None, **settings: object) -> MqttPublisher:
        found = MqttSettings.model_validate({"port": port, **settings})
        publisher = MqttPublisher(found, "l1", outbox or journal)
        publisher.start()
        publishers.append(publisher)
        return publisher

    yield start
    for publisher in publishers:
        publisher.stop(0.0)


@pytest.fixture
def commit(journal: Journal, make_verdict: Callable[..., Verdict]) -> Callable[..., None]:
    def write(*sequences: int) -> None:
        for future in [journal.commit(make_verdict(sequence=number)) for number in sequences]:
            future.result(_COMMIT_S)

    return write
