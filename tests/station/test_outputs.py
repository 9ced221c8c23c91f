"""Pass, fail and ready on a camera's lines: which is up when, and that doubt is never pass."""

import threading
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.errors import DeviceError
from inspectd.core.messages import SignalReady, SignalVerdict
from inspectd.core.outputs import OutputSignals
from inspectd.station.outputs import Outputs, Signals

MS = 1_000_000
WANTED = OutputSignals("UserOutput1", "UserOutput2", "UserOutput3", 20, "alternating")
READY = SignalReady(ready=True)


class Lines:
    """What is up, and every change with its time."""

    def __init__(self) -> None:
        self.up: set[str] = set()
        self.changes: list[tuple[str, bool]] = []

    def switch(self, output: str, on: bool) -> None:
        self.changes.append((output, on))
        (self.up.add if on else self.up.discard)(output)


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def signals(lines: Lines) -> Signals:
    return Signals(WANTED, lines.switch)


def verdict(at_ms: int, *, passed: bool = True) -> SignalVerdict:
    return SignalVerdict(passed, 7, at_ms * MS)


@pytest.mark.parametrize(("passed", "output"), [(True, "UserOutput1"), (False, "UserOutput2")])
def test_a_verdict_is_one_pulse_on_its_own_line(
    signals: Signals, lines: Lines, passed: bool, output: str
) -> None:
    signals.verdict(verdict(1000, passed=passed), 1001 * MS)
    assert lines.up == {output}
    signals.turn(1020 * MS)
    assert lines.up == {output}
    assert signals.due_ns() == 1021 * MS
    signals.turn(1021 * MS)
    assert lines.changes == [(output, True), (output, False)]


def test_a_pass_that_comes_late_is_given_as_fail(signals: Signals, lines: Lines) -> None:
    signals.verdict(verdict(1000), 1051 * MS)
    assert lines.up == {"UserOutput2"}
    assert signals.withheld == 1


def test_a_pass_while_another_pulse_is_up_is_given_as_fail(signals: Signals, lines: Lines) -> None:
    signals.verdict(verdict(1000), 1000 * MS)
    signals.verdict(verdict(1010), 1010 * MS)
    assert lines.up == {"UserOutput2"}
    assert lines.changes == [("UserOutput1", True), ("UserOutput1", False), ("UserOutput2", True)]
    assert signals.withheld == 1


def test_a_fail_ends_a_pass_that_is_up(signals: Signals, lines: Lines) -> None:
    signals.verdict(verdict(1000), 1000 * MS)
    signals.verdict(verdict(1005, passed=False), 1005 * MS)
    assert lines.up == {"UserOutput2"}


def test_ready_changes_its_level_ten_times_a_second_and_ends_down(
    signals: Signals, lines: Lines
) -> None:
    for at_ms in range(1000, 2000, 100):
        signals.ready(READY, at_ms * MS)
    assert [on for _, on in lines.changes] == [True, False] * 5
    signals.ready(READY, 2000 * MS)
    assert lines.up == {"UserOutput3"}
    signals.ready(SignalReady(ready=False), 2001 * MS)
    assert lines.up == set()
    assert signals.due_ns() is None


def test_a_supervisor_that_falls_silent_is_not_ready_half_a_second_later(lines: Lines) -> None:
    signals = Signals(replace(WANTED, ready_signal="level"), lines.switch)
    signals.ready(READY, 1000 * MS)
    signals.turn(1499 * MS)
    assert lines.up == {"UserOutput3"}
    assert signals.due_ns() == 1500 * MS
    signals.turn(1500 * MS)
    assert lines.up == set()


def test_what_is_not_named_is_never_switched(lines: Lines) -> None:
    signals = Signals(replace(WANTED, fail_output="", ready_output=""), lines.switch)
    signals.verdict(verdict(1000, passed=False), 1000 * MS)
    signals.ready(READY, 1000 * MS)
    signals.end()
    assert lines.changes == []


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 100), st.sampled_from(["pass", "fail", "up"])),
        max_size=40,
    )
)
def test_every_pass_edge_is_a_verdict_that_passed_just_now_and_no_two_signals_are_up(
    steps: list[tuple[int, int, str]],
) -> None:
    lines = Lines()
    signals = Signals(WANTED, lines.switch)
    now_ms = 1000
    for gap_ms, age_ms, what in steps:
        now_ms += gap_ms
        before = len(lines.changes)
        if what == "up":
            signals.ready(READY, now_ms * MS)
        else:
            signals.verdict(verdict(now_ms - age_ms, passed=what == "pass"), now_ms * MS)
        if ("UserOutput1", True) in lines.changes[before:]:
            assert what == "pass"
            assert age_ms <= 50
        assert not {"UserOutput1", "UserOutput2"} <= lines.up
    signals.end()
    assert lines.up == set()


def test_the_thread_ends_each_pulse_by_itself_and_lowers_all_at_the_end() -> None:
    lines = Lines()
    down = threading.Event()

    def switch(output: str, on: bool) -> None:
        lines.switch(output, on)
        if not on:
            down.set()

    outputs = Outputs(replace(WANTED, pulse_ms=1, ready_signal="level"), switch)
    outputs.signal(READY)
    outputs.signal(SignalVerdict(True, 7, time.monotonic_ns()))  # noqa: FBT003 - passed
    assert down.wait(60.0)
    outputs.close()
    assert lines.up == set()
    assert ("UserOutput1", True) in lines.changes
    assert lines.changes[-1] == ("UserOutput3", False)


def test_a_camera_that_is_away_is_told_once_and_the_thread_lives(
    capfd: pytest.CaptureFixture[str],
) -> None:
    asked: list[str] = []
    enough = threading.Event()

    def switch(output: str, on: bool) -> None:
        del on
        asked.append(output)
        if len(asked) >= 4:
            enough.set()
        msg = "it is not open"
        raise DeviceError(msg)

    outputs = Outputs(replace(WANTED, pulse_ms=1), switch)
    for _ in range(4):
        outputs.signal(SignalVerdict(False, 7, time.monotonic_ns()))  # noqa: FBT003 - failed
    assert enough.wait(60.0)
    outputs.close()
    assert capfd.readouterr().err.count("output_not_set") == 1
