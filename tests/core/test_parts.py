from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.parts import DEADLINE, LOST, MS, WINDOW, assembler, result

from inspectd.core.parts import AssemblyRules, PartAssembler
from inspectd.core.verdict import Decision, ReasonCode


def test_an_announced_part_gets_the_decision_of_its_view() -> None:
    parts = assembler()
    acquisition = parts.announce(700, 9, 0)
    assert parts.view_started("top", 1, 10 * MS, None, 10 * MS) == acquisition
    parts.view_done("top", 1, result(), 20 * MS)
    (part,) = parts.take_decided()
    assert (part.part_id, part.lot_id, part.decision, part.late) == (700, 9, Decision.PASS, False)


def test_a_part_without_announcements_is_judged_as_part_zero() -> None:
    parts = assembler()
    parts.view_started("top", 1, 0, None, 0)
    parts.view_done("top", 1, result(), 5 * MS)
    (part,) = parts.take_decided()
    assert (part.part_id, part.decision) == (0, Decision.PASS)


def test_a_frame_without_announcement_is_no_verdict_once_the_plc_announces() -> None:
    parts = assembler()
    parts.announce(1, 0, 0)
    parts.view_started("top", 1, 0, None, 0)
    parts.view_done("top", 1, result(), 1 * MS)
    parts.take_decided()
    parts.view_started("top", 2, 100 * MS, None, 100 * MS)
    parts.view_done("top", 2, result(), 101 * MS)
    assert parts.take_decided() == []
    assert parts.next_event_ns() == 100 * MS + WINDOW + 1
    parts.expire(100 * MS + WINDOW + 1)
    (part,) = parts.take_decided()
    assert part.decision is Decision.NO_VERDICT
    assert part.reasons[0].code is ReasonCode.TRIGGER_MISMATCH


def test_a_frame_in_doubt_that_is_still_judged_is_looked_at_again_at_its_deadline_only() -> None:
    parts = assembler()
    parts.announce(1, 0, 0)
    parts.view_started("top", 1, 0, None, 0)
    parts.view_done("top", 1, result(), 1 * MS)
    parts.take_decided()
    parts.view_started("top", 2, 100 * MS, None, 100 * MS)
    # Looking earlier would change nothing, and again and again: the loop would do nothing else.
    assert parts.next_event_ns() == 100 * MS + DEADLINE


def test_a_plc_that_announced_only_while_the_line_was_not_ready_announces_all_the_same() -> None:
    parts = assembler()
    parts.missed(1, 0, 0)
    parts.view_started("top", 1, 500 * MS, None, 500 * MS)
    parts.view_done("top", 1, result(), 501 * MS)
    parts.expire(500 * MS + WINDOW + 1)
    assert [p.decision for p in parts.take_decided()] == [Decision.NO_VERDICT] * 2


def test_an_announcement_shortly_after_the_frame_names_the_part() -> None:
    parts = assembler()
    parts.announce(1, 0, 0)
    parts.view_started("top", 1, 0, None, 0)
    parts.view_done("top", 1, result(), 0)
    parts.take_decided()
    first = parts.view_started("top", 2, 100 * MS, None, 100 * MS)
    parts.view_done("top", 2, result(), 101 * MS)
    assert parts.announce(2, 0, 110 * MS) == first
    assert parts.next_event_ns() == 110 * MS + WINDOW
    parts.expire(110 * MS + WINDOW)
    (part,) = parts.take_decided()
    assert (part.part_id, part.decision) == (2, Decision.PASS)


@pytest.mark.parametrize(
    ("extra_ms", "announced_ms", "own_ms"), [(100, 105, 133), (105, 100, 125), (100, 125, 126)]
)
def test_an_extra_frame_beside_an_announcement_never_passes_the_part(
    extra_ms: int, announced_ms: int, own_ms: int
) -> None:
    """The extra frame shows a good part, the part's own frame a bad one."""
    parts = assembler()
    judged_ms = 26
    steps: list[tuple[int, Callable[[int], object]]] = [
        (announced_ms, lambda now: parts.announce(1, 0, now)),
        (extra_ms, lambda now: parts.view_started("top", 1, now, None, now)),
        (extra_ms + judged_ms, lambda now: parts.view_done("top", 1, result(), now)),
        (own_ms, lambda now: parts.view_started("top", 2, now, None, now)),
        (
            own_ms + judged_ms,
            lambda now: parts.view_done("top", 2, result(Decision.FAIL), now),
        ),
    ]
    parts.announce(99, 0, 0)
    parts.view_started("top", 9, 0, None, 0)
    parts.view_done("top", 9, result(), 1)
    parts.take_decided()
    for at_ms, step in sorted(steps, key=lambda item: item[0]):
        step(at_ms * MS)
    parts.expire(2 * DEADLINE)
    decided = parts.take_decided()
    assert Decision.PASS not in {part.decision for part in decided}
    assert [part.part_id for part in decided].count(1) == 1


