"""From single pictures to views: which shot of which part a picture is. Pure: time is handed in.

Under hardware trigger nobody numbers the edges: the pause between two of them is all that tells
shots of one part from shots of the next. So with a plan of several shots the pauses must say it
clearly: shots of a part at most `gap_ns` apart, parts further apart than that. Where they do
not, the view is NO-VERDICT, because a picture judged as the wrong part or under the wrong light
may pass what should fail. A plan of one shot knows no such doubt, and waits for nothing.
"""

from dataclasses import dataclass, field

from inspectd.core.camera import Grab
from inspectd.core.frame import Frame
from inspectd.core.recipe import Shot
from inspectd.core.verdict import Reason, ReasonCode


@dataclass(frozen=True, slots=True, eq=False)
class TakenView:
    """The pictures of one part by this camera, or why there is nothing to judge.

    `frames` follow the plan and are complete where `failure` is None. `first_ns` and `last_ns`:
    CLOCK_MONOTONIC of the first and last picture. `acquisition_id`: as in `Fire`.
    """

    frames: tuple[Frame, ...]
    first_ns: int
    last_ns: int
    failure: Reason | None
    acquisition_id: int | None = None


@dataclass(slots=True)
class Taking:
    """A view while its shots are being taken, one `add` per shot of the plan."""

    plan: tuple[Shot, ...]
    first_ns: int
    last_ns: int
    frames: list[Frame] = field(default_factory=list)
    shots_done: int = 0
    failure: Reason | None = None

    def add(self, grab: Grab, received_ns: int) -> None:
        """Note the camera's answer to the next shot; a failed one fails the whole view."""
        shot = self.plan[self.shots_done]
        self.shots_done += 1
        self.last_ns = received_ns
        if grab.pixels is not None:
            self.frames.append(Frame(grab.pixels, shot.name, received_ns))
        else:
            text = f"{self.shot_text(self.shots_done)} failed: {grab.failure}"
            self.fail(Reason(ReasonCode.GRAB_FAILED, text))

    def fail(self, reason: Reason) -> None:
        """Give the view up; the first reason is kept."""
        self.failure = self.failure or reason

    def complete(self) -> bool:
        """Whether every shot of the plan has had its answer."""
        return self.shots_done == len(self.plan)

    def shot_text(self, number: int) -> str:
        """Name the plan's shot `number` (from 1) for people."""
        return f"shot {number} of {len(self.plan)} ({self.plan[number - 1].name})"

    def taken(self, acquisition_id: int | None = None) -> TakenView:
        """The view as it is now."""
        return TakenView(
            tuple(self.frames), self.first_ns, self.last_ns, self.failure, acquisition_id
        )


class ShotSequence:
    """Sorts the pictures of a hardware-triggered camera into views, by order and pauses."""

    def __init__(self, plan: tuple[Shot, ...], gap_ns: int) -> None:
        self._plan = plan
        self._gap_ns = gap_ns
        self._taking: Taking | None = None
        self._last_ns: int | None = None

    @property
    def next_shot(self) -> Shot:
        """The shot that the next edge takes."""
        return self._plan[self._taking.shots_done if self._taking else 0]

    def add(self, grab: Grab, received_ns: int) -> list[TakenView]:
        """Note one answer of the camera; the views that it ends, in order."""
        late = self.expire(received_ns)
        if self._taking is None:
            self._taking = self._begin(received_ns)
        taking = self._taking
        taking.add(grab, received_ns)
        self._last_ns = received_ns
        ended = [late] if late else []
        if taking.complete():
            self._taking = None
            ended.append(taking.taken())
        return ended

    def expire(self, now_ns: int) -> TakenView | None:
        """End the view whose next shot has not come in time."""
        if self._taking is None or now_ns - self._taking.last_ns <= self._gap_ns:
            return None
        taking = self._taking
        missing = taking.shot_text(taking.shots_done + 1)
        text = f"{missing} did not come within {self._gap_ns / 1e6:g} ms of the one before"
        return self.abandon(Reason(ReasonCode.SHOT_MISSING, text))

    def abandon(self, reason: Reason) -> TakenView | None:
        """End an unfinished view, if there is one; the next picture begins another."""
        taking, self._taking = self._taking, None
        if taking is None:
            return None
        taking.fail(reason)
        return taking.taken()

    def expires_ns(self) -> int | None:
        """When `expire` will have something to do; None while no view is unfinished."""
        return self._taking.last_ns + self._gap_ns + 1 if self._taking else None

    def _begin(self, received_ns: int) -> Taking:
        taking = Taking(self._plan, received_ns, received_ns)
        if len(self._plan) == 1 or self._last_ns is None:
            return taking
        pause_ns = received_ns - self._last_ns
        if pause_ns <= self._gap_ns:
            text = (
                f"its first picture came {pause_ns / 1e6:.1f} ms after the last one of the part "
                f"before: shots and parts cannot be told apart, because shot_gap_ms "
                f"({self._gap_ns / 1e6:g}) is not shorter than the pause between parts"
            )
            taking.fail(Reason(ReasonCode.SHOT_MISSING, text))
        return taking
