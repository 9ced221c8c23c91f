"""The reject gate of the running line: parts on their way to it, and who has arrived."""

import asyncio
from collections.abc import Callable

import structlog

from inspectd.core.gate import GatePart, GateRegister, GateRules
from inspectd.core.verdict import Decision, Verdict

log = structlog.get_logger("gate")


class Gate:
    """Follows every part to the gate, and tells `arrived` when it is there. On the loop's thread.

    A part that was not told PASS by then is rejected there.
    """

    def __init__(
        self, rules: GateRules, arrived: Callable[[GatePart], None], now_ns: Callable[[], int]
    ) -> None:
        self._register = GateRegister(rules)
        self._arrived = arrived
        self._now_ns = now_ns
        self._timer: asyncio.TimerHandle | None = None

    @property
    def too_late(self) -> int:
        """Answers that came after their part had been rejected at the gate."""
        return self._register.too_late

    def seen(self, acquisition_id: int) -> None:
        """A part has been at the camera."""
        self._register.seen(acquisition_id)
        self._look()

    def told(self, verdict: Verdict, triggered_ns: int) -> None:
        """The PLC was told of a part."""
        before = self._register.too_late
        self._register.answered(
            verdict.acquisition_id,
            verdict.part_id,
            triggered_ns,
            passes=verdict.decision is Decision.PASS,
        )
        if self._register.too_late > before:
            log.error("gate_answer_too_late", acquisition_id=verdict.acquisition_id)
        self._look()

    def _look(self) -> None:
        for part in self._register.at_gate(self._now_ns()):
            self._arrived(part)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_ns = self._register.next_ns()
        if due_ns is not None:
            # The loop's clock is CLOCK_MONOTONIC, as every time here.
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at((due_ns + 1) / 1e9, self._look)
