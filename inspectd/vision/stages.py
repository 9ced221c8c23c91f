"""What is noted while one view is judged, and how its judging ends early."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from inspectd.core.placement import IN_PLACE, Placement
from inspectd.core.verdict import Decision, Reason
from inspectd.vision.ground import Ground

Answer = TypeVar("Answer")


class Refused(Exception):  # noqa: N818 - never leaves `inspect`: it carries the reasons out
    """This view cannot be judged."""

    def __init__(self, *reasons: Reason, decision: Decision = Decision.NO_VERDICT) -> None:
        super().__init__(reasons)
        self.decision = decision
        self.reasons = reasons


@dataclass(slots=True)
class Stages:
    """Time spent by stage, by a clock that the caller brings, and what is noted on the way.

    `measures` by `shot/measure`. `placement`: of the part, by the shot that shows it best;
    `grounds`: what of it is judged, by shot.
    `withheld`: why this view cannot pass, although it is measured; `doubts`: the same, but defects
    on it still fail it.
    """

    now_ns: Callable[[], int]
    spent_ms: dict[str, float] = field(default_factory=dict)
    measures: dict[str, float] = field(default_factory=dict)
    placement: Placement = IN_PLACE
    grounds: dict[str, Ground] = field(default_factory=dict)
    withheld: list[Reason] = field(default_factory=list)
    doubts: list[Reason] = field(default_factory=list)
    _best_score: float = float("-inf")

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time that the block takes to the stage's."""
        started = self.now_ns()
        try:
            yield
        finally:
            spent = (self.now_ns() - started) / 1e6
            self.spent_ms[stage] = self.spent_ms.get(stage, 0.0) + spent

    def done(self, stage: str, work: Callable[[], Answer]) -> Answer:
        """What a piece of work answers, timed."""
        with self.timed(stage):
            return work()

    def found_at(self, placement: Placement, score: float) -> None:
        """Note where one shot shows the part. `score`: its likeness to the taught one."""
        if score > self._best_score:
            self.placement, self._best_score = placement, score

    def final(
        self, decision: Decision, reasons: tuple[Reason, ...]
    ) -> tuple[Decision, tuple[Reason, ...]]:
        """The decision where nothing that was noted stands against it."""
        if self.doubts and decision is not Decision.FAIL:
            decision, reasons = Decision.NO_VERDICT, (*self.doubts, *reasons)
        if self.withheld:
            decision, reasons = Decision.NO_VERDICT, (*self.withheld, *reasons)
        return decision, reasons
