"""Alarms: every event in every state, delays, chatter, shelving."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.alarms import (
    CHATTER_RAISES,
    CHATTER_WINDOW_NS,
    LONGEST_SHELF_NS,
    TRANSITIONS,
    Alarm,
    AlarmBook,
    AlarmEvent,
    AlarmState,
    Delays,
    step,
)
from inspectd.core.errors import ProtocolError

S = 1_000_000_000
AT_ONCE = Delays(0, 0)


def what(alarm: Alarm, detail: str | None, now_s: float) -> list[str]:
    return [change.what for change in alarm.look(detail, int(now_s * S))]


def state_of(alarm: Alarm) -> str:
    return str(alarm.state)


@pytest.mark.parametrize(("state", "event"), list(product(AlarmState, AlarmEvent)))
def test_an_event_follows_the_table_or_is_an_error(state: AlarmState, event: AlarmEvent) -> None:
    if (state, event) in TRANSITIONS:
        assert step(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(ProtocolError, match=event.name):
            step(state, event)


def test_an_alarm_that_is_acknowledged_and_returns_is_over() -> None:
    alarm = Alarm("a", AT_ONCE)
    assert what(alarm, "hot", 0) == ["raised"]
    assert [c.what for c in alarm.acknowledge()] == ["acknowledged"]
    assert what(alarm, None, 1) == ["returned"]
    assert state_of(alarm) == "normal"


def test_an_alarm_that_returns_before_anybody_noticed_waits_for_its_acknowledgement() -> None:
    alarm = Alarm("a", AT_ONCE)
    what(alarm, "hot", 0)
    what(alarm, None, 1)
    assert state_of(alarm) == "returned_unacknowledged"
    assert alarm.annunciated
    alarm.acknowledge()
    assert state_of(alarm) == "normal"
    assert alarm.acknowledge() == []


def test_a_condition_must_last_before_it_counts_and_be_gone_before_it_does_not() -> None:
    alarm = Alarm("a", Delays(2 * S, 3 * S))
    assert what(alarm, "x", 0) == []
    assert what(alarm, None, 1) == []
    assert what(alarm, "x", 2) == []
    assert what(alarm, "x", 4) == ["raised"]
    assert what(alarm, None, 5) == []
    assert what(alarm, "x", 6) == []
    assert what(alarm, None, 7) == []
    assert what(alarm, None, 10) == ["returned"]


def test_an_alarm_that_chatters_is_told_once_and_stands_until_it_has_been_quiet() -> None:
    alarm = Alarm("a", AT_ONCE)
    told = []
    for second in range(0, 40, 2):
        told += what(alarm, "x", second) + what(alarm, None, second + 1)
    assert told.count("raised") == CHATTER_RAISES
    assert told.count("chattering") == 1
    assert alarm.active
    quiet = 40 + CHATTER_WINDOW_NS / S
    assert what(alarm, None, quiet) == ["returned"]
    assert not alarm.chattering


def test_an_alarm_that_stands_still_does_not_chatter_any_more() -> None:
    alarm = Alarm("a", AT_ONCE)
    for second in range(0, 2 * CHATTER_RAISES, 2):
        what(alarm, "x", second)
        what(alarm, None, second + 1)
    what(alarm, "x", 10)
    chattering = [alarm.chattering]
    what(alarm, "x", 10 + 2 * CHATTER_WINDOW_NS / S)
    assert [*chattering, alarm.chattering] == [True, False]
    assert what(alarm, None, 200) == ["returned"]


def test_a_shelved_alarm_is_silent_until_its_time_is_over() -> None:
    alarm = Alarm("a", AT_ONCE)
    alarm.shelve(60 * S, 0)
    what(alarm, "x", 1)
    assert alarm.active
    assert [alarm.annunciated, what(alarm, "x", 60)] == [False, ["unshelved"]]
    assert alarm.annunciated


def test_nothing_is_shelved_for_longer_than_a_shift() -> None:
    alarm = Alarm("a", AT_ONCE)
    alarm.shelve(10 * LONGEST_SHELF_NS, 5)
    assert alarm.shelved_until_ns == LONGEST_SHELF_NS + 5


def test_the_first_out_is_the_oldest_that_is_not_acknowledged() -> None:
    book = AlarmBook(dict.fromkeys("abc", AT_ONCE))
    book.look({"b": ""}, 1)
    book.look({"a": "", "b": ""}, 2)
    assert book.first_out() == "b"
    book.alarms["b"].acknowledge()
    assert book.first_out() == "a"
    assert [change.what for change in book.acknowledge_all()] == ["acknowledged"]
    assert book.first_out() == ""


def test_a_condition_that_is_no_alarm_is_an_error() -> None:
    with pytest.raises(KeyError):
        AlarmBook({}).look({"a": ""}, 0)


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans(), st.booleans()), max_size=60))
def test_whatever_happens_raised_and_returned_take_turns(
    moves: list[tuple[int, bool, bool]],
) -> None:
    alarm, now_s, told = Alarm("a", Delays(1 * S, 2 * S)), 0, []
    for seconds, stands, acknowledged in moves:
        now_s += seconds
        told += [w for w in what(alarm, "x" if stands else None, now_s) if w[0] == "r"]
        if acknowledged:
            alarm.acknowledge()
    assert told == (["raised", "returned"] * len(told))[: len(told)]
    assert alarm.active == (len(told) % 2 == 1)
