"""From acquisition to judgement: views are numbered, announced and queued, in one order."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from inspectd.core.frame import Aoi, View
from inspectd.core.messages import ViewStarted
from inspectd.core.parts import no_view
from inspectd.core.verdict import Reason, ReasonCode, ViewResult
from inspectd.station.shots import TakenView


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """One numbered view: pictures to judge, or the answer that it already has.

    `announced` is set once its ViewStarted has left: no ViewDone may be sent before.
    """

    view: int
    task: View | ViewResult
    announced: threading.Event = field(default_factory=threading.Event)


class Intake:
    """A queue that holds the pictures of at most `depth` views; any thread may use it.

    A view that finds it full loses its pictures at once and keeps its place in the queue, with
    NO-VERDICT (queue_overflow) for an answer, so that answers leave in the order of the views.
    """

    def __init__(self, depth: int, announce: Callable[[ViewStarted], object]) -> None:
        self._depth = depth
        self._announce = announce
        self._lock = threading.Condition()
        self._announcing = threading.Lock()
        self._queue: deque[Work] = deque()
        self._last_view = 0
        self._pictures = 0
        self._closed = False
        self.overflows = 0

    def put(
        self, taken: TakenView, camera_serial: str, *, simulated: bool, aoi: Aoi | None = None
    ) -> None:
        """Number, queue and announce one view. Never blocks."""
        # Announced in the order of their numbers, and only once the judge is on its way: the
        # supervisor, which the announcement wakes, would take the processor from it (0.2 ms).
        with self._announcing:
            with self._lock:
                self._last_view += 1
                task = self._task(taken, camera_serial, aoi, simulated=simulated)
                self._pictures += isinstance(task, View)
                work = Work(self._last_view, task)
                self._queue.append(work)
                self._lock.notify()
            self._announce(ViewStarted(work.view, taken.first_ns, taken.acquisition_id))
            work.announced.set()

    def get(self, timeout_s: float) -> Work | None:
        """The next view, or None after `timeout_s` or at the end."""
        with self._lock:
            self._lock.wait_for(lambda: self._queue or self._closed, timeout_s)
            if not self._queue:
                return None
            work = self._queue.popleft()
            self._pictures -= isinstance(work.task, View)
            return work

    def close(self) -> None:
        """Say that no more views will come; those in the queue can still be got."""
        with self._lock:
            self._closed = True
            self._lock.notify()

    def finished(self) -> bool:
        """Whether it is closed and empty."""
        with self._lock:
            return self._closed and not self._queue

    def waiting(self) -> int:
        """How many views with pictures wait to be judged."""
        return self._pictures

    def _task(
        self, taken: TakenView, serial: str, aoi: Aoi | None, *, simulated: bool
    ) -> View | ViewResult:
        failure = taken.failure
        if failure is None and self._pictures < self._depth:
            return View(taken.frames, serial, simulated, aoi)
        if failure is None:
            self.overflows += 1
            text = f"{self._depth} views were already waiting: parts come faster than vision"
            failure = Reason(ReasonCode.QUEUE_OVERFLOW, text)
        answer = no_view(failure.code, failure.text)
        received_ns = taken.last_ns if taken.frames else 0
        return replace(answer, received_ns=received_ns, simulated=simulated)
