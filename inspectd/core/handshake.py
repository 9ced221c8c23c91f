"""The handshake with the line PLC as state machines: every transition stands in one table.

Bits and their names follow Cognex In-Sight's Modbus TCP protocol; `docs/reference/modbus-map.md`
says where each of them stands, `handshake_rules` which event the PLC's bits make.
"""

from dataclasses import dataclass, fields, replace
from enum import Enum, auto
from typing import Any

from inspectd.core.errors import ProtocolError


class Trigger(Enum):
    """TriggerReady is up in OPEN, TriggerAck in ACKNOWLEDGED, neither elsewhere."""

    CLOSED = auto()
    OPEN = auto()
    ACKNOWLEDGED = auto()
    MISSED = auto()


class Exposure(Enum):
    """ExposureComplete is up in COMPLETE."""

    PENDING = auto()
    COMPLETE = auto()


class Result(Enum):
    """ResultsValid is up in VALID; ACKNOWLEDGED waits for the PLC to lower ResultsAck."""

    EMPTY = auto()
    VALID = auto()
    ACKNOWLEDGED = auto()


class Buffer(Enum):
    """ResultsBufferOverrun is up in OVERRUN, until the PLC has taken every held result."""

    NORMAL = auto()
    OVERRUN = auto()


class Watchdog(Enum):
    """WAITING until a PLC has written for the first time; its alarm bit is up in TRIPPED."""

    WAITING = auto()
    ALIVE = auto()
    TRIPPED = auto()


class Mode(Enum):
    """OFFLINE while the PLC holds SetOffline."""

    ONLINE = auto()
    OFFLINE = auto()


class Command(Enum):
    """The bits CommandExecuting, CommandCompleted and CommandFailed (REFUSED)."""

    IDLE = auto()
    EXECUTING = auto()
    COMPLETED = auto()
    REFUSED = auto()


class UserData(Enum):
    """SetUserDataAck is up in ACKNOWLEDGED: part id and lot id have been read."""

    IDLE = auto()
    ACKNOWLEDGED = auto()


class Fault(Enum):
    """Error is up in LATCHED, and the first fault since the last ClearError is kept."""

    CLEAR = auto()
    LATCHED = auto()


class Event(Enum):
    """What can happen. The comment of each group names who makes it happen."""

    # The service: all that TriggerReady stands for has come true, or no longer is.
    ARMED = auto()
    DISARMED = auto()
    # The PLC's Trigger bit; the service refuses one that nobody can take after all.
    TRIGGER_RAISED = auto()
    TRIGGER_LOWERED = auto()
    TRIGGER_REFUSED = auto()
    # The camera.
    EXPOSURE_STARTED = auto()
    EXPOSURE_ENDED = auto()
    # A whole record stands in the registers; the PLC's ResultsAck bit.
    RESULT_SHOWN = auto()
    RESULT_ACKNOWLEDGED = auto()
    ACK_LOWERED = auto()
    # A verdict found every slot taken; the last held result was taken.
    OVERRAN = auto()
    DRAINED = auto()
    # The PLC's heartbeat counter, the clock, the connection.
    HEARTBEAT = auto()
    SILENCE = auto()
    WRITER_LOST = auto()
    # Further PLC bits; a command is raised (unknown) or taken, and then done or failed.
    SET_OFFLINE = auto()
    SET_ONLINE = auto()
    COMMAND_RAISED = auto()
    COMMAND_TAKEN = auto()
    COMMAND_DONE = auto()
    COMMAND_FAILED = auto()
    COMMAND_LOWERED = auto()
    USER_DATA_SET = auto()
    USER_DATA_LOWERED = auto()
    CLEAR_ERROR = auto()
    FAULT = auto()


State = Trigger | Exposure | Result | Buffer | Watchdog | Mode | Command | UserData | Fault

