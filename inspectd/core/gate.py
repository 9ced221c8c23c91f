"""Which part is at the reject gate: a shift register from the camera to the gate.

Pure: time comes in as CLOCK_MONOTONIC ns. A part reaches the gate a fixed number of parts, or a
fixed time, after its trigger. It is let through only if it was told PASS by then; whoever has no
answer, whatever the reason, is rejected.
"""

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GateRules:
    """Exactly one is above 0: parts between camera and gate, or the time between them."""

    after_parts: int = 0
    after_ns: int = 0


@dataclass(frozen=True, slots=True)
class GatePart:
    """A part at the gate. `part_id` 0: nobody knows which it is."""

    acquisition_id: int
    part_id: int
    let_through: bool


@dataclass(frozen=True, slots=True)
class _Answered:
    part_id: int
    passes: bool
    due_ns: int


class GateRegister:
    """Parts in the order of their acquisition ids, which are 1, 2, 3 ... without a gap."""

    def __init__(self, rules: GateRules) -> None:
        self._rules = rules
        self._answered: OrderedDict[int, _Answered] = OrderedDict()
        self._next_id = 1
        self._seen_id = 0
        # Answers that came when their part had passed the gate; it was rejected there.
        self.too_late = 0

    def seen(self, acquisition_id: int) -> None:
        """A part has been at the camera; parts come in order, this one perhaps not the next."""
        self._seen_id = max(self._seen_id, acquisition_id)

    def answered(
        self, acquisition_id: int, part_id: int, triggered_ns: int, *, passes: bool
    ) -> None:
        """What the PLC was told of a part."""
        self.seen(acquisition_id)
        if acquisition_id < self._next_id:
            self.too_late += 1
            return
        due_ns = triggered_ns + self._rules.after_ns
        self._answered[acquisition_id] = _Answered(part_id, passes, due_ns)

    def at_gate(self, now_ns: int) -> list[GatePart]:
        """Parts that have reached the gate since the last call, in order."""
        found = []
        while self._is_there(now_ns):
            answer = self._answered.pop(self._next_id, None)
            part_id, passes = (0, False) if answer is None else (answer.part_id, answer.passes)
            found.append(GatePart(self._next_id, part_id, passes))
            self._next_id += 1
        return found

    def next_ns(self) -> int | None:
        """When to look again; None: when the next part has been seen or answered."""
        if not self._rules.after_ns:
            return None
        answer = self._answered.get(self._next_id)
        return None if answer is None else answer.due_ns

    def _is_there(self, now_ns: int) -> bool:
        if self._rules.after_parts:
            return self._seen_id >= self._next_id + self._rules.after_parts
        answer = self._answered.get(self._next_id)
        if answer is not None:
            return now_ns >= answer.due_ns
        # Its answer is missing, and that of a later part is here: parts are answered in order.
        return bool(self._answered) and now_ns >= min(a.due_ns for a in self._answered.values())
