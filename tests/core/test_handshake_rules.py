"""What the PLC's bits, the verdicts and the clock do to the handshake."""

from dataclasses import replace
from typing import Final

import pytest

from inspectd.core.errors import ProtocolError
from inspectd.core.handshake import Buffer, Exposure, Fault, Result, Trigger, Watchdog
from inspectd.core.handshake_rules import (
    RESULT_SLOTS,
    Announced,
    Control,
    Handshake,
    LinkFault,
)

MS: Final = 1_000_000
WATCHDOG_NS: Final = 1000 * MS
TIMEOUT_NS: Final = 5000 * MS
ENABLED: Final = Control(trigger_enable=True, heartbeat=1)


def make() -> Handshake[str]:
    return Handshake(watchdog_ns=WATCHDOG_NS, timeout_ns=TIMEOUT_NS)


@pytest.fixture
def armed() -> Handshake[str]:
    handshake = make()
    handshake.set_ready(ready=True)
    handshake.write(ENABLED, 0)
    return handshake


def is_open(handshake: Handshake[str]) -> bool:
    return handshake.states.trigger is Trigger.OPEN


def test_it_opens_for_triggers_when_the_plc_enables_and_vision_is_ready(
    armed: Handshake[str],
) -> None:
    assert is_open(armed)


def test_without_any_plc_it_stays_closed() -> None:
    handshake = make()
    handshake.set_ready(ready=True)
    assert not is_open(handshake)


def test_it_closes_when_vision_is_no_longer_ready(armed: Handshake[str]) -> None:
    armed.set_ready(ready=False)
    assert not is_open(armed)


def test_a_trigger_while_open_is_taken_with_its_part_id(armed: Handshake[str]) -> None:
    raised = replace(ENABLED, trigger=True, part_id=70_000, lot_id=9)
    assert armed.write(raised, 1) == Announced(part_id=70_000, lot_id=9, taken=True)
    assert armed.states.trigger is Trigger.ACKNOWLEDGED
    assert armed.triggers == 1


def test_a_trigger_held_over_many_writes_is_one_trigger(armed: Handshake[str]) -> None:
    raised = replace(ENABLED, trigger=True, part_id=1)
    answers = [armed.write(replace(raised, heartbeat=beat), beat) for beat in range(2, 12)]
    assert [answer for answer in answers if answer] == [Announced(1, 0, taken=True)]


def test_it_opens_again_when_the_trigger_is_lowered(armed: Handshake[str]) -> None:
    armed.write(replace(ENABLED, trigger=True), 1)
    armed.write(ENABLED, 2)
    assert is_open(armed)


def test_a_trigger_while_vision_is_not_ready_is_missed(armed: Handshake[str]) -> None:
    armed.set_ready(ready=False)
    announced = armed.write(replace(ENABLED, trigger=True, part_id=5), 1)
    assert announced == Announced(part_id=5, lot_id=0, taken=False)
    assert armed.missed_acq
    assert (armed.triggers, armed.missed) == (1, 1)


def test_missed_acq_stands_until_a_trigger_is_taken(armed: Handshake[str]) -> None:
    armed.set_ready(ready=False)
    armed.write(replace(ENABLED, trigger=True), 1)
    armed.set_ready(ready=True)
    armed.write(ENABLED, 2)
    assert armed.missed_acq
    armed.write(replace(ENABLED, trigger=True), 3)
    assert not armed.missed_acq


def test_clear_error_takes_missed_acq_back(armed: Handshake[str]) -> None:
    armed.set_ready(ready=False)
    armed.write(replace(ENABLED, trigger=True), 1)
    armed.write(replace(ENABLED, trigger=True, clear_error=True), 2)
    assert not armed.missed_acq


def test_a_trigger_that_nobody_can_take_becomes_a_missed_one(armed: Handshake[str]) -> None:
    armed.write(replace(ENABLED, trigger=True), 1)
    armed.refuse(1)
    assert armed.states.trigger is Trigger.MISSED
    assert armed.missed_acq
    assert (armed.triggers, armed.missed) == (1, 1)


def test_refusing_without_a_trigger_raises_and_changes_nothing(armed: Handshake[str]) -> None:
    before = armed.states
    with pytest.raises(ProtocolError):
        armed.refuse(1)
    assert armed.states == before
    assert not armed.missed_acq
    assert armed.missed == 0


def test_exposure_complete_drops_with_the_next_trigger(armed: Handshake[str]) -> None:
    armed.write(replace(ENABLED, trigger=True), 1)
    armed.exposure_ended(2)
    seen = [armed.states.exposure]
    for trigger in (False, True):
        armed.write(replace(ENABLED, trigger=trigger), 3)
        seen.append(armed.states.exposure)
    assert seen == [Exposure.COMPLETE, Exposure.COMPLETE, Exposure.PENDING]


