"""What stands in the registers: pure functions from status and verdict to named numbers."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inspectd.core.defect import DefectKind
from inspectd.core.handshake import (
    Buffer,
    Command,
    Exposure,
    Fault,
    Mode,
    Result,
    Trigger,
    UserData,
    Watchdog,
)
from inspectd.core.handshake_rules import Control, Handshake
from inspectd.core.verdict import Decision, Verdict, worst
from inspectd.publish.register_map import (
    CONTROL,
    CONTROL_BITS,
    FLAG_BITS,
    INPUT,
    MAP_VERSION,
    STATUS_2_BITS,
    STATUS_BITS,
    WORD_ORDER_CHECK,
    LineState,
    WordOrder,
    decode,
    pack_bits,
    unpack_bits,
)

_U32 = 0xFFFF_FFFF
_LIMITS = {register.name: register.limit for register in INPUT}
_OFFLINE_NOT_READY = 1
_OFFLINE_BY_COMMAND = 2
_OFFLINE_BY_PLC = 3
_STATES_READY_OR_EXECUTING = (6, 7, 8)

Values = dict[str, int]


@dataclass(frozen=True, slots=True)
class LineStatus:
    """What the service says of itself.

    `ready`: a trigger would be answered with a picture, but for the part being exposed; `online`:
    the service runs; `offline_by_command`: until the command that takes it online again.
    `state_number` as in OPC 40100-1: 1 Preoperational, 2 Halted, 3 Error, 5 Initialized, 6 Ready,
    7 SingleExecution, 8 ContinuousExecution. `busy`: at least one part is being inspected.
    `error_code` 0: none; codes from 900 to 999 are the handshake's own.
    """

    ready: bool = False
    online: bool = False
    offline_by_command: bool = False
    busy: bool = False
    state_number: int = 1
    degraded: bool = False
    simulated: bool = False
    camera_connected: bool = False
    outbox_backlog: bool = False
    recipe_number: int = 0
    recipe_crc32: int = 0
    error_code: int = 0
    error_cause: int = 0


def decode_control(words: Sequence[int], order: WordOrder) -> Control:
    """The PLC's block, words 0 to 9."""
    values = decode(CONTROL, words, order)
    bits = unpack_bits(CONTROL_BITS, values["control"])
    return Control(
        trigger_enable=bool(bits["TriggerEnable"]),
        trigger=bool(bits["Trigger"]),
        results_ack=bool(bits["ResultsAck"]),
        execute_command=bool(bits["ExecuteCommand"]),
        set_offline=bool(bits["SetOffline"]),
        clear_error=bool(bits["ClearError"]),
        set_user_data=bool(bits["SetUserData"]),
        heartbeat=values["plc_heartbeat"],
        command_code=values["command_code"],
        command_argument=values["command_argument"],
        part_id=values["part_id"],
        lot_id=values["lot_id"],
        ack_sequence=values["ack_sequence"],
    )


def result_values(verdict: Verdict, processing_ms: float) -> Values:
    """The record, registers 20 to 39. Numbers beyond their register set the flag Truncated."""
    defects = verdict.defects
    count = {kind: sum(found.kind is kind for found in defects) for kind in DefectKind}
    measured = {
        "defects": len(defects),
        "scratches": count[DefectKind.SCRATCH],
        "dents": count[DefectKind.DENT],
        "stains": count[DefectKind.STAIN],
        "worst_length": _scaled(_worst(found.length_mm for found in defects), 1000),
        "worst_area": _scaled(_worst(found.area_mm2 for found in defects), 1000),
        "processing_time": _scaled(processing_ms, 10),
    }
    saturated = any(number > _LIMITS[name] for name, number in measured.items())
    flags = {
        "Late": verdict.late,
        "Degraded": verdict.degraded,
        "Simulated": verdict.simulated,
        "Truncated": verdict.truncated or saturated,
    }
    return measured | {
        "result_sequence": verdict.sequence & _U32,
        "result_sequence_copy": verdict.sequence & _U32,
        "result_acquisition_id": verdict.acquisition_id & _U32,
        "result_part_id": verdict.part_id & _U32,
        "verdict": int(worst((verdict.decision,))),
        "flags": pack_bits(FLAG_BITS, flags),
        "recipe_used": verdict.provenance.recipe_number,
    }


