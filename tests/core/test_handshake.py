"""Every event in every state: the table's row, or an error that changes nothing."""

from dataclasses import astuple, fields
from itertools import product
from typing import Any, get_args

import pytest

from inspectd.core.errors import ProtocolError
from inspectd.core.handshake import TRANSITIONS, Event, State, States, step

MACHINES: tuple[Any, ...] = get_args(State)
EVERYWHERE = [States(*combination) for combination in product(*MACHINES)]


def test_states_has_one_field_for_each_machine() -> None:
    assert tuple(type(getattr(States(), field.name)) for field in fields(States)) == MACHINES


@pytest.mark.parametrize("event", Event)
def test_an_event_moves_its_own_machine_or_raises_and_changes_nothing(event: Event) -> None:
    for before in EVERYWHERE:
        copy = States(*(getattr(before, field.name) for field in fields(before)))
        rows = [(state, TRANSITIONS.get((state, event))) for state in _machines(before)]
        allowed = [following for _, following in rows if following is not None]
        if allowed:
            expected = [following or state for state, following in rows]
            assert _machines(step(before, event)) == expected
        else:
            with pytest.raises(ProtocolError, match=event.name):
                step(before, event)
        assert before == copy


@pytest.mark.parametrize("event", Event)
def test_an_event_belongs_to_exactly_one_machine(event: Event) -> None:
    machines = {type(state) for state, its_event in TRANSITIONS if its_event is event}
    assert len(machines) == 1


def test_a_transition_stays_within_its_machine() -> None:
    assert all(type(before) is type(after) for (before, _), after in TRANSITIONS.items())


def test_every_state_can_be_reached_from_the_start() -> None:
    reached = set(_machines(States()))
    for _ in TRANSITIONS:
        reached |= {after for (before, _), after in TRANSITIONS.items() if before in reached}
    assert reached == {state for machine in MACHINES for state in machine}


def test_every_state_but_the_first_waiting_for_a_plc_can_be_come_back_to() -> None:
    entered = {after for (before, _), after in TRANSITIONS.items() if before is not after}
    never = {state for machine in MACHINES for state in machine} - entered
    assert {state.name for state in never} == {"WAITING"}


def _machines(states: States) -> list[State]:
    return list(astuple(states))
