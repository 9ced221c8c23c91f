"""A PLC program on the bare registers, with the bad habits that are met in the field."""

import random
from collections import deque
from enum import StrEnum, auto

from inspectd_drivers.modbus_bank import RegisterBank
from inspectd_drivers.modbus_pdu import RequestRefusedError

from inspectd.core.verdict import Decision
from inspectd.publish.register_map import CONTROL, CONTROL_BITS, encode, pack_bits
from simulated_line.cameras import Part
from simulated_line.contract import Contract, Snapshot
from simulated_line.virtual_time import VirtualLoop

_HEARTBEAT_NS = 100_000_000
_S = 1_000_000_000
_PATIENCE_NS = 2 * _S
_PASSING_NS = 15_000_000
# The two words of `result_sequence` and of its copy lie in different halves.
HALF = 30


class Habit(StrEnum):
    """What a PLC may do that the contract does not want."""

    NO_ACK = auto()
    ACK_TWICE = auto()
    ACK_WRONG = auto()
    TRIGGER_WHILE_BUSY = auto()
    TRIGGER_STUCK = auto()
    HEARTBEAT_STOPS = auto()
    HALF_RECORDS = auto()
    FOREIGN_WRITES = auto()
    RECONNECTS = auto()
    TWO_WRITERS = auto()
    SAME_PART_ID = auto()
    PIECEMEAL = auto()
    COMMANDS = auto()