def status_values(
    status: LineStatus, handshake: Handshake[Values], heartbeat: int, acquisition_id: int
) -> Values:
    """Registers 0 to 17."""
    code, cause = handshake.error
    command = handshake.states.command
    return {
        "map_version": MAP_VERSION,
        "word_order_check": WORD_ORDER_CHECK,
        "status": pack_bits(STATUS_BITS, _status_bits(status, handshake)),
        "status_2": pack_bits(STATUS_2_BITS, _status_2_bits(status, handshake)),
        "vision_heartbeat": heartbeat & 0xFFFF,
        "state": _state_number(status, handshake),
        "command_echo": handshake.control.command_code if command is not Command.IDLE else 0,
        "command_result": handshake.command_result,
        "recipe_number": status.recipe_number,
        "recipe_crc32": status.recipe_crc32,
        "error_code": code,
        "error_cause": cause,
        "acquisition_id": acquisition_id & _U32,
        "free_slots": handshake.free_slots,
    }


def _status_bits(status: LineStatus, handshake: Handshake[Values]) -> Values:
    states = handshake.states
    reason = _offline_reason(status, by_plc=states.mode is Mode.OFFLINE)
    return {
        "TriggerReady": states.trigger is Trigger.OPEN,
        "TriggerAck": states.trigger is Trigger.ACKNOWLEDGED,
        "MissedAcq": handshake.missed_acq,
        "OfflineReason": reason,
        "Online": reason == 0,
        "SystemBusy": status.busy,
        "InspectionCompleted": handshake.inspection_completed,
        "ResultsBufferOverrun": states.buffer is Buffer.OVERRUN,
        "ResultsValid": states.result is Result.VALID,
        "CommandExecuting": states.command is Command.EXECUTING,
        "CommandCompleted": states.command is Command.COMPLETED,
        "CommandFailed": states.command is Command.REFUSED,
        "Error": states.fault is Fault.LATCHED,
    }


def _offline_reason(status: LineStatus, *, by_plc: bool) -> int:
    """The PLC's own bit is what it sees first; 0: online."""
    if by_plc:
        return _OFFLINE_BY_PLC
    if status.offline_by_command:
        return _OFFLINE_BY_COMMAND
    return 0 if status.online else _OFFLINE_NOT_READY


def _status_2_bits(status: LineStatus, handshake: Handshake[Values]) -> Values:
    shown = handshake.shown or {}
    return {
        "SetUserDataAck": handshake.states.user_data is UserData.ACKNOWLEDGED,
        "ExposureComplete": handshake.states.exposure is Exposure.COMPLETE,
        "JobPass": shown.get("verdict") == Decision.PASS,
        "Degraded": status.degraded,
        "Simulated": status.simulated,
        "CameraConnected": status.camera_connected,
        "PlcWatchdogTripped": handshake.states.watchdog is Watchdog.TRIPPED,
        "OutboxBacklog": status.outbox_backlog,
    }


def _state_number(status: LineStatus, handshake: Handshake[Values]) -> int:
    """An overrun leaves Ready until the PLC has taken what is held."""
    overrun = handshake.states.buffer is Buffer.OVERRUN
    if overrun and status.state_number in _STATES_READY_OR_EXECUTING:
        return LineState.INITIALIZED
    return status.state_number


def _worst(sizes: Iterable[float]) -> float:
    """The greatest size; one that is no number counts as the greatest of all."""
    return max((math.inf if math.isnan(size) else size for size in sizes), default=0.0)


def _scaled(number: float, factor: int) -> int:
    """A fixed-point number; what is no number at all becomes one that no register can hold."""
    scaled = number * factor
    return round(scaled) if math.isfinite(scaled) else _U32 + 1
