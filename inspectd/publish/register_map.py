"""The Modbus register map as data, and the two directions of it: numbers to words and back.

Addresses are 0-based. Bit names and places are Cognex In-Sight's (Modbus TCP protocol).
`docs/reference/modbus-map.md` is made from these tables by `inspectd.publish.register_page`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

WordOrder = Literal["high_first", "low_first"]

MAP_VERSION = 1
WORD_ORDER_CHECK = 0x0102_0304
# Some PLCs read no input registers (3xxxx): the same block answers function 3 from here on.
MIRROR_ADDRESS = 1000


@dataclass(frozen=True, slots=True)
class Register:
    """One number of one or two words. A u32 takes `address` and the word after it."""

    name: str
    address: int
    kind: Literal["u16", "u32"]
    meaning: str
    unit: str = ""

    @property
    def words(self) -> int:
        """How many words the number takes."""
        return 2 if self.kind == "u32" else 1

    @property
    def end(self) -> int:
        """The address after it."""
        return self.address + self.words

    @property
    def limit(self) -> int:
        """The largest number it can hold."""
        return 0xFFFF_FFFF if self.kind == "u32" else 0xFFFF


@dataclass(frozen=True, slots=True)
class Bits:
    """A bit, or a number of `width` bits, inside a register."""

    name: str
    bit: int
    meaning: str
    width: int = 1


CONTROL = (
    Register("control", 0, "u16", "control bits"),
    Register("plc_heartbeat", 1, "u16", "PLC heartbeat: a counter that never stands still"),
    Register("command_code", 2, "u16", "command code"),
    Register("command_argument", 3, "u16", "command argument: the recipe's number"),
    Register("part_id", 4, "u32", "part id, latched when Trigger rises"),
    Register("lot_id", 6, "u32", "lot id, latched when Trigger rises"),
    Register("ack_sequence", 8, "u32", "result sequence being acknowledged"),
)

CONTROL_BITS = (
    Bits("TriggerEnable", 0, "the PLC wants to trigger"),
    Bits("Trigger", 1, "a part is announced; held until TriggerAck or MissedAcq"),
    Bits("BufferResultsEnable", 2, "accepted and without effect: results are always buffered"),
    Bits("ResultsAck", 3, "the record was read; held until ResultsValid drops"),
    Bits("ExecuteCommand", 4, "run the command in registers 2 and 3"),
    Bits("SetOffline", 7, "take no triggers while this is up"),
    Bits("ClearError", 8, "rising: acknowledge the first-out error and MissedAcq"),
    Bits("SetUserData", 9, "part id and lot id are written; held until SetUserDataAck"),
)

STATUS_BITS = (
    Bits("TriggerReady", 0, "a trigger would be taken now"),
    Bits("TriggerAck", 1, "the trigger was taken; drops with Trigger"),
    Bits("MissedAcq", 3, "the last trigger found vision not ready; its part is NO-VERDICT"),
    Bits("OfflineReason", 4, "0 online, 1 the service ends, 2 by command, 3 SetOffline", width=3),
    Bits("Online", 7, "the service runs, and nobody has taken it offline"),
    Bits("SystemBusy", 8, "at least one part is being inspected"),
    Bits("InspectionCompleted", 9, "changes with every new record: compare, never read as level"),
    Bits("ResultsBufferOverrun", 10, "a result found no slot; up until all held ones are taken"),
    Bits("ResultsValid", 11, "registers 20 to 39 hold a whole, frozen record"),
    Bits("CommandExecuting", 12, "a command runs"),
    Bits("CommandCompleted", 13, "the command was carried out"),
    Bits("CommandFailed", 14, "the command was not carried out; register 8 says why"),
    Bits("Error", 15, "registers 12 to 14 hold a first-out error"),
)

STATUS_2_BITS = (
    Bits("SetUserDataAck", 0, "part id and lot id have been read; drops with SetUserData"),
    Bits("ExposureComplete", 3, "the part of the last trigger may move on"),
    Bits("JobPass", 4, "the record that stands is PASS"),
    Bits("Degraded", 8, "inspecting with less than configured"),
    Bits("Simulated", 9, "pictures do not come from a real camera"),
    Bits("CameraConnected", 10, "every camera is open and armed"),
    Bits("PlcWatchdogTripped", 11, "the PLC's heartbeat has stood still too long"),
    Bits("OutboxBacklog", 12, "verdicts wait for the broker"),
)

FLAG_BITS = (
    Bits("Late", 0, "the part's deadline passed first"),
    Bits("Degraded", 1, "judged with less than configured"),
    Bits("Simulated", 2, "judged on pictures that do not come from a real camera"),
    Bits("Truncated", 3, "more defects than a record carries, or a number stands at its limit"),
)

INPUT = (
    Register("map_version", 0, "u16", "version of this map"),
    Register("word_order_check", 1, "u32", "constant 0x01020304"),
    Register("status", 3, "u16", "status bits"),
    Register("status_2", 4, "u16", "further status bits"),
    Register("vision_heartbeat", 5, "u16", "advances while acquisition and judgement are alive"),
    Register("state", 6, "u16", "state (OPC 40100-1 StateNumber)"),
    Register("command_echo", 7, "u16", "command code being answered"),
    Register("command_result", 8, "u16", "what became of it, 0: none, or done"),
    Register("recipe_number", 9, "u16", "active recipe"),
    Register("recipe_crc32", 10, "u32", "CRC32 of the active recipe"),
    Register("error_code", 12, "u32", "first-out error since the last ClearError"),
    Register("error_cause", 14, "u16", "its cause"),
    Register("acquisition_id", 15, "u32", "last part that was triggered"),
    Register("free_slots", 17, "u16", "results that can still be held"),
    Register("result_sequence", 20, "u32", "result sequence; 0: no record"),
    Register("result_acquisition_id", 22, "u32", "acquisition id of this result"),
    Register("result_part_id", 24, "u32", "part id of this result"),
    Register("verdict", 26, "u16", "0 none, 1 PASS, 2 FAIL, 3 REVIEW, 4 NO-VERDICT"),
    Register("flags", 27, "u16", "flag bits"),
    Register("defects", 28, "u16", "defects in all"),
    Register("scratches", 29, "u16", "of these, scratches"),
    Register("dents", 30, "u16", "of these, dents"),
    Register("stains", 31, "u16", "of these, stains"),
    Register("worst_length", 32, "u32", "greatest length of a defect", "µm"),
    Register("worst_area", 34, "u32", "greatest area of a defect", "1e-3 mm²"),
    Register("processing_time", 36, "u16", "from the last frame to this record", "0.1 ms"),
    Register("recipe_used", 37, "u16", "recipe this part was judged by"),
    Register("result_sequence_copy", 38, "u32", "result sequence again (torn-read check)"),
    Register("gate_count", 40, "u32", "parts that have reached the reject gate ([gate])"),
    Register("gate_part_id", 42, "u32", "part id of the one at the gate; 0: not known"),
    Register("gate", 44, "u16", "0 none yet, 1 let it through, 2 reject it"),
    Register("triggers", 50, "u32", "triggers, taken and missed"),
    Register("passed", 52, "u32", "PASS records"),
    Register("failed", 54, "u32", "FAIL records"),
    Register("review", 56, "u32", "REVIEW records"),
    Register("no_verdict", 58, "u32", "NO-VERDICT records"),
    Register("missed", 60, "u32", "triggers that found vision not ready"),
)

# The registers that are words of bits.
BITS_OF: Mapping[str, tuple[Bits, ...]] = {
    "control": CONTROL_BITS,
    "status": STATUS_BITS,
    "status_2": STATUS_2_BITS,
    "flags": FLAG_BITS,
}


class LineState(IntEnum):
    """What register 6 says: StateNumber of OPC 40100-1, tables 82 and 97."""

    PREOPERATIONAL = 1
    ERROR = 3
    INITIALIZED = 5
    READY = 6
    CONTINUOUS_EXECUTION = 8


STATE_NAMES = {
    LineState.PREOPERATIONAL: "Preoperational",
    LineState.ERROR: "Error",
    LineState.INITIALIZED: "Initialized",
    LineState.READY: "Ready",
    LineState.CONTINUOUS_EXECUTION: "ContinuousExecution",
}


class LineFault(IntEnum):
    """Error codes of the line (registers 12-13); from 900 on they are the handshake's own."""

    STATION_DOWN = 100
    JOURNAL_FAILED = 200
    VERIFICATION_FAILED = 300
    CALIBRATION_EXPIRED = 400
    CALIBRATION_MISMATCH = 401