def test_a_part_still_in_doubt_at_its_deadline_does_not_pass() -> None:
    window = DEADLINE - 1 * MS
    parts = PartAssembler(
        ("top",), AssemblyRules(hardware_trigger=True, deadline_ns=DEADLINE, match_window_ns=window)
    )
    parts.announce(1, 0, 0)
    parts.view_started("top", 1, 0, None, 0)
    parts.view_done("top", 1, result(), 0)
    parts.take_decided()
    parts.view_started("top", 2, 2 * DEADLINE, None, 2 * DEADLINE)
    parts.view_done("top", 2, result(), 2 * DEADLINE)
    parts.announce(2, 0, 2 * DEADLINE + 500 * MS)
    parts.expire(4 * DEADLINE)
    (part,) = parts.take_decided()
    assert (part.part_id, part.decision) == (2, Decision.NO_VERDICT)


def test_a_part_without_a_frame_is_no_verdict_at_its_deadline() -> None:
    parts = assembler()
    parts.announce(1, 0, 0)
    assert parts.next_event_ns() == DEADLINE
    parts.expire(DEADLINE - 1)
    assert parts.take_decided() == []
    parts.expire(DEADLINE)
    (part,) = parts.take_decided()
    assert part.late
    assert part.decision is Decision.NO_VERDICT
    assert part.reasons[0].code is ReasonCode.FRAME_MISSING


def test_a_result_after_the_deadline_changes_nothing_and_is_counted() -> None:
    parts = assembler()
    parts.announce(1, 0, 0)
    parts.view_started("top", 1, 0, None, 0)
    parts.expire(DEADLINE)
    assert parts.view_done("top", 1, result(), DEADLINE + 1) is None
    (part,) = parts.take_decided()
    assert part.reasons[0].code is ReasonCode.DEADLINE_MISSED
    assert parts.late_results == 1


def test_a_trigger_while_the_line_waits_for_a_frame_takes_both_parts_down() -> None:
    parts = assembler()
    parts.announce(1, 0, 0)
    parts.missed(2, 0, 10 * MS)
    first, second = parts.take_decided()
    assert first.decision is second.decision is Decision.NO_VERDICT
    assert first.reasons[0].code is ReasonCode.TRIGGER_MISMATCH
    assert second.reasons[0].code is ReasonCode.MISSED_ACQUISITION


def test_the_frame_of_a_missed_part_is_never_given_to_another_part() -> None:
    parts = assembler()
    parts.announce(1, 0, 0)
    parts.missed(2, 0, 10 * MS)
    parts.view_started("top", 1, 12 * MS, None, 12 * MS)
    parts.view_done("top", 1, result(), 15 * MS)
    parts.expire(DEADLINE * 2)
    answers = [(p.part_id, p.decision) for p in parts.take_decided()]
    assert answers == [(1, Decision.NO_VERDICT), (2, Decision.NO_VERDICT)]


def test_the_late_frame_of_an_answered_part_is_not_the_next_parts() -> None:
    parts = assembler(deadline=40 * MS)
    parts.announce(1, 0, 0)
    parts.expire(40 * MS)
    second = parts.announce(2, 0, 45 * MS)
    assert parts.view_started("top", 1, 48 * MS, None, 48 * MS) == second
    parts.view_done("top", 1, result(), 50 * MS)
    parts.view_started("top", 2, 55 * MS, None, 55 * MS)
    parts.view_done("top", 2, result(), 57 * MS)
    answers = {p.acquisition_id: p for p in parts.take_decided()}
    assert answers[second].decision is Decision.NO_VERDICT
    assert answers[second].reasons[0].code is ReasonCode.TRIGGER_MISMATCH


def test_a_part_after_a_doubtful_one_is_judged_again() -> None:
    parts = assembler(deadline=40 * MS)
    parts.announce(1, 0, 0)
    parts.expire(40 * MS)
    parts.take_decided()
    parts.announce(2, 0, 200 * MS)
    parts.view_started("top", 1, 205 * MS, None, 205 * MS)
    parts.view_done("top", 1, result(), 210 * MS)
    assert [p.decision for p in parts.take_decided()] == [Decision.PASS]


def test_a_frame_long_after_an_announcement_is_not_that_parts() -> None:
    # The photo-eye saw part 2, and its frame comes before the PLC has announced it.
    parts = assembler()
    parts.announce(1, 0, 0)
    parts.view_started("top", 1, 500 * MS, None, 500 * MS)
    parts.view_done("top", 1, result(), 505 * MS)
    parts.missed(2, 0, 510 * MS)
    parts.expire(DEADLINE)
    assert {p.decision for p in parts.take_decided()} == {Decision.NO_VERDICT}


