"""The bench set up: the service on its line, and the world around it."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

from bench.belt import READY_SHARE, Belt
from bench.broker import BrokerPost
from bench.cable import HOST, Cable
from bench.journal import JournalView
from bench.line import BenchLine
from bench.record import Memory
from inspectd.core.errors import InspectdError
from inspectd.demo.service import ServiceProcess
from inspectd.demo.world import READY_TIMEOUT_S
from inspectd.simulate.conveyor import PhotoEye
from inspectd.simulate.plc import SimulatedPlc

_LOOK_S = 0.05
_LAST_RESULTS_S = 10.0
_MB = 1 << 20
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class Bench:
    """Everything that runs."""

    line: BenchLine
    service: ServiceProcess
    journal: JournalView
    plc: SimulatedPlc
    plc_cable: Cable
    broker: BrokerPost
    belt: Belt

    def station_pids(self) -> list[int]:
        """The supervisor's children: one process for each station that runs (proc(5))."""
        threads = Path(f"/proc/{self.service.pid}/task").glob("*/children")
        return sorted(int(pid) for thread in threads for pid in thread.read_text().split())

    async def until_judged(self, since_ns: int, timeout_s: float) -> int | None:
        """When the PLC saw the first part that was announced after `since_ns` and judged.

        CLOCK_MONOTONIC in ns; None if there was none in time.
        """
        give_up_s = time.monotonic() + timeout_s
        while time.monotonic() < give_up_s:
            self.service.check_alive()
            since = takewhile(lambda p: p.announced_ns >= since_ns, reversed(self.belt.parts))
            first = min((part.part_id for part in since), default=None)
            rows = [] if first is None else await asyncio.to_thread(self.journal.rows, first)
            results = [self.plc.results.get(row.part_id) for row in rows if row.judged]
            judged = [result.first_seen_ns for result in results if result is not None]
            if judged:
                return min(judged)
            await asyncio.sleep(_LOOK_S)
        return None

    async def until_published(self, acquisitions: set[int]) -> None:
        """Wait until the witnesses have seen all of these, at most 10 s."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_RESULTS_S):
                while acquisitions - {a for seen in self.broker.reports() for a in seen}:  # noqa: ASYNC110 - no event
                    await asyncio.sleep(_LOOK_S)

    async def until_answered(self) -> None:
        """Wait until the PLC has read every record that was held for it, at most 10 s."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_RESULTS_S):
                await self.plc.drained()
                while await self.records_unread():  # noqa: ASYNC110 - it has no event
                    await asyncio.sleep(_LOOK_S)

    async def records_unread(self) -> int:
        """Verdicts that the PLC has neither read nor lost to an overrun."""
        stored = await asyncio.to_thread(self.journal.count)
        read = len(self.plc.results) + self.plc.tally.unannounced
        return stored - read - int((await self.state())["plc"]["overruns"])

    async def state(self) -> dict[str, Any]:
        """The service's own word, from its page's API (`status`); InspectdError if it is silent."""
        answer = await asyncio.to_thread(self.service.get, "/api/state")
        self.service.check_alive()
        status: dict[str, Any] | None = answer.get("status")
        if status is None:
            msg = "the service runs, but its page does not answer"
            raise InspectdError(msg)
        return status

    def memory(self) -> Memory:
        """Resident memory now."""
        stations = sum(_rss_mb(pid) for pid in self.station_pids())
        return Memory(round(_rss_mb(self.service.pid), 1), round(stations, 1))

    def doubts_s(self) -> list[float]:
        """Unix times at which the camera or its Line1 had trouble of its own."""
        events = [*self.service.events("line1_edge_lost"), *self.service.events("camera_down")]
        told = [datetime.fromisoformat(event["timestamp"]).timestamp() for event in events]
        return [*told, *self.belt.doubts_s]


@asynccontextmanager
async def running_bench(
    line: BenchLine, folder: Path, rate_hz: float, seed: int
) -> AsyncIterator[Bench]:
    """Start everything, the service last but for the PLC; stop it in reverse."""
    settings = line.settings
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(BrokerPost(settings.mqtt.port, settings.line.name))
        service = ServiceProcess(line.config, folder / "service.log", settings.web.port)
        await stack.enter_async_context(service)
        await service.until_ready(READY_TIMEOUT_S)
        cable = Cable(0, (settings.plc.host, settings.plc.port))
        await stack.enter_async_context(cable)
        ready_ms = 1e3 * READY_SHARE / rate_hz
        plc = SimulatedPlc(
            HOST,
            cable.port,
            unit_id=settings.plc.unit_id,
            word_order=settings.plc.word_order,
            ready_timeout_ms=ready_ms,
        )
        await stack.enter_async_context(plc)
        eye = stack.enter_context(PhotoEye(line.line1))
        belt = Belt(plc, eye, rate_hz, seed)
        journal = JournalView(line.journal)
        journal.begin()
        yield Bench(line, service, journal, plc, cable, broker, belt)


def _rss_mb(pid: int) -> float:
    """Resident memory (proc(5), /proc/pid/statm, second field, in pages); 0 of the dead."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES / _MB
    return 0.0
