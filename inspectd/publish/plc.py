"""The link to the line PLC: registers, and the service's side of the handshake behind them."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog
from inspectd_drivers.modbus_bank import RegisterBank

from inspectd.core.commands import CommandAnswer, LineCommand, not_now
from inspectd.core.gate import GatePart
from inspectd.core.handshake import Watchdog
from inspectd.core.handshake_rules import Handshake
from inspectd.core.verdict import Decision, Verdict
from inspectd.publish.register_map import (
    CONTROL_WORDS,
    INPUT,
    MIRROR_ADDRESS,
    encode,
)
from inspectd.publish.register_values import (
    LineStatus,
    Values,
    decode_control,
    result_values,
    status_values,
)
from inspectd.publish.transport import MakeTransport, modbus_transport
from inspectd.settings.plc import PlcSettings

COMMANDS = frozenset(map(int, LineCommand))
_NOT_THIS_RECORD = "no record stands whose sequence is in ack_sequence, or ResultsAck is up"

_NS_PER_MS = 1_000_000
_LET_THROUGH, _REJECT = 1, 2
# Ticks within one watchdog period: it trips at most a twentieth late.
_TICKS_PER_WATCHDOG = 20

_COUNTED_AS = {
    Decision.PASS: "passed",
    Decision.FAIL: "failed",
    Decision.REVIEW: "review",
    Decision.NO_VERDICT: "no_verdict",
    Decision.NONE: "no_verdict",
}

log = structlog.get_logger("plc")


class LineEvents(Protocol):
    """What the PLC makes happen. Called on the loop's thread; must not block.

    Each Trigger of the PLC makes exactly one `on_missed`, or an `on_trigger` that returns an
    acquisition id. `on_trigger` that returns None (nobody can take the part after all) is
    followed by `on_missed` for the same part. Neither is ever called before `PlcLink.start`.
    """

    def on_trigger(self, part_id: int, lot_id: int) -> int | None:
        """Take the part; the answer is its acquisition id."""
        ...

    def on_missed(self, part_id: int, lot_id: int) -> None:
        """Vision was not ready: this part's verdict is NO-VERDICT."""
        ...

    def on_command(
        self, command: LineCommand, argument: int, ended: Callable[[CommandAnswer], None]
    ) -> None:
        """Carry out a command, and call `ended` once, on this thread, now or later."""
        ...

    def on_error_cleared(self) -> None:
        """The PLC raised ClearError."""
        ...


@dataclass(frozen=True, slots=True)
class PlcCounters:
    """Totals since the link was made; `connections` is the number open now."""

    triggers: int
    missed: int
    published: int
    overruns: int
    ack_mismatches: int
    handshake_timeouts: int
    watchdog_trips: int
    connections: int
    connections_refused: int
    idle_closed: int
    foreign_writes: int
    requests: int
    malformed: int
    tls_refused: int
    role_refused: int
    links_lost: int
    read_back_failures: int


