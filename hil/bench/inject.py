"""Faults, each done to the running bench, and the wait until the line is itself again."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterable

from bench.bench import Bench
from bench.record import FaultRecord
from bench.schedule import BOUND_S, Fault, Planned
from inspectd.core.errors import InspectdError

_LOOK_S = 0.1
_NS = 1_000_000_000

# What is done; the answer is when it was over, CLOCK_MONOTONIC in ns.
Inject = Callable[[Bench, Planned], Awaitable[int]]


async def play_faults(
    bench: Bench, plan: Iterable[Planned], until_s: float, tell: Callable[[FaultRecord], None]
) -> None:
    """One fault after the other, each only once the line has recovered from the one before.

    None begins after `until_s` (monotonic). A line that does not come back ends the play: a
    bench that fails once stays failed.
    """
    started_s = time.monotonic()
    for planned in plan:
        if time.monotonic() + planned.gap_s >= until_s:
            return
        await asyncio.sleep(planned.gap_s)
        record = FaultRecord(planned.fault, round(time.monotonic() - started_s, 1))
        tell(record)
        await play_fault(bench, planned, record)
        if record.ready_s is None:
            return


async def play_fault(bench: Bench, planned: Planned, record: FaultRecord) -> None:
    """Do it, and note in `record` how long it took until parts were judged again."""
    if planned.fault in (Fault.BROKER_AWAY, Fault.PLC_AWAY):
        record.away_s = round(planned.away_s, 1)
    record.ended_ns = await _INJECT[planned.fault](bench, planned)
    back_ns = await _recovered(bench, planned.fault, record.ended_ns)
    if back_ns is not None:
        record.ready_s = round((back_ns - record.ended_ns) / _NS, 2)


async def _recovered(bench: Bench, fault: Fault, ended_ns: int) -> int | None:
    if fault is not Fault.BROKER_AWAY:
        return await bench.until_judged(ended_ns, BOUND_S[fault])
    give_up_s = time.monotonic() + BOUND_S[fault]
    while time.monotonic() < give_up_s:
        if bench.broker.seen():
            return time.monotonic_ns()
        await asyncio.sleep(_LOOK_S)
    return None


async def _kill_station(bench: Bench, _planned: Planned) -> int:
    return _signal_a_station(bench, signal.SIGKILL)


async def _hang_station(bench: Bench, _planned: Planned) -> int:
    return _signal_a_station(bench, signal.SIGSTOP)


def _signal_a_station(bench: Bench, number: signal.Signals) -> int:
    pids = bench.station_pids()
    if not pids:
        msg = "no station runs, and it was not the bench that ended it: look at the service's log"
        raise InspectdError(msg)
    now_ns = time.monotonic_ns()
    os.kill(pids[now_ns % len(pids)], number)
    return now_ns


async def _broker_away(bench: Bench, planned: Planned) -> int:
    await bench.broker.go_away()
    await asyncio.sleep(planned.away_s)
    await bench.broker.come_back()
    return time.monotonic_ns()


async def _plc_away(bench: Bench, planned: Planned) -> int:
    bench.plc_cable.pull()
    await asyncio.sleep(planned.away_s)
    bench.plc_cable.plug_in()
    return time.monotonic_ns()


async def _extra_edge(bench: Bench, _planned: Planned) -> int:
    bench.belt.edge()
    return time.monotonic_ns()


async def _lost_edge(bench: Bench, _planned: Planned) -> int:
    return await bench.belt.edges_of_next_part(0)


async def _doubled_edge(bench: Bench, _planned: Planned) -> int:
    return await bench.belt.edges_of_next_part(2)


_INJECT: dict[Fault, Inject] = {
    Fault.STATION_KILLED: _kill_station,
    Fault.STATION_HUNG: _hang_station,
    Fault.BROKER_AWAY: _broker_away,
    Fault.PLC_AWAY: _plc_away,
    Fault.EXTRA_EDGE: _extra_edge,
    Fault.LOST_EDGE: _lost_edge,
    Fault.DOUBLED_EDGE: _doubled_edge,
}
