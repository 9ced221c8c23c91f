"""The shift register to the reject gate."""

from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.gate import GatePart, GateRegister, GateRules


def by_parts(count: int) -> GateRegister:
    return GateRegister(GateRules(after_parts=count))


def by_time(after_ns: int) -> GateRegister:
    return GateRegister(GateRules(after_ns=after_ns))


def answer(gate: GateRegister, number: int, at_ns: int = 0, *, passes: bool = True) -> None:
    gate.answered(number, 100 + number, at_ns, passes=passes)


def test_a_part_reaches_the_gate_so_many_parts_later() -> None:
    gate = by_parts(2)
    answer(gate, 1)
    answer(gate, 2, passes=False)
    assert gate.at_gate(0) == []
    gate.seen(3)
    assert gate.at_gate(0) == [GatePart(1, 101, let_through=True)]
    gate.seen(4)
    assert gate.at_gate(0) == [GatePart(2, 102, let_through=False)]


def test_a_part_without_an_answer_is_rejected_and_the_answer_comes_too_late() -> None:
    gate = by_parts(1)
    gate.seen(1)
    gate.seen(2)
    assert gate.at_gate(0) == [GatePart(1, 0, let_through=False)]
    answer(gate, 1)
    assert gate.too_late == 1
    answer(gate, 2)
    gate.seen(3)
    assert gate.at_gate(0) == [GatePart(2, 102, let_through=True)]


def test_a_part_reaches_the_gate_so_long_after_its_trigger() -> None:
    gate = by_time(500)
    answer(gate, 1, 1_000)
    answer(gate, 2, 1_200)
    assert gate.next_ns() == 1_500
    assert gate.at_gate(1_499) == []
    assert gate.at_gate(1_500) == [GatePart(1, 101, let_through=True)]
    assert gate.next_ns() == 1_700
    assert gate.at_gate(9_999) == [GatePart(2, 102, let_through=True)]
    assert gate.next_ns() is None


@given(
    st.lists(st.sampled_from(["pass", "fail", "none"]), min_size=1, max_size=60),
    st.integers(1, 5),
)
def test_every_part_is_at_the_gate_once_in_order_and_passes_only_if_it_was_told_so(
    told: list[str], distance: int
) -> None:
    gate, found = by_parts(distance), []
    for number, decision in enumerate(told, 1):
        gate.seen(number)
        if decision != "none":
            answer(gate, number, passes=decision == "pass")
        found += gate.at_gate(0)
    gate.seen(len(told) + distance)
    found += gate.at_gate(0)
    assert [part.acquisition_id for part in found] == list(range(1, len(told) + 1))
    assert [part.let_through for part in found] == [decision == "pass" for decision in told]


@given(st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=1, max_size=40))
def test_by_time_nothing_is_at_the_gate_before_its_time_and_everything_after(
    parts: list[tuple[int, bool]],
) -> None:
    gate, now_ns, found = by_time(120), 0, []
    due = []
    for number, (gap_ns, passes) in enumerate(parts, 1):
        now_ns += gap_ns
        answer(gate, number, now_ns, passes=passes)
        due.append(now_ns + 120)
        there = gate.at_gate(now_ns)
        assert all(due[part.acquisition_id - 1] <= now_ns for part in there)
        found += there
    found += gate.at_gate(now_ns + 120)
    assert [part.let_through for part in found] == [passes for _, passes in parts]
