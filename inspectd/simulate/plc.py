"""A line PLC that runs the handshake as it should, as a Modbus client of its own.

It works in scans like a real one: read all inputs, decide, write all outputs. It shares the
register map's tables with the service and nothing else, so that it is a second reading of the
contract.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Self

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from inspectd.core.commands import CommandResult
from inspectd.core.errors import PublishError
from inspectd.core.verdict import Decision
from inspectd.publish.register_map import (
    CONTROL,
    CONTROL_BITS,
    INPUT,
    INPUT_WORDS,
    MAP_VERSION,
    STATUS_BITS,
    WORD_ORDER_CHECK,
    WordOrder,
    decode,
    encode,
    pack_bits,
    unpack_bits,
)
from inspectd.simulate.plc_command import PlcCommand

_HEARTBEAT_S = 0.1
_RETRY_S = 0.05
_NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class PlcResult:
    """One record as the PLC read it. `first_seen_ns`: CLOCK_MONOTONIC when it was read."""

    part_id: int
    acquisition_id: int
    sequence: int
    decision: Decision
    values: dict[str, int]
    first_seen_ns: int


@dataclass(slots=True)
class PlcTally:
    """What the PLC has counted by itself.

    `duplicates`: a part answered twice; `unannounced`: records of part 0, a picture that nobody
    announced; `mismatches`: torn records, parts never announced, part 0 that passes, a part
    answered under another acquisition id, a verdict that is none, an InspectionCompleted that
    did not flip, a map that is not ours; `errors`: requests refused or without an answer.
    """

    announced: int = 0
    missed: int = 0
    passed: int = 0
    failed: int = 0
    review: int = 0
    no_verdict: int = 0
    duplicates: int = 0
    unannounced: int = 0
    mismatches: int = 0
    errors: int = 0


_DECISIONS = {int(decision): decision for decision in Decision}


class _Step(Enum):
    """Where an announcement stands."""

    WAIT_READY = auto()
    RAISED = auto()
    LOWERED = auto()


class _Announcement:
    """One part on its way through the trigger handshake."""

    def __init__(self, part_id: int, lot_id: int, give_up_ns: int) -> None:
        self.part_id = part_id
        self.lot_id = lot_id
        self.give_up_ns = give_up_ns
        self.step = _Step.WAIT_READY
        self.acquisition_id: int | None = None
        self.done: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()


class SimulatedPlc:
    """`async with SimulatedPlc(host, port) as plc: await plc.announce(part_id, lot_id)`.

    `poll_ms` is the pause between two scans; `ready_timeout_ms` how long an announced part waits
    for TriggerReady before it passes the camera all the same, as parts on a belt do.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        unit_id: int = 1,
        word_order: WordOrder = "high_first",
        poll_ms: float = 2.0,
        ready_timeout_ms: float = 1000.0,
    ) -> None:
        self.results: dict[int, PlcResult] = {}
        self.tally = PlcTally()
        self._client = AsyncModbusTcpClient(
            host, port=port, timeout=1.0, retries=0, reconnect_delay_max=1.0
        )
        self._where = f"{host}:{port}"
        self._unit_id = unit_id
        self._order = word_order
        self._poll_s = poll_ms / 1000
        self._ready_timeout_ns = int(ready_timeout_ms * 1e6)
        self._acquisitions: dict[int, int | None] = {}
        self._in_doubt: set[int] = set()
        self._queue: deque[_Announcement] = deque()
        self._commands: deque[PlcCommand] = deque()
        self._progress = asyncio.Event()
        self._outputs: dict[str, int] = {}
        self._bits = {"TriggerEnable": 1, "BufferResultsEnable": 1}
        self._written: tuple[int, ...] = ()
        self._beat_ns = 0
        self._heartbeat = 0
        self._completed: int | None = None
        self._taken: int | None = None
        self._link_was_lost = False
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if not await self._client.connect():
            self._client.close()
            msg = f"PLC: nothing answers at {self._where}: is the service running there?"
            raise PublishError(msg)
        self._task = asyncio.create_task(self._run(), name="simulated PLC")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        # The scan under way ends by itself: a request cut short leaves an answer nobody awaits.
        self._stopping = True
        try:
            await self._task
        finally:
            self._client.close()

    async def announce(self, part_id: int, lot_id: int) -> int | None:
        """Trigger for one part; its acquisition id, or None if vision missed it.

        Returns when the trigger handshake is over. Parts announced meanwhile wait their turn.
        Cancelled (a part that is past the camera), it is withdrawn: a Trigger raised later would
        be taken for the next part's. Vision may have seen it all the same.
        """
        self._check_scanning()
        give_up_ns = time.monotonic_ns() + self._ready_timeout_ns
        announcement = _Announcement(part_id, lot_id, give_up_ns)
        self._queue.append(announcement)
        return await announcement.done

    async def command(self, code: int, argument: int = 0) -> CommandResult:
        """Have a command carried out, and wait for its end. Bound it with `asyncio.timeout`."""
        self._check_scanning()
        command = PlcCommand(code, argument)
        self._commands.append(command)
        return await command.done

    async def drained(self) -> None:
        """Wait until every announced part has its record. Bound it with `asyncio.timeout`."""
        while self._queue or self._acquisitions.keys() - self.results.keys() - self._in_doubt:
            self._check_scanning()
            self._progress.clear()
            await self._progress.wait()

    def _check_scanning(self) -> None:
        if self._task is None or self._task.done():
            msg = f"PLC: it does not scan {self._where} (any more): use it inside `async with`"
            raise PublishError(msg)

    async def _run(self) -> None:
        try:
            while not self._stopping:
                pause_s = self._poll_s
                try:
                    await self._scan()
                except ModbusException:
                    self.tally.errors += 1
                    pause_s = _RETRY_S
                    self._begin_again()
                await asyncio.sleep(pause_s)
        finally:
            # Nobody may wait for a PLC that no longer scans.
            for announcement in self._queue:
                announcement.done.cancel()
            for command in self._commands:
                command.done.cancel()
            self._progress.set()

    def _begin_again(self) -> None:
        """Vision lowers every bit of a PLC that it lost: one held up would wait for ever."""
        self._bits["ResultsAck"] = 0
        self._link_was_lost = True

    async def _scan(self) -> None:
        answer = await self._checked(
            self._client.read_input_registers(0, count=INPUT_WORDS, device_id=self._unit_id)
        )
        seen_ns = time.monotonic_ns()
        values = decode(INPUT, answer.registers, self._order)
        check = (values["map_version"], values["word_order_check"])
        if check == (MAP_VERSION, WORD_ORDER_CHECK):
            status = unpack_bits(STATUS_BITS, values["status"])
            self._follow_trigger(status, values, seen_ns)
            self._follow_result(status, values, seen_ns)
            self._follow_command(status, values)
        else:
            self.tally.mismatches += 1
        await self._write(seen_ns)

    async def _write(self, now_ns: int) -> None:
        """Write the whole block if anything in it changed, the heartbeat included."""
        if now_ns - self._beat_ns >= _HEARTBEAT_S * _NS_PER_S:
            self._beat_ns = now_ns
            self._heartbeat = (self._heartbeat + 1) & 0xFFFF
        self._outputs["control"] = pack_bits(CONTROL_BITS, self._bits)
        self._outputs["plc_heartbeat"] = self._heartbeat
        words = encode(CONTROL, self._outputs, self._order)
        if words != self._written:
            await self._checked(
                self._client.write_registers(0, list(words), device_id=self._unit_id)
            )
            self._written = words

    @staticmethod
    async def _checked(request: Awaitable[ModbusPDU]) -> ModbusPDU:
        answer = await request
        if answer.isError():
            msg = f"refused: {answer}"
            raise ModbusException(msg)
        return answer

    def _follow_trigger(self, status: dict[str, int], values: dict[str, int], now_ns: int) -> None:
        if not self._queue:
            return
        part = self._queue[0]
        if part.done.cancelled():
            self._withdraw(part)
        elif part.step is _Step.WAIT_READY:
            if status["TriggerReady"] or now_ns > part.give_up_ns:
                self._raise_trigger(part)
        elif part.step is _Step.RAISED:
            if status["TriggerAck"]:
                part.acquisition_id = values["acquisition_id"]
            elif status["MissedAcq"]:
                self.tally.missed += 1
            else:
                return
            self._acquisitions[part.part_id] = part.acquisition_id
            self._bits["Trigger"] = 0
            part.step = _Step.LOWERED
        elif not status["TriggerAck"]:
            self._queue.popleft()
            part.done.set_result(part.acquisition_id)
            self._progress.set()

    def _follow_command(self, status: dict[str, int], values: dict[str, int]) -> None:
        if self._commands:
            up = self._commands[0].follow(status, values, self._outputs)
            self._bits["ExecuteCommand"] = up or 0
            if up is None:
                self._commands.popleft()

    def _withdraw(self, part: _Announcement) -> None:
        self._queue.popleft()
        self._bits["Trigger"] = 0
        if part.step is not _Step.WAIT_READY:
            self._in_doubt.add(part.part_id)
        self._progress.set()

    def _raise_trigger(self, part: _Announcement) -> None:
        self._outputs["part_id"] = part.part_id
        self._outputs["lot_id"] = part.lot_id
        self._bits["Trigger"] = 1
        self._acquisitions[part.part_id] = None
        self.tally.announced += 1
        part.step = _Step.RAISED

    def _follow_result(self, status: dict[str, int], values: dict[str, int], now_ns: int) -> None:
        if self._bits.get("ResultsAck"):
            if not status["ResultsValid"]:
                self._bits["ResultsAck"] = 0
            return
        if not status["ResultsValid"]:
            return
        if values["result_sequence"] != values["result_sequence_copy"]:
            self.tally.mismatches += 1
            return
        # An acknowledgement that the lost link swallowed: the record is shown again.
        if not (self._link_was_lost and values["result_sequence"] == self._taken):
            self._take(values, now_ns)
            if status["InspectionCompleted"] == self._completed:
                self.tally.mismatches += 1
            self._completed = status["InspectionCompleted"]
            self._taken = values["result_sequence"]
        self._link_was_lost = False
        self._outputs["ack_sequence"] = values["result_sequence"]
        self._bits["ResultsAck"] = 1

    def _take(self, values: dict[str, int], now_ns: int) -> None:
        result = PlcResult(
            part_id=values["result_part_id"],
            acquisition_id=values["result_acquisition_id"],
            sequence=values["result_sequence"],
            decision=_DECISIONS.get(values["verdict"], Decision.NONE),
            values=values,
            first_seen_ns=now_ns,
        )
        if result.part_id == 0:
            self.tally.unannounced += 1
            self.tally.mismatches += result.decision in (Decision.PASS, Decision.NONE)
            return
        if result.part_id in self.results:
            self.tally.duplicates += 1
            return
        announced_as = self._acquisitions.get(result.part_id)
        if result.part_id not in self._acquisitions or (
            announced_as is not None and announced_as != result.acquisition_id
        ):
            self.tally.mismatches += 1
        self.results[result.part_id] = result
        self._count(result.decision)
        self._progress.set()

    def _count(self, decision: Decision) -> None:
        tally = self.tally
        match decision:
            case Decision.PASS:
                tally.passed += 1
            case Decision.FAIL:
                tally.failed += 1
            case Decision.REVIEW:
                tally.review += 1
            case Decision.NO_VERDICT:
                tally.no_verdict += 1
            case Decision.NONE:
                tally.mismatches += 1