def width(registers: Sequence[Register]) -> int:
    """Words from address 0 to the end of the table."""
    return max(register.end for register in registers)


CONTROL_WORDS = width(CONTROL)
INPUT_WORDS = width(INPUT)


def encode(
    registers: Iterable[Register], values: Mapping[str, int], order: WordOrder
) -> tuple[int, ...]:
    """Words from address 0; names that `values` lacks are 0, too great a number saturates."""
    table = tuple(registers)
    words = [0] * width(table)
    for register in table:
        number = min(max(values.get(register.name, 0), 0), register.limit)
        if register.kind == "u16":
            words[register.address] = number
            continue
        pair = (number >> 16, number & 0xFFFF)
        high_first = order == "high_first"
        words[register.address : register.address + 2] = pair if high_first else pair[::-1]
    return tuple(words)


def decode(registers: Iterable[Register], words: Sequence[int], order: WordOrder) -> dict[str, int]:
    """The numbers by name, from words that start at address 0."""
    values: dict[str, int] = {}
    for register in registers:
        first = words[register.address]
        if register.kind == "u16":
            values[register.name] = first
            continue
        second = words[register.address + 1]
        high, low = (first, second) if order == "high_first" else (second, first)
        values[register.name] = high << 16 | low
    return values


def pack_bits(bits: Iterable[Bits], values: Mapping[str, int]) -> int:
    """One word of bits by name; names that `values` lacks are 0."""
    word = 0
    for field in bits:
        word |= (values.get(field.name, 0) & (1 << field.width) - 1) << field.bit
    return word


def unpack_bits(bits: Iterable[Bits], word: int) -> dict[str, int]:
    """The bits of one word by name."""
    return {field.name: word >> field.bit & (1 << field.width) - 1 for field in bits}
