"""The service's side of the handshake with the line PLC: what each bit and each verdict does.

Pure: time comes in as CLOCK_MONOTONIC nanoseconds. The PLC's bits are levels, not messages: a
PLC may write its block in pieces or again and again, so the rules compare each bit with the
state, and only a bit that disagrees makes an event of `handshake`.
"""

from collections import deque
from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, TypeVar

from inspectd.core.commands import CommandResult
from inspectd.core.handshake import (
    Buffer,
    Command,
    Event,
    Fault,
    Mode,
    Result,
    State,
    States,
    Trigger,
    UserData,
    Watchdog,
    step,
)

RESULT_SLOTS = 8
_U32 = 0xFFFF_FFFF


class LinkFault(IntEnum):
    """Faults of the handshake itself, as first-out error codes (registers 12-13)."""

    ACK_MISMATCH = 901
    RESULT_NOT_ACKNOWLEDGED = 902
    ACK_HELD = 903
    TRIGGER_HELD = 904
    RESULTS_OVERRUN = 905
    COMMAND_HELD = 906
    USER_DATA_HELD = 907


HELD_TOO_LONG: dict[State, LinkFault] = {
    Trigger.ACKNOWLEDGED: LinkFault.TRIGGER_HELD,
    Trigger.MISSED: LinkFault.TRIGGER_HELD,
    Result.VALID: LinkFault.RESULT_NOT_ACKNOWLEDGED,
    Result.ACKNOWLEDGED: LinkFault.ACK_HELD,
    Command.COMPLETED: LinkFault.COMMAND_HELD,
    Command.REFUSED: LinkFault.COMMAND_HELD,
    UserData.ACKNOWLEDGED: LinkFault.USER_DATA_HELD,
}


@dataclass(frozen=True, slots=True)
class Control:
    """What the PLC writes: bits as levels, counters and numbers as u16 or u32."""

    trigger_enable: bool = False
    trigger: bool = False
    results_ack: bool = False
    execute_command: bool = False
    set_offline: bool = False
    clear_error: bool = False
    set_user_data: bool = False
    heartbeat: int = 0
    command_code: int = 0
    command_argument: int = 0
    part_id: int = 0
    lot_id: int = 0
    ack_sequence: int = 0


@dataclass(frozen=True, slots=True)
class Announced:
    """The PLC raised Trigger. `taken`: TriggerReady was up; otherwise the part was missed."""

    part_id: int
    lot_id: int
    taken: bool


Record = TypeVar("Record")


