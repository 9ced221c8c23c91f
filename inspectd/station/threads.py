"""Threads that share the work of one part: what `vision.spread` leaves to its caller."""

import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

Answer = TypeVar("Answer")

# Python lets a thread go on for 5 ms before another one gets its turn; most pieces of a part's work
# take less, and would be waited for longer than they take.
_TURN_S = 1e-4


@dataclass(slots=True, eq=False)
class _Group:
    """Pieces of work that one call waits for, and what has become of each."""

    left: int
    answers: list[Any]
    failures: dict[int, BaseException] = field(default_factory=dict)


class Threads:
    """A `vision.spread.Spread` over `count` threads, of which the caller is one.

    Work may itself spread work: whoever waits does whatever is there to be done, so that nobody
    waits for a thread that waits for him. `close` ends the threads; nothing may be spread after it.
    """

    def __init__(self, count: int) -> None:
        if count > 1:
            sys.setswitchinterval(min(sys.getswitchinterval(), _TURN_S))
        self._todo: deque[tuple[_Group, int, Callable[[], Any]]] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._helpers = [
            threading.Thread(target=self._help, name=f"vision-{number}", daemon=True)
            for number in range(2, count + 1)
        ]
        for helper in self._helpers:
            helper.start()

    def __call__(self, work: Sequence[Callable[[], Answer]]) -> list[Answer]:
        """Do all of it; the answers in order, or what the first that failed has raised."""
        group = _Group(len(work), [None] * len(work))
        with self._changed:
            # The newest first: what was begun is finished before something else is.
            self._todo.extendleft((group, at, work[at]) for at in reversed(range(len(work))))
            self._changed.notify_all()
            while group.left:
                if self._todo:
                    self._do_one()
                else:
                    self._changed.wait()
        if group.failures:
            raise group.failures[min(group.failures)]
        return group.answers

    def close(self) -> None:
        """End the threads; waits for what they are doing."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for helper in self._helpers:
            helper.join()

    def _help(self) -> None:
        with self._changed:
            while not self._closing:
                if self._todo:
                    self._do_one()
                else:
                    self._changed.wait()

    def _do_one(self) -> None:
        """Do the next piece; the lock is held, but not meanwhile."""
        group, at, do = self._todo.popleft()
        self._changed.release()
        try:
            group.answers[at] = do()
        except BaseException as failure:  # noqa: BLE001 - raised where it was spread from
            group.failures[at] = failure
        finally:
            self._changed.acquire()
        group.left -= 1
        if not group.left:
            self._changed.notify_all()
