"""Threads: several do the pieces of one part's work together."""

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from inspectd.station.threads import Threads

_LIMIT_S = 20.0


@pytest.fixture(params=[1, 2, 5])
def threads(request: pytest.FixtureRequest) -> Iterator[Threads]:
    made = Threads(request.param)
    yield made
    made.close()


@pytest.fixture
def two() -> Iterator[Threads]:
    made = Threads(2)
    yield made
    made.close()


def test_answers_come_in_the_order_of_the_work(threads: Threads) -> None:
    work: list[Callable[[], int]] = [partial(int, at) for at in range(100)]
    assert threads(work) == list(range(100))


def test_no_work_is_done_at_once(threads: Threads) -> None:
    assert threads([]) == []


def test_two_pieces_of_work_are_done_at_the_same_time(two: Threads) -> None:
    meeting = threading.Barrier(2, timeout=_LIMIT_S)
    assert sorted(two([meeting.wait, meeting.wait])) == [0, 1]


def test_work_may_spread_work_of_its_own(threads: Threads) -> None:
    def nested(depth: int) -> int:
        return 1 if depth == 0 else sum(threads([partial(nested, depth - 1)] * 3))

    assert nested(4) == 81


def test_whoever_waits_helps_with_what_others_have_spread(two: Threads) -> None:
    """The helper spreads two pieces that can only be done together: the caller must do one."""
    meeting = threading.Barrier(2, timeout=_LIMIT_S)
    begun = threading.Event()

    def spreads() -> None:
        begun.set()
        two([meeting.wait, meeting.wait])

    def waits() -> None:
        begun.wait(_LIMIT_S)

    two([waits, spreads])
    assert meeting.n_waiting == 0


def test_the_first_failure_in_order_is_raised_after_all_is_done(threads: Threads) -> None:
    done = []

    def fails(name: str) -> None:
        done.append(name)
        raise ValueError(name)

    with pytest.raises(ValueError, match="one"):
        threads([partial(done.append, "zero"), partial(fails, "one"), partial(fails, "two")])
    assert sorted(done) == ["one", "two", "zero"]


def test_a_failure_is_not_remembered(threads: Threads) -> None:
    with pytest.raises(ZeroDivisionError):
        threads([lambda: 1 // 0])
    assert threads([lambda: 1]) == [1]


def test_closing_ends_the_threads() -> None:
    made = Threads(3)
    made.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("vision-")]
