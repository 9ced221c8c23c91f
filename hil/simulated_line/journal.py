"""The real journal, whose answers take simulated time, and which a disk may hold up or refuse."""

from collections.abc import Callable
from concurrent.futures import Future

from inspectd.core.errors import JournalError
from inspectd.core.verdict import Verdict
from inspectd.journal.journal import Journal
from simulated_line.virtual_time import VirtualLoop

# Timers of the same time come in any order.
_APART_S = 1e-6


class SlowJournal:
    """`delay_s` says what the next commit takes; None: the disk refuses it."""

    def __init__(
        self, real: Journal, loop: VirtualLoop, delay_s: Callable[[], float | None]
    ) -> None:
        self._real = real
        self._loop = loop
        self._delay_s = delay_s
        # One writer thread: what was handed over first is answered first.
        self._answered_s = 0.0

    def commit(self, verdict: Verdict) -> Future[None]:
        """As `Journal.commit`."""
        told: Future[None] = Future()
        delay_s = self._delay_s()
        if delay_s is None:
            told.set_exception(JournalError("the disk refuses"))
            return told
        self._loop.working += 1

        def stored(done: Future[None]) -> None:
            self._loop.call_soon_threadsafe(self._stored, told, done, delay_s)

        self._real.commit(verdict).add_done_callback(stored)
        return told

    def _stored(self, told: Future[None], done: Future[None], delay_s: float) -> None:
        self._loop.working -= 1
        done.result()
        self._answered_s = max(self._answered_s + _APART_S, self._loop.time() + delay_s)
        self._loop.call_at(self._answered_s, told.set_result, None)
