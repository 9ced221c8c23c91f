"""What must hold at every reading of the registers, whatever the PLC does."""

import struct
from dataclasses import dataclass
from functools import cached_property

from inspectd_drivers.modbus_bank import RegisterBank

from inspectd.publish.register_map import INPUT, INPUT_WORDS, STATUS_BITS, decode, unpack_bits

_RECORD = slice(20, 40)
_SLOTS = 8
_READ_INPUT_REGISTERS = 4


@dataclass(frozen=True)
class Snapshot:
    """One reading of the whole block."""

    words: tuple[int, ...]

    @cached_property
    def values(self) -> dict[str, int]:
        """All numbers by name."""
        return decode(INPUT, self.words, "high_first")

    @cached_property
    def status(self) -> dict[str, int]:
        """The bits of register 3 by name."""
        return unpack_bits(STATUS_BITS, self.words[3])


class Contract:
    """Reads, compares with the reading before, and notes what is broken."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self.readings = 0
        # How many different records have stood in the registers.
        self.records = 0
        self._before: Snapshot | None = None
        self._last_id = 0

    @property
    def quiet(self) -> bool:
        """Whether no record stands or waits."""
        found = self._before
        return (
            found is not None
            and found.values["free_slots"] == _SLOTS
            and not (found.values["result_sequence"])
        )

    def read(self, bank: RegisterBank) -> Snapshot:
        """One reading, looked at."""
        data = bank.read(_READ_INPUT_REGISTERS, 0, INPUT_WORDS)
        words = struct.unpack(f">{INPUT_WORDS}H", data)
        self.readings += 1
        if self._before is not None and words == self._before.words:
            return self._before
        found = Snapshot(words)
        self._look(found)
        self._before = found
        return found

    def _look(self, found: Snapshot) -> None:
        values, status = found.values, found.status
        sequence = values["result_sequence"]
        if sequence != values["result_sequence_copy"]:
            self._break(f"sequence {sequence} has another copy")
        if status["ResultsValid"] and (not sequence or not values["verdict"]):
            self._break("ResultsValid without a record")
        if status["TriggerReady"] and (status["ResultsBufferOverrun"] or not values["free_slots"]):
            self._break("TriggerReady without a free slot")
        if status["TriggerReady"] and status["TriggerAck"]:
            self._break("TriggerReady with TriggerAck")
        if values["free_slots"] > _SLOTS:
            self._break("more free slots than there are")
        if self._before is not None:
            self._look_at_gate(self._before.values, values)
        if self._before is not None and sequence:
            self._follow(self._before, found, sequence)

    def _look_at_gate(self, before: dict[str, int], now: dict[str, int]) -> None:
        """The gate's part only moves on, and no later than three parts after it was answered."""
        if now["gate_count"] < before["gate_count"]:
            self._break("the gate went back to an earlier part")
        changed = any(now[name] != before[name] for name in ("gate", "gate_part_id"))
        if changed and now["gate_count"] == before["gate_count"]:
            self._break(f"part {now['gate_count']} changed while it was at the gate")

    def _follow(self, before: Snapshot, found: Snapshot, sequence: int) -> None:
        flipped = before.status["InspectionCompleted"] != found.status["InspectionCompleted"]
        if sequence == before.values["result_sequence"]:
            if before.words[_RECORD] != found.words[_RECORD]:
                self._break(f"record {sequence} changed while it stood")
            if flipped:
                self._break(f"InspectionCompleted flipped under record {sequence}")
            return
        # The sequence says who was judged when; the line wants its parts in their own order. They
        # differ where a slow disk has one part answered anew.
        acquisition_id = found.values["result_acquisition_id"]
        if acquisition_id <= self._last_id:
            self._break(f"part {acquisition_id} was told after {self._last_id}")
        self.records += 1
        self._last_id = max(self._last_id, acquisition_id)

    def _break(self, what: str) -> None:
        self.broken.append(what)