class Plc:
    """Runs the handshake scan by scan; `habits` break in at random, each at `chance` a time."""

    def __init__(
        self,
        loop: VirtualLoop,
        bank: RegisterBank,
        rng: random.Random,
        habits: frozenset[Habit],
        *,
        chance: float = 0.03,
    ) -> None:
        self.contract = Contract()
        self.announcing: Part | None = None
        # By part id: what was announced under it, and what was answered.
        self.announced: dict[int, list[Part]] = {}
        self.answers: dict[int, list[tuple[Decision, int]]] = {}
        self.refused = self.passed_by = 0
        self._loop = loop
        self._bank = bank
        self._rng = rng
        self._habits = habits
        self._chance = chance
        self._client = self._other = object()
        self._queue: deque[tuple[Part, int, int | None]] = deque()
        self._part_id = 0
        self._bits = {"TriggerEnable": 1}
        self._outputs: dict[str, int] = {}
        self._written: tuple[int, ...] = ()
        self._beat_ns = self._heartbeat = 0
        self._silent_until_ns = self._lazy_until_ns = self._stuck_until_ns = 0
        self._half: tuple[int, ...] = ()
        self._taken_sequence = self._raised_ns = 0
        self._lowered = False

    def arrive(self, part: Part, patience_ns: int, *, moving: bool) -> None:
        """A part is to be announced, without TriggerReady too once `patience_ns` have passed.

        `moving`: it does not wait. What could not be announced while it passed the camera is not
        announced at all: the announcement would be taken for another part's.
        """
        now_ns = self._loop.clock_ns()
        last_ns = now_ns + _PASSING_NS if moving else None
        self._queue.append((part, now_ns + patience_ns, last_ns))

    @property
    def idle(self) -> bool:
        """Whether nothing is announced or waits to be."""
        return not self._queue and self.announcing is None

    def behave(self) -> None:
        """No bad habit from now on."""
        self._habits = frozenset()
        self._silent_until_ns = self._lazy_until_ns = self._stuck_until_ns = 0

    def scan(self) -> None:
        """Read all inputs, decide, write all outputs."""
        now_ns = self._loop.clock_ns()
        if now_ns < self._silent_until_ns:
            return
        if self._slips(Habit.HEARTBEAT_STOPS, 0.05):
            self._silent_until_ns = now_ns + int(self._rng.uniform(0.3, 2.5) * _S)
        if self._slips(Habit.RECONNECTS, 0.2):
            self._bank.leave(self._client)
            self._client, self._written = object(), ()
            self._bits.pop("ResultsAck", None)
        self._disturb()
        found = self._read()
        if found is None:
            return
        self._follow_trigger(found, now_ns)
        self._follow_result(found, now_ns)
        self._command(found)
        self._write(now_ns)

    def _slips(self, habit: Habit, share: float = 1.0) -> bool:
        return habit in self._habits and self._rng.random() < self._chance * share

    def _read(self) -> Snapshot | None:
        """What stands in the registers; None while a torn read waits for its second half."""
        found = self.contract.read(self._bank)
        if self._half:
            words = self._half + found.words[HALF:]
            self._half = ()
            return Snapshot(words)
        if found.status["ResultsValid"] and self._slips(Habit.HALF_RECORDS, 5.0):
            self._half = found.words[:HALF]
            return None
        return found

    def _follow_trigger(self, found: Snapshot, now_ns: int) -> None:
        if self.announcing is None:
            if self._queue and not found.status["TriggerAck"]:
                self._announce(found, now_ns)
            return
        if self._bits.get("Trigger"):
            answered = found.status["TriggerAck"] or found.status["MissedAcq"]
            # As every PLC program: what is not answered in time is over.
            answered = answered or now_ns - self._raised_ns > _PATIENCE_NS
            if answered and now_ns >= self._stuck_until_ns:
                self._bits["Trigger"] = 0
                self._lowered = True
        elif self._lowered and not found.status["TriggerAck"]:
            self.announcing = None
            self._lowered = False

    def _announce(self, found: Snapshot, now_ns: int) -> None:
        part, give_up_ns, last_ns = self._queue[0]
        if last_ns is not None and now_ns > last_ns:
            self._queue.popleft()
            self.passed_by += 1
            return
        wanted = found.status["TriggerReady"] or now_ns > give_up_ns
        if not wanted and not self._slips(Habit.TRIGGER_WHILE_BUSY):
            return
        self._queue.popleft()
        if not self._part_id or not self._slips(Habit.SAME_PART_ID):
            self._part_id += 1
        self.announcing = part
        self.announced.setdefault(self._part_id, []).append(part)
        self._outputs["part_id"] = self._part_id
        self._bits["Trigger"] = 1
        self._raised_ns = now_ns
        if self._slips(Habit.TRIGGER_STUCK):
            self._stuck_until_ns = now_ns + int(self._rng.uniform(0.2, 6.0) * _S)

    def _follow_result(self, found: Snapshot, now_ns: int) -> None:
        valid = found.status["ResultsValid"]
        if self._bits.get("ResultsAck"):
            if not valid or self._outputs["ack_sequence"] != found.values["result_sequence"]:
                self._bits["ResultsAck"] = 0
            return
        if now_ns < self._lazy_until_ns:
            return
        sequence = found.values["result_sequence"]
        if not valid:
            if self._taken_sequence and self._slips(Habit.ACK_TWICE):
                self._acknowledge(self._taken_sequence)
            return
        if sequence != found.values["result_sequence_copy"]:
            return
        if self._slips(Habit.NO_ACK):
            self._lazy_until_ns = now_ns + int(self._rng.uniform(0.1, 3.0) * _S)
            return
        if self._slips(Habit.ACK_WRONG):
            self._acknowledge(sequence + self._rng.choice((-1, 1)))
            return
        if sequence != self._taken_sequence:
            self._taken_sequence = sequence
            answer = Decision(found.values["verdict"]), found.values["worst_length"]
            self.answers.setdefault(found.values["result_part_id"], []).append(answer)
        self._acknowledge(sequence)

    def _acknowledge(self, sequence: int) -> None:
        self._outputs["ack_sequence"] = sequence
        self._bits["ResultsAck"] = 1

    def _command(self, found: Snapshot) -> None:
        if self._bits.get("ExecuteCommand"):
            if not found.status["CommandExecuting"]:
                self._bits["ExecuteCommand"] = 0
        elif self._slips(Habit.COMMANDS):
            self._outputs["command_code"] = self._rng.choice((0, 2, 4, 100, 104, 105, 999))
            self._bits["ExecuteCommand"] = 1

    def _write(self, now_ns: int) -> None:
        if now_ns - self._beat_ns >= _HEARTBEAT_NS:
            self._beat_ns, self._heartbeat = now_ns, self._heartbeat + 1 & 0xFFFF
        self._outputs["control"] = pack_bits(CONTROL_BITS, self._bits)
        self._outputs["plc_heartbeat"] = self._heartbeat
        words = encode(CONTROL, self._outputs, "high_first")
        if words == self._written:
            return
        self._written = words
        pieces = [(0, words)]
        if self._slips(Habit.PIECEMEAL, 10.0):
            # The ids before the bits: whoever raises Trigger first has announced the old part.
            pieces = [(address, (words[address],)) for address in reversed(range(len(words)))]
        for address, piece in pieces:
            self._put(self._client, address, piece)

    def _put(self, client: object, address: int, words: tuple[int, ...]) -> None:
        try:
            self._bank.write(client, address, words)
        except RequestRefusedError:
            self.refused += 1
            self._written = ()

    def _disturb(self) -> None:
        """Somebody else writes: anything at all, or a whole block as a second PLC would."""
        if self._slips(Habit.FOREIGN_WRITES):
            address = self._rng.randrange(10)
            self._put(object(), address, (self._rng.randrange(0x10000),))
        if self._slips(Habit.TWO_WRITERS):
            if self._other is self._client:
                self._other = object()
            bits = pack_bits(CONTROL_BITS, {"TriggerEnable": 1})
            block = {"control": bits, "plc_heartbeat": self._rng.randrange(0x10000)}
            self._put(self._other, 0, encode(CONTROL, block, "high_first"))
