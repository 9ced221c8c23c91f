"""Parts on their way from the camera to the reject gate."""

import asyncio
import time
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from inspectd.core.gate import GatePart, GateRules
from inspectd.core.verdict import Decision, Verdict
from inspectd.supervisor.gate import Gate

Make = Callable[..., Verdict]


class Way:
    def __init__(self, rules: GateRules, make_verdict: Make) -> None:
        self.there: list[GatePart] = []
        self.both = asyncio.Event()
        self.gate = Gate(rules, self._arrived, time.monotonic_ns)
        self._make = make_verdict

    def _arrived(self, part: GatePart) -> None:
        self.there.append(part)
        if len(self.there) > 1:
            self.both.set()

    def told(self, number: int, decision: Decision) -> None:
        verdict = self._make(acquisition_id=number, part_id=number, decision=decision)
        self.gate.told(verdict, time.monotonic_ns())


@pytest.mark.parametrize("decision", list(Decision))
async def test_only_a_part_that_was_told_pass_is_let_through(
    decision: Decision, make_verdict: Make
) -> None:
    way = Way(GateRules(after_parts=1), make_verdict)
    way.told(1, decision)
    way.gate.seen(2)
    assert way.there == [GatePart(1, 1, let_through=decision is Decision.PASS)]


async def test_an_answer_that_comes_when_the_part_was_rejected_is_told_of(
    make_verdict: Make,
) -> None:
    way = Way(GateRules(after_parts=1), make_verdict)
    way.gate.seen(2)
    with capture_logs() as logs:
        way.told(1, Decision.PASS)
    assert [part.let_through for part in way.there] == [False]
    assert [entry["event"] for entry in logs] == ["gate_answer_too_late"]
    assert way.gate.too_late == 1


async def test_a_part_is_at_the_gate_when_its_time_has_come(make_verdict: Make) -> None:
    way = Way(GateRules(after_ns=30_000_000), make_verdict)
    began_s = time.monotonic()
    way.told(1, Decision.PASS)
    way.told(2, Decision.FAIL)
    assert way.there == []
    async with asyncio.timeout(60):
        await way.both.wait()
    assert time.monotonic() - began_s >= 0.03
    assert [part.let_through for part in way.there] == [True, False]