def test_a_result_is_shown_at_once_and_flips_inspection_completed(armed: Handshake[str]) -> None:
    assert armed.offer(1, "first", 1)
    assert armed.shown == "first"
    assert armed.inspection_completed
    assert armed.states.result is Result.VALID


def test_a_shown_record_is_frozen_until_it_is_acknowledged(armed: Handshake[str]) -> None:
    armed.offer(1, "first", 1)
    armed.offer(2, "second", 2)
    armed.write(replace(ENABLED, heartbeat=2), 3)
    assert armed.shown == "first"
    assert armed.inspection_completed


def test_the_next_record_appears_when_the_ack_is_lowered(armed: Handshake[str]) -> None:
    armed.offer(1, "first", 1)
    armed.offer(2, "second", 2)
    seen = []
    for acknowledge in (True, False):
        armed.write(replace(ENABLED, results_ack=acknowledge, ack_sequence=1), 3)
        seen.append((armed.states.result, armed.shown, armed.inspection_completed))
    assert seen == [(Result.ACKNOWLEDGED, "first", True), (Result.VALID, "second", False)]


def test_after_the_last_acknowledgement_no_record_stands(armed: Handshake[str]) -> None:
    armed.offer(1, "first", 1)
    armed.write(replace(ENABLED, results_ack=True, ack_sequence=1), 2)
    armed.write(ENABLED, 3)
    assert armed.shown is None
    assert armed.states.result is Result.EMPTY


def test_a_sequence_beyond_its_register_is_acknowledged_as_it_was_shown(
    armed: Handshake[str],
) -> None:
    armed.offer(2**32 + 7, "first", 1)
    armed.write(replace(ENABLED, results_ack=True, ack_sequence=7), 2)
    assert armed.states.result is Result.ACKNOWLEDGED


def test_an_ack_of_another_sequence_changes_nothing_and_is_reported(
    armed: Handshake[str],
) -> None:
    armed.offer(1, "first", 1)
    armed.write(replace(ENABLED, results_ack=True, ack_sequence=2), 2)
    assert armed.states.result is Result.VALID
    assert armed.ack_mismatches == 1
    assert armed.error == (LinkFault.ACK_MISMATCH, 0)


def test_a_wrong_ack_written_again_and_again_is_reported_once(armed: Handshake[str]) -> None:
    armed.offer(1, "first", 1)
    for beat in range(2, 6):
        wrong = replace(ENABLED, heartbeat=beat, results_ack=True, ack_sequence=2)
        armed.write(wrong, beat)
    assert armed.ack_mismatches == 1


def test_a_sequence_written_after_the_ack_bit_is_still_an_acknowledgement(
    armed: Handshake[str],
) -> None:
    armed.offer(7, "first", 1)
    armed.write(replace(ENABLED, results_ack=True), 2)
    armed.write(replace(ENABLED, results_ack=True, ack_sequence=7), 3)
    assert armed.states.result is Result.ACKNOWLEDGED


def test_no_record_appears_while_the_ack_is_up(armed: Handshake[str]) -> None:
    armed.write(replace(ENABLED, results_ack=True, ack_sequence=1), 1)
    armed.offer(1, "first", 2)
    armed.write(replace(ENABLED, heartbeat=2, results_ack=True, ack_sequence=1), 3)
    assert armed.shown is None
    assert armed.free_slots == RESULT_SLOTS - 1
    armed.write(ENABLED, 4)
    assert armed.shown == "first"


def test_eight_results_are_held_and_the_ninth_overruns(armed: Handshake[str]) -> None:
    held = [armed.offer(number, str(number), number) for number in range(1, 10)]
    assert held == [True] * RESULT_SLOTS + [False]
    assert armed.states.buffer is Buffer.OVERRUN
    assert armed.overruns == 1
    assert armed.shown == "1"
    assert not is_open(armed)


def test_with_every_slot_taken_it_takes_no_triggers(armed: Handshake[str]) -> None:
    for number in range(1, RESULT_SLOTS + 1):
        armed.offer(number, str(number), number)
    assert armed.states.buffer is Buffer.NORMAL
    assert not is_open(armed)


def test_an_overrun_stands_until_every_held_result_is_taken(armed: Handshake[str]) -> None:
    for number in range(1, RESULT_SLOTS + 2):
        armed.offer(number, str(number), number)
    taken = []
    for number in range(1, RESULT_SLOTS + 1):
        assert armed.states.buffer is Buffer.OVERRUN
        assert not is_open(armed)
        taken.append(armed.shown)
        armed.write(replace(ENABLED, results_ack=True, ack_sequence=number), 20)
        armed.write(ENABLED, 21)
    assert taken == [str(number) for number in range(1, RESULT_SLOTS + 1)]
    assert armed.states.buffer is Buffer.NORMAL
    assert is_open(armed)


def test_a_silent_plc_trips_the_watchdog_and_closes(armed: Handshake[str]) -> None:
    armed.tick(WATCHDOG_NS)
    assert is_open(armed)
    armed.tick(WATCHDOG_NS + 1)
    assert armed.states.watchdog is Watchdog.TRIPPED
    assert not is_open(armed)
    assert armed.watchdog_trips == 1


