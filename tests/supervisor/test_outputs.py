"""What a station is told to show on its camera's lines."""

from collections.abc import Callable

import pytest

from inspectd.core.messages import SignalReady, SignalVerdict
from inspectd.core.verdict import Decision, Verdict
from inspectd.supervisor.outputs import DigitalOutputs


@pytest.mark.parametrize("decision", list(Decision))
def test_pass_alone_passes(decision: Decision, make_verdict: Callable[..., Verdict]) -> None:
    said: list[SignalVerdict | SignalReady] = []
    outputs = DigitalOutputs(said.append, lambda: 42)
    outputs.show(make_verdict(decision=decision, part_id=9))
    assert said == [SignalVerdict(decision is Decision.PASS, 9, 42)]


def test_ready_is_passed_on() -> None:
    said: list[SignalVerdict | SignalReady] = []
    DigitalOutputs(said.append).ready(ready=True)
    assert said == [SignalReady(ready=True)]
