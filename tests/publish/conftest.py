"""A PLC link that listens, and a supervisor that remembers what it was asked."""

from collections.abc import AsyncIterator

import pytest

from inspectd.publish.plc import LineEvents, PlcLink
from inspectd.publish.register_values import LineStatus
from inspectd.settings.plc import PlcSettings

Parts = list[tuple[int, int]]


class Supervisor:
    """Takes every part."""

    def __init__(self, taken: Parts, missed: Parts) -> None:
        self._taken = taken
        self._missed = missed

    def on_trigger(self, part_id: int, lot_id: int) -> int | None:
        self._taken.append((part_id, lot_id))
        return 100 + len(self._taken)

    def on_missed(self, part_id: int, lot_id: int) -> None:
        self._missed.append((part_id, lot_id))


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