class Handshake(Generic[Record]):
    """Plays the service's side. `Record` is whatever stands in the result registers.

    Times are CLOCK_MONOTONIC ns and must not run backwards from call to call. `watchdog_ns`: the
    longest silence of the PLC's heartbeat; `timeout_ns`: how long a handshake bit may stand
    before it is reported as a fault. Nothing is given up on a timeout: results stay held.
    `commands`: the codes that whoever calls `write` carries out, and then reports with
    `command_ended`; all others are refused.
    """

    def __init__(
        self, watchdog_ns: int, timeout_ns: int, commands: frozenset[int] = frozenset()
    ) -> None:
        self._commands = commands
        self._watchdog_ns = watchdog_ns
        self._timeout_ns = timeout_ns
        self.states = States()
        self.control = Control()
        self.shown: Record | None = None
        self.inspection_completed = False
        self.missed_acq = False
        # What became of the command; a new one that is taken counts `commands_taken` up.
        self.command_result = CommandResult.DONE
        self.commands_taken = 0
        self.error = (0, 0)
        self.triggers = self.missed = self.overruns = 0
        self.ack_mismatches = self.watchdog_trips = self.timeouts = 0
        self._vision_ready = False
        self._writer = False
        self._heard_ns = 0
        self._held: deque[tuple[int, Record]] = deque()
        self._since_ns: dict[State, int] = {}

    @property
    def free_slots(self) -> int:
        """Results that can still be held."""
        return RESULT_SLOTS - len(self._held)

    def set_ready(self, ready: bool) -> None:
        """Say whether vision could take a trigger now."""
        self._vision_ready = ready
        self._settle()

    def write(self, control: Control, now_ns: int) -> Announced | None:
        """Take what the PLC has written; the answer is the part it announced, if any."""
        if not self._writer or control.heartbeat != self.control.heartbeat:
            self._writer = True
            self._heard_ns = now_ns
            self._apply(Event.HEARTBEAT, now_ns)
        return self._follow(control, now_ns)

    def writer_lost(self, now_ns: int) -> None:
        """The PLC's connection is gone: all its bits drop, and the next writer starts afresh."""
        if self.states.watchdog is Watchdog.ALIVE:
            self.watchdog_trips += 1
        self._apply(Event.WRITER_LOST, now_ns)
        self._writer = False
        self._follow(Control(), now_ns)

    def refuse(self, now_ns: int) -> None:
        """Turn the trigger just taken into a missed one."""
        self._apply(Event.TRIGGER_REFUSED, now_ns)
        self.missed_acq = True
        self.missed += 1

    def command_ended(self, taken: int, result: CommandResult, now_ns: int) -> None:
        """Say what became of a command, which `commands_taken` numbered `taken`.

        Harmless where the PLC has lowered ExecuteCommand meanwhile and does not wait for it.
        """
        if taken != self.commands_taken or self.states.command is not Command.EXECUTING:
            return
        self.command_result = result
        done = result is CommandResult.DONE
        self._apply(Event.COMMAND_DONE if done else Event.COMMAND_FAILED, now_ns)

    def dequeue(self, now_ns: int) -> bool:
        """Take the record that stands, as ResultsAck up and down again do; False: not that one.

        `ack_sequence` must name it: a record is never taken that the PLC has not read.
        """
        shown = self.states.result is Result.VALID and not self.control.results_ack
        if not shown or self.control.ack_sequence != self._held[0][0]:
            return False
        self._take_result(now_ns)
        self._drop_record(now_ns)
        self._show_next(now_ns)
        self._settle()
        return True

    def exposure_ended(self, now_ns: int) -> None:
        """The part may move on."""
        self._apply(Event.EXPOSURE_ENDED, now_ns)

    def offer(self, sequence: int, record: Record, now_ns: int) -> bool:
        """Hold a result for the PLC. False: every slot is taken, and this one is not held."""
        if not self.free_slots:
            self.overruns += 1
            self._apply(Event.OVERRAN, now_ns)
            self.fault(LinkFault.RESULTS_OVERRUN, 0, now_ns)
            self._settle()
            return False
        self._held.append((sequence & _U32, record))
        self._show_next(now_ns)
        self._settle()
        return True

    def fault(self, code: int, cause: int, now_ns: int) -> None:
        """Latch an error unless an earlier one still stands (first-out)."""
        if self.states.fault is Fault.CLEAR:
            self.error = (code, cause)
        self._apply(Event.FAULT, now_ns)

    def clear_error(self, now_ns: int) -> None:
        """Acknowledge the first-out error and MissedAcq."""
        self._apply(Event.CLEAR_ERROR, now_ns)
        self.error = (0, 0)
        self.missed_acq = False

    def tick(self, now_ns: int) -> None:
        """Look at the clock: the watchdog, and bits that stand too long."""
        silent = now_ns - self._heard_ns > self._watchdog_ns
        if silent and self.states.watchdog is Watchdog.ALIVE:
            self.watchdog_trips += 1
            self._apply(Event.SILENCE, now_ns)
            self._settle()
        for state, since_ns in tuple(self._since_ns.items()):
            if now_ns - since_ns > self._timeout_ns:
                del self._since_ns[state]
                self.timeouts += 1
                self.fault(HELD_TOO_LONG[state], 0, now_ns)

    def _apply(self, event: Event, now_ns: int) -> None:
        before, self.states = self.states, step(self.states, event)
        for old, new in (
            (before.trigger, self.states.trigger),
            (before.result, self.states.result),
            (before.command, self.states.command),
            (before.user_data, self.states.user_data),
        ):
            if old is not new:
                self._since_ns.pop(old, None)
                if new in HELD_TOO_LONG:
                    self._since_ns[new] = now_ns

    def _follow(self, control: Control, now_ns: int) -> Announced | None:
        before, self.control = self.control, control
        if control.clear_error and not before.clear_error:
            self.clear_error(now_ns)
        if control.set_offline is not (self.states.mode is Mode.OFFLINE):
            self._apply(Event.SET_OFFLINE if control.set_offline else Event.SET_ONLINE, now_ns)
        # Only what the PLC could have seen invites a trigger: one that comes in the same write as
        # its conditions, as after a lost connection, may be a part that was announced before.
        self._close()
        announced = self._follow_trigger(now_ns)
        self._follow_ack(before, now_ns)
        self._follow_command(now_ns)
        self._follow_user_data(now_ns)
        self._settle()
        return announced

    def _follow_command(self, now_ns: int) -> None:
        raised = self.control.execute_command
        if raised is (self.states.command is not Command.IDLE):
            return
        if not raised:
            self.command_result = CommandResult.DONE
            self._apply(Event.COMMAND_LOWERED, now_ns)
        elif self.control.command_code in self._commands:
            self.commands_taken += 1
            self._apply(Event.COMMAND_TAKEN, now_ns)
        else:
            self.command_result = CommandResult.UNKNOWN_COMMAND
            self._apply(Event.COMMAND_RAISED, now_ns)

    def _follow_user_data(self, now_ns: int) -> None:
        raised = self.control.set_user_data
        if raised is (self.states.user_data is UserData.IDLE):
            self._apply(Event.USER_DATA_SET if raised else Event.USER_DATA_LOWERED, now_ns)

    def _follow_trigger(self, now_ns: int) -> Announced | None:
        waiting = self.states.trigger in (Trigger.CLOSED, Trigger.OPEN)
        if self.control.trigger is not waiting:
            return None
        if not waiting:
            self._apply(Event.TRIGGER_LOWERED, now_ns)
            return None
        self._apply(Event.TRIGGER_RAISED, now_ns)
        self.triggers += 1
        taken = self.states.trigger is Trigger.ACKNOWLEDGED
        self.missed_acq = not taken
        if taken:
            self._apply(Event.EXPOSURE_STARTED, now_ns)
        else:
            self.missed += 1
        return Announced(self.control.part_id, self.control.lot_id, taken)

    def _follow_ack(self, before: Control, now_ns: int) -> None:
        control = self.control
        if not control.results_ack:
            if self.states.result is Result.ACKNOWLEDGED:
                self._drop_record(now_ns)
            self._show_next(now_ns)
        elif self.states.result is Result.VALID and control.ack_sequence == self._held[0][0]:
            self._take_result(now_ns)
        elif self.states.result is not Result.ACKNOWLEDGED and (
            not before.results_ack or before.ack_sequence != control.ack_sequence
        ):
            self.ack_mismatches += 1
            self.fault(LinkFault.ACK_MISMATCH, 0, now_ns)

    def _take_result(self, now_ns: int) -> None:
        self._apply(Event.RESULT_ACKNOWLEDGED, now_ns)
        self._held.popleft()
        if not self._held and self.states.buffer is Buffer.OVERRUN:
            self._apply(Event.DRAINED, now_ns)

    def _drop_record(self, now_ns: int) -> None:
        self._apply(Event.ACK_LOWERED, now_ns)
        self.shown = None

    def _show_next(self, now_ns: int) -> None:
        # A record that appeared under a raised ResultsAck could be acknowledged unread.
        if self.states.result is Result.EMPTY and self._held and not self.control.results_ack:
            self.shown = self._held[0][1]
            self.inspection_completed = not self.inspection_completed
            self._apply(Event.RESULT_SHOWN, now_ns)

    def _settle(self) -> None:
        """Open or close for triggers, as the conditions of TriggerReady now stand."""
        self._close()
        if self._may_open() and self.states.trigger is Trigger.CLOSED:
            self.states = step(self.states, Event.ARMED)

    def _close(self) -> None:
        if self.states.trigger is Trigger.OPEN and not self._may_open():
            self.states = step(self.states, Event.DISARMED)

    def _may_open(self) -> bool:
        states = self.states
        return (
            self.control.trigger_enable
            and self._vision_ready
            and self.free_slots > 0
            and states.mode is Mode.ONLINE
            and states.watchdog is Watchdog.ALIVE
            and states.buffer is Buffer.NORMAL
        )