def test_a_result_that_comes_before_anybody_noticed_the_deadline_is_late_all_the_same() -> None:
    parts = assembler()
    parts.announce(1, 0, 0)
    parts.view_started("top", 1, 10 * MS, None, 10 * MS)
    parts.view_done("top", 1, result(), DEADLINE + 1)
    (part,) = parts.take_decided()
    assert (part.decision, part.late) == (Decision.NO_VERDICT, True)
    assert part.due_ns == DEADLINE


def test_a_second_frame_of_one_part_is_not_the_next_parts() -> None:
    # The window is wider than the time between two parts: a setting that nobody should make.
    parts = assembler()
    for part_id, at in ((1, 0), (2, 40 * MS)):
        parts.announce(part_id, 0, at)
        parts.view_started("top", part_id, at + 5 * MS, None, at + 5 * MS)
        parts.view_done("top", part_id, result(), at + 6 * MS)
        if part_id == 1:
            parts.view_started("top", 9, at + 8 * MS, None, at + 8 * MS)
            parts.view_done("top", 9, result(Decision.FAIL), at + 9 * MS)
    parts.expire(DEADLINE)
    answers = [(p.part_id, p.decision) for p in parts.take_decided()]
    assert answers == [(1, Decision.PASS), (0, Decision.FAIL), (2, Decision.PASS)]


def test_two_frames_before_one_announcement_leave_a_doubt() -> None:
    parts = assembler()
    parts.announce(1, 0, 0)
    parts.view_started("top", 1, 0, None, 0)
    parts.view_done("top", 1, result(), 0)
    for view, at in ((2, 100 * MS), (3, 110 * MS)):
        parts.view_started("top", view, at, None, at)
        parts.view_done("top", view, result(), at)
    parts.announce(2, 0, 120 * MS)
    parts.expire(DEADLINE)
    decisions = [p.decision for p in parts.take_decided()]
    assert decisions == [Decision.PASS, Decision.NO_VERDICT, Decision.NO_VERDICT]


def test_parts_are_answered_in_the_order_of_their_triggers() -> None:
    parts = assembler(hardware=False)
    first, second = parts.announce(1, 0, 0), parts.announce(2, 0, 1)
    parts.view_started("top", 1, 1, second, 1)
    parts.view_done("top", 1, result(), 2)
    assert parts.take_decided() == []
    parts.view_started("top", 2, 3, first, 3)
    parts.view_done("top", 2, result(), 4)
    assert [p.part_id for p in parts.take_decided()] == [1, 2]


def test_frames_fired_for_an_answered_part_open_no_new_one() -> None:
    parts = assembler(hardware=False)
    acquisition = parts.announce(1, 0, 0)
    parts.expire(DEADLINE)
    parts.take_decided()
    parts.view_started("top", 1, DEADLINE + 1, acquisition, DEADLINE + 1)
    assert parts.open_parts() == 0


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["announce", "missed", "started", "done", "down", "up", "expire"]),
        st.sampled_from(["top", "side"]),
        st.sampled_from([Decision.PASS, Decision.FAIL, Decision.REVIEW, Decision.NO_VERDICT]),
        st.integers(0, 300),
    ),
    max_size=60,
)


@given(EVENTS, st.booleans())
@settings(max_examples=300)
def test_every_part_is_answered_once_in_order_and_passes_only_if_every_view_did(
    events: list[tuple[str, str, Decision, int]], hardware: bool
) -> None:
    parts = assembler("top", "side", hardware=hardware)
    now, view, opened, answered = 0, 0, set[int](), list[int]()
    running: list[tuple[str, int]] = []
    for what, station, decision, step_ms in events:
        now += step_ms * MS
        if what == "announce":
            opened.add(parts.announce(now, 0, now))
        elif what == "missed":
            opened.add(parts.missed(now, 0, now))
        elif what == "started":
            view += 1
            fired = None if hardware or not opened else max(opened)
            opened.add(parts.view_started(station, view, now, fired, now))
            running.append((station, view))
        elif what == "done" and running:
            parts.view_done(*running.pop(0), result(decision), now)
        elif what == "down":
            parts.station_down(station, LOST, now)
        elif what == "up":
            parts.station_up(station)
        else:
            parts.expire(now)
        for part in parts.take_decided():
            answered.append(part.acquisition_id)
            if part.decision is Decision.PASS:
                views = part.views.values()
                assert {v.decision for v in views} == {Decision.PASS}
                assert len(views) == 2
    parts.expire(now + DEADLINE + WINDOW + 1)
    answered += [part.acquisition_id for part in parts.take_decided()]
    assert answered == sorted(opened)
    assert parts.next_event_ns() is None