def test_writes_without_a_new_heartbeat_do_not_feed_the_watchdog(armed: Handshake[str]) -> None:
    armed.write(replace(ENABLED, part_id=1), WATCHDOG_NS)
    armed.tick(WATCHDOG_NS + 1)
    assert armed.states.watchdog is Watchdog.TRIPPED


def test_the_next_beat_revives_the_link(armed: Handshake[str]) -> None:
    armed.tick(WATCHDOG_NS + 1)
    armed.write(replace(ENABLED, heartbeat=2), WATCHDOG_NS + 2)
    assert armed.states.watchdog is Watchdog.ALIVE
    assert is_open(armed)


def test_a_lost_writer_drops_all_its_bits_and_closes(armed: Handshake[str]) -> None:
    armed.write(replace(ENABLED, trigger=True), 1)
    armed.writer_lost(2)
    assert armed.states.trigger is Trigger.CLOSED
    assert armed.states.watchdog is Watchdog.TRIPPED
    assert armed.control == Control()


def test_the_writer_after_a_lost_one_is_alive_with_its_first_write(armed: Handshake[str]) -> None:
    armed.writer_lost(1)
    armed.write(Control(trigger_enable=True, heartbeat=0), 2)
    assert armed.states.watchdog is Watchdog.ALIVE
    assert is_open(armed)


def test_a_held_result_outlives_its_plc(armed: Handshake[str]) -> None:
    armed.offer(1, "first", 1)
    armed.writer_lost(2)
    assert armed.shown == "first"
    armed.write(replace(ENABLED, results_ack=True, ack_sequence=1), 3)
    assert armed.states.result is Result.ACKNOWLEDGED


def test_losing_a_writer_that_never_was_raises_and_changes_nothing() -> None:
    handshake = make()
    before = handshake.states
    with pytest.raises(ProtocolError):
        handshake.writer_lost(1)
    assert handshake.states == before


def test_set_offline_closes_while_it_is_up(armed: Handshake[str]) -> None:
    armed.write(replace(ENABLED, set_offline=True), 1)
    assert not is_open(armed)
    armed.write(ENABLED, 2)
    assert is_open(armed)


def test_the_first_error_stands_until_clear_error(armed: Handshake[str]) -> None:
    armed.fault(17, 3, 1)
    armed.fault(18, 4, 2)
    assert armed.error == (17, 3)
    armed.write(replace(ENABLED, clear_error=True), 3)
    assert armed.states.fault is Fault.CLEAR
    assert armed.error == (0, 0)


def test_clear_error_held_up_clears_only_once(armed: Handshake[str]) -> None:
    armed.write(replace(ENABLED, clear_error=True), 1)
    armed.fault(17, 3, 2)
    armed.write(replace(ENABLED, clear_error=True, heartbeat=2), 3)
    assert armed.error == (17, 3)


@pytest.mark.parametrize(
    ("control", "fault"),
    [
        (replace(ENABLED, trigger=True), LinkFault.TRIGGER_HELD),
        (ENABLED, LinkFault.RESULT_NOT_ACKNOWLEDGED),
        (replace(ENABLED, results_ack=True, ack_sequence=1), LinkFault.ACK_HELD),
    ],
)
def test_a_bit_that_stands_too_long_is_reported_once(
    armed: Handshake[str], control: Control, fault: LinkFault
) -> None:
    if fault is not LinkFault.TRIGGER_HELD:
        armed.offer(1, "first", 0)
    armed.write(control, 0)
    armed.tick(TIMEOUT_NS)
    assert armed.timeouts == 0
    armed.tick(TIMEOUT_NS + 1)
    armed.tick(2 * TIMEOUT_NS)
    assert armed.timeouts == 1
    assert armed.error == (fault, 0)


def test_a_handshake_in_time_reports_nothing(armed: Handshake[str]) -> None:
    armed.offer(1, "first", 0)
    armed.write(replace(ENABLED, trigger=True), 1)
    armed.write(replace(ENABLED, results_ack=True, ack_sequence=1), 2)
    armed.write(ENABLED, 3)
    armed.tick(10 * TIMEOUT_NS)
    assert armed.timeouts == 0


def test_a_trigger_still_up_when_the_plc_comes_back_is_missed_and_not_taken_twice() -> None:
    handshake: Handshake[str] = Handshake(watchdog_ns=10**9, timeout_ns=10**10)
    handshake.set_ready(True)
    handshake.write(Control(trigger_enable=True, heartbeat=1), 0)
    held = Control(trigger_enable=True, trigger=True, heartbeat=2, part_id=5)
    first = handshake.write(held, 1)
    handshake.writer_lost(2)
    again = handshake.write(held, 3)
    assert first is not None
    assert first.taken
    assert again is not None
    assert not again.taken