TRANSITIONS: dict[tuple[State, Event], State] = {
    (Trigger.CLOSED, Event.ARMED): Trigger.OPEN,
    (Trigger.OPEN, Event.DISARMED): Trigger.CLOSED,
    (Trigger.OPEN, Event.TRIGGER_RAISED): Trigger.ACKNOWLEDGED,
    (Trigger.CLOSED, Event.TRIGGER_RAISED): Trigger.MISSED,
    (Trigger.ACKNOWLEDGED, Event.TRIGGER_REFUSED): Trigger.MISSED,
    (Trigger.ACKNOWLEDGED, Event.TRIGGER_LOWERED): Trigger.CLOSED,
    (Trigger.MISSED, Event.TRIGGER_LOWERED): Trigger.CLOSED,
    (Exposure.PENDING, Event.EXPOSURE_STARTED): Exposure.PENDING,
    (Exposure.COMPLETE, Event.EXPOSURE_STARTED): Exposure.PENDING,
    (Exposure.PENDING, Event.EXPOSURE_ENDED): Exposure.COMPLETE,
    # Hardware-triggered parts end their exposure without a start that the PLC announced.
    (Exposure.COMPLETE, Event.EXPOSURE_ENDED): Exposure.COMPLETE,
    (Result.EMPTY, Event.RESULT_SHOWN): Result.VALID,
    (Result.VALID, Event.RESULT_ACKNOWLEDGED): Result.ACKNOWLEDGED,
    (Result.ACKNOWLEDGED, Event.ACK_LOWERED): Result.EMPTY,
    (Buffer.NORMAL, Event.OVERRAN): Buffer.OVERRUN,
    (Buffer.OVERRUN, Event.OVERRAN): Buffer.OVERRUN,
    (Buffer.OVERRUN, Event.DRAINED): Buffer.NORMAL,
    (Watchdog.WAITING, Event.HEARTBEAT): Watchdog.ALIVE,
    (Watchdog.ALIVE, Event.HEARTBEAT): Watchdog.ALIVE,
    (Watchdog.TRIPPED, Event.HEARTBEAT): Watchdog.ALIVE,
    (Watchdog.ALIVE, Event.SILENCE): Watchdog.TRIPPED,
    (Watchdog.ALIVE, Event.WRITER_LOST): Watchdog.TRIPPED,
    (Watchdog.TRIPPED, Event.WRITER_LOST): Watchdog.TRIPPED,
    (Mode.ONLINE, Event.SET_OFFLINE): Mode.OFFLINE,
    (Mode.OFFLINE, Event.SET_ONLINE): Mode.ONLINE,
    (Command.IDLE, Event.COMMAND_RAISED): Command.REFUSED,
    (Command.IDLE, Event.COMMAND_TAKEN): Command.EXECUTING,
    (Command.EXECUTING, Event.COMMAND_DONE): Command.COMPLETED,
    (Command.EXECUTING, Event.COMMAND_FAILED): Command.REFUSED,
    (Command.EXECUTING, Event.COMMAND_LOWERED): Command.IDLE,
    (Command.COMPLETED, Event.COMMAND_LOWERED): Command.IDLE,
    (Command.REFUSED, Event.COMMAND_LOWERED): Command.IDLE,
    (UserData.IDLE, Event.USER_DATA_SET): UserData.ACKNOWLEDGED,
    (UserData.ACKNOWLEDGED, Event.USER_DATA_LOWERED): UserData.IDLE,
    (Fault.CLEAR, Event.FAULT): Fault.LATCHED,
    (Fault.LATCHED, Event.FAULT): Fault.LATCHED,
    (Fault.LATCHED, Event.CLEAR_ERROR): Fault.CLEAR,
    (Fault.CLEAR, Event.CLEAR_ERROR): Fault.CLEAR,
}


@dataclass(frozen=True, slots=True)
class States:
    """Where every machine stands. Each event belongs to exactly one of them."""

    trigger: Trigger = Trigger.CLOSED
    exposure: Exposure = Exposure.PENDING
    result: Result = Result.EMPTY
    buffer: Buffer = Buffer.NORMAL
    watchdog: Watchdog = Watchdog.WAITING
    mode: Mode = Mode.ONLINE
    command: Command = Command.IDLE
    user_data: UserData = UserData.IDLE
    fault: Fault = Fault.CLEAR


def step(states: States, event: Event) -> States:
    """The states after `event`. Raises ProtocolError where the table has no row for it."""
    for field in fields(states):
        following = TRANSITIONS.get((getattr(states, field.name), event))
        if following is not None:
            change: dict[str, Any] = {field.name: following}
            return replace(states, **change)
    msg = f"{event.name} is not allowed in {states}"
    raise ProtocolError(msg)
