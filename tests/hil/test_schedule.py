"""Which faults come when."""

from itertools import islice

import pytest
from bench.schedule import BOUND_S, Fault, schedule
from hypothesis import given
from hypothesis import strategies as st


@given(seed=st.integers(0, 2**32), rounds=st.integers(1, 4))
def test_every_round_plays_every_fault_once(seed: int, rounds: int) -> None:
    plan = list(islice(schedule(seed, list(Fault)), rounds * len(Fault)))
    for start in range(0, len(plan), len(Fault)):
        assert {planned.fault for planned in plan[start : start + len(Fault)]} == set(Fault)
    assert all(planned.gap_s > 0 and planned.away_s > 0 for planned in plan)


def test_the_same_seed_draws_the_same_faults_and_another_does_not() -> None:
    draws = [list(islice(schedule(seed, list(Fault)), 14)) for seed in (3, 3, 4)]
    assert draws[0] == draws[1] != draws[2]


def test_only_the_faults_that_were_asked_for_are_played() -> None:
    plan = islice(schedule(1, [Fault.LOST_EDGE]), 5)
    assert {planned.fault for planned in plan} == {Fault.LOST_EDGE}
    assert list(schedule(1, [])) == []


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_has_a_bound(fault: Fault) -> None:
    assert 0 < BOUND_S[fault] < 60
