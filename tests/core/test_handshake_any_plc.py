"""The rules of the handshake under any sequence of PLC writes, verdicts and pauses."""

from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from inspectd.core.handshake import Buffer, Result, Trigger, Watchdog
from inspectd.core.handshake_rules import Control, Handshake

MS: Final = 1_000_000


class AnyPlc(RuleBasedStateMachine):
    """Whatever a PLC writes and whenever verdicts come, the rules of the contract hold."""

    def __init__(self) -> None:
        super().__init__()
        self.handshake: Handshake[str] = Handshake(watchdog_ns=1000 * MS, timeout_ns=5000 * MS)
        self.now_ns = 0
        self.ready = False
        self.offered: list[str] = []
        self.shown: list[str] = []

    @rule(ready=st.booleans())
    def vision(self, ready: bool) -> None:
        self.ready = ready
        self.handshake.set_ready(ready)

    @rule(
        control=st.builds(
            Control,
            trigger_enable=st.booleans(),
            trigger=st.booleans(),
            results_ack=st.booleans(),
            execute_command=st.booleans(),
            set_offline=st.booleans(),
            clear_error=st.booleans(),
            heartbeat=st.integers(0, 3),
            command_code=st.just(0),
            part_id=st.integers(0, 3),
            lot_id=st.just(0),
            ack_sequence=st.integers(0, 12),
        )
    )
    def plc_writes(self, control: Control) -> None:
        announced = self.handshake.write(control, self.now_ns)
        if announced is None:
            return
        assert control.trigger
        assert announced.part_id == control.part_id
        if announced.taken:
            assert self.ready
            assert control.trigger_enable
            assert not control.set_offline

    @precondition(lambda self: self.handshake.shown is not None)
    @rule(acknowledge=st.booleans())
    def plc_takes_the_record(self, acknowledge: bool) -> None:
        sequence = int(self.handshake.shown or 0)
        control = Control(results_ack=acknowledge, ack_sequence=sequence)
        self.handshake.write(control, self.now_ns)

    @precondition(lambda self: self.handshake.states.watchdog is not Watchdog.WAITING)
    @rule()
    def plc_goes(self) -> None:
        self.handshake.writer_lost(self.now_ns)

    @rule()
    def verdict(self) -> None:
        number = len(self.offered) + self.handshake.overruns + 1
        if self.handshake.offer(number, str(number), self.now_ns):
            self.offered.append(str(number))

    @rule(ms=st.integers(0, 3000))
    def time_passes(self, ms: int) -> None:
        self.now_ns += ms * MS
        self.handshake.tick(self.now_ns)

    @invariant()
    def records_appear_in_order_and_none_is_left_out(self) -> None:
        shown = self.handshake.shown
        if shown is not None and (not self.shown or self.shown[-1] != shown):
            self.shown.append(shown)
        assert self.shown == self.offered[: len(self.shown)]

    @invariant()
    def results_valid_means_a_record_stands(self) -> None:
        states = self.handshake.states
        assert (states.result is Result.EMPTY) == (self.handshake.shown is None)

    @invariant()
    def trigger_ready_means_every_condition_holds(self) -> None:
        states = self.handshake.states
        if states.trigger is not Trigger.OPEN:
            return
        assert self.ready
        assert self.handshake.control.trigger_enable
        assert self.handshake.free_slots > 0
        assert states.watchdog is Watchdog.ALIVE
        assert states.buffer is Buffer.NORMAL

    @invariant()
    def every_trigger_is_taken_or_missed(self) -> None:
        assert 0 <= self.handshake.missed <= self.handshake.triggers


TestAnyPlc = AnyPlc.TestCase
TestAnyPlc.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