class PlcLink:
    """All calls on the loop's thread; none blocks. What is set is readable when a call returns.

    The record of a verdict stands in the registers until the PLC has acknowledged it; up to
    eight are held. A verdict that finds no room is not shown, which the PLC sees as an overrun
    and as a gap in the result sequence.
    """

    def __init__(
        self,
        settings: PlcSettings,
        events: LineEvents,
        *,
        transport: MakeTransport = modbus_transport,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._events = events
        self._now_ns = now_ns
        self._order = settings.word_order
        self._status = LineStatus()
        self._handshake: Handshake[Values] = Handshake(
            watchdog_ns=settings.watchdog_ms * _NS_PER_MS,
            timeout_ns=settings.handshake_timeout_ms * _NS_PER_MS,
            commands=COMMANDS,
        )
        self._bank = RegisterBank(self, control_words=CONTROL_WORDS, mirror_address=MIRROR_ADDRESS)
        self._transport = transport(settings, self._bank)
        self._tick_s = settings.watchdog_ms / 1000 / _TICKS_PER_WATCHDOG
        self._ticking: asyncio.TimerHandle | None = None
        self._acquisition_id = 0
        # The PLC waits for the exposure of the part it announced, `_acquisition_id`: until then no
        # other part takes its place, whose end might pass for that one's.
        self._exposing = False
        self._heartbeat = 0
        self._unannounced = 0
        self._counts = dict.fromkeys(_COUNTED_AS.values(), 0)
        self._gate: Values = {}
        self._refresh()

    @property
    def port(self) -> int:
        """The TCP port; after `start` the real one, where the settings say 0."""
        return self._transport.port

    @property
    def plc_connected(self) -> bool:
        """Whether a PLC writes, and its heartbeat is alive."""
        return self._bank.has_writer and self._handshake.states.watchdog is Watchdog.ALIVE

    @property
    def link_fault(self) -> str:
        """Why a PLC that is itself the server, or a serial line, cannot be reached; else empty."""
        return self._transport.fault

    @property
    def watchdog_tripped(self) -> bool:
        """Whether the PLC's heartbeat has stopped since it first came."""
        return self._handshake.states.watchdog is Watchdog.TRIPPED

    @property
    def counters(self) -> PlcCounters:
        """Totals, for the page and the metrics."""
        handshake, server = self._handshake, self._transport.counters
        return PlcCounters(
            triggers=handshake.triggers + self._unannounced,
            missed=handshake.missed,
            published=sum(self._counts.values()),
            overruns=handshake.overruns,
            ack_mismatches=handshake.ack_mismatches,
            handshake_timeouts=handshake.timeouts,
            watchdog_trips=handshake.watchdog_trips,
            connections=server.connections,
            connections_refused=server.connections_refused,
            idle_closed=server.idle_closed,
            foreign_writes=self._bank.foreign_writes,
            requests=server.requests,
            malformed=server.malformed,
            tls_refused=server.tls_refused,
            role_refused=server.role_refused,
            links_lost=server.links_lost,
            read_back_failures=server.read_back_failures,
        )

    async def start(self) -> None:
        """Let the PLC in. Raises PublishError where the transport cannot be had."""
        await self._transport.start()
        self._tick()

    async def stop(self) -> None:
        """Close the port and every connection. Harmless when not started."""
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None
        await self._transport.stop()

    def update(self, status: LineStatus) -> None:
        """Show what the service says of itself, and open or close for triggers."""
        self._status = status
        self._settle_ready()
        self._latch_error()
        self._refresh()

    def exposure_complete(self, acquisition_id: int) -> None:
        """The last exposure of a part has ended, whether the PLC announced it or not."""
        if acquisition_id > self._acquisition_id:
            self._unannounced += 1
            if not self._exposing:
                self._acquisition_id = acquisition_id
        if acquisition_id == self._acquisition_id:
            self._exposing = False
            self._handshake.exposure_ended(self._now_ns())
            self._settle_ready()
        self._refresh()

    def publish(self, verdict: Verdict, processing_ms: float) -> bool:
        """Hand a verdict to the PLC. False: no slot is free; counted, flagged, not shown."""
        record = result_values(verdict, processing_ms)
        held = self._handshake.offer(verdict.sequence, record, self._now_ns())
        if held:
            self._counts[_COUNTED_AS[verdict.decision]] += 1
        self._refresh()
        return held

    def clear_error(self) -> None:
        """Acknowledge the first-out error for a person or a command."""
        self._handshake.clear_error(self._now_ns())
        self._latch_error()
        self._refresh()

    def at_gate(self, part: GatePart) -> None:
        """Say which part has reached the reject gate, and whether it may pass it."""
        self._gate = {
            "gate_count": part.acquisition_id,
            "gate_part_id": part.part_id,
            "gate": _LET_THROUGH if part.let_through else _REJECT,
        }
        self._refresh()

    def beat(self) -> None:
        """Advance the vision heartbeat. Call it only while acquisition and judgement live."""
        self._heartbeat += 1
        self._refresh()

    def control_written(self, words: tuple[int, ...]) -> None:
        """Take what the PLC wrote (called by the register bank)."""
        now_ns = self._now_ns()
        cleared = self._handshake.control.clear_error
        commands_taken = self._handshake.commands_taken
        announced = self._handshake.write(decode_control(words, self._order), now_ns)
        if announced is not None:
            taken = announced.taken and self._take(announced.part_id, announced.lot_id)
            if announced.taken and not taken:
                self._handshake.refuse(now_ns)
            if not taken:
                self._events.on_missed(announced.part_id, announced.lot_id)
        if self._handshake.control.clear_error and not cleared:
            self._events.on_error_cleared()
        if self._handshake.commands_taken != commands_taken:
            self._run_command(self._handshake.commands_taken)
        self._latch_error()
        self._refresh()

    def writer_lost(self) -> None:
        """Drop the PLC's bits (called by the register bank)."""
        self._handshake.writer_lost(self._now_ns())
        self._refresh()

    def _run_command(self, taken: int) -> None:
        control = self._handshake.control
        command, ended = LineCommand(control.command_code), partial(self._command_ended, taken)
        if command is LineCommand.DEQUEUE_RESULT:
            found = self._handshake.dequeue(self._now_ns())
            ended(not_now("" if found else _NOT_THIS_RECORD))
        else:
            self._events.on_command(command, control.command_argument, ended)

    def _command_ended(self, taken: int, answer: CommandAnswer) -> None:
        self._handshake.command_ended(taken, answer.result, self._now_ns())
        self._refresh()

    def _take(self, part_id: int, lot_id: int) -> bool:
        acquisition_id = self._events.on_trigger(part_id, lot_id)
        if acquisition_id is None:
            return False
        if acquisition_id == self._acquisition_id:
            # Its picture came first, and was counted as nobody's.
            self._unannounced -= 1
        self._acquisition_id, self._exposing = acquisition_id, True
        self._settle_ready()
        return True

    def _settle_ready(self) -> None:
        status = self._status
        able = status.ready and status.online and status.camera_connected
        self._handshake.set_ready(able and not self._exposing)

    def _latch_error(self) -> None:
        if self._status.error_code:
            status = self._status
            self._handshake.fault(status.error_code, status.error_cause, self._now_ns())

    def _tick(self) -> None:
        # First of all: whatever goes wrong below, the watchdog is looked at again.
        self._ticking = asyncio.get_running_loop().call_later(self._tick_s, self._tick)
        self._handshake.tick(self._now_ns())
        if self._handshake.states.watchdog is Watchdog.TRIPPED:
            self._bank.release_writer()
        self._refresh()

    def _refresh(self) -> None:
        """Write the whole block at once."""
        handshake = self._handshake
        values = status_values(self._status, handshake, self._heartbeat, self._acquisition_id)
        values |= handshake.shown or {}
        values |= self._counts | self._gate
        values["triggers"] = handshake.triggers + self._unannounced
        values["missed"] = handshake.missed
        self._bank.publish(encode(INPUT, values, self._order))
