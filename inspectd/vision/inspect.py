"""From the pictures of one part to what this view says of it. The stages, once, in order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect
from inspectd.core.frame import Frame, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, Reason, ViewResult
from inspectd.vision.background import departure
from inspectd.vision.classify import find_shapes
from inspectd.vision.decide import decide
from inspectd.vision.gate import refuse_exposure, refuse_surface, refuse_view
from inspectd.vision.lines import line_seeds
from inspectd.vision.measure import measure
from inspectd.vision.merge import merged
from inspectd.vision.normalise import linearise
from inspectd.vision.regions import candidates
from inspectd.vision.texture import anomaly, gabor_energy
from inspectd.vision.window import Evidence

MAX_DEFECTS = 64


@dataclass(slots=True)
class _Stages:
    """Time spent by stage, by a clock that the caller brings."""

    now_ns: Callable[[], int]
    spent_ms: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        started = self.now_ns()
        try:
            yield
        finally:
            spent = (self.now_ns() - started) / 1e6
            self.spent_ms[stage] = self.spent_ms.get(stage, 0.0) + spent


class _Refused(Exception):  # noqa: N818 - never leaves this module: it carries the reasons out
    """This view cannot be judged."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__(reasons)
        self.reasons = reasons


def inspect(view: View, job: Job, now_ns: Callable[[], int]) -> ViewResult:
    """Judge one view. Whatever the pictures show, the answer is a result and no exception.

    `now_ns`: a monotonic clock in ns, for `stages_ms` and `vision_ms` alone.
    """
    started = now_ns()
    stages = _Stages(now_ns)
    try:
        decision, reasons, defects = _judge_view(view, job, stages)
    except _Refused as refused:
        decision, reasons, defects = Decision.NO_VERDICT, refused.reasons, []
    return ViewResult(
        decision=decision,
        reasons=reasons,
        defects=tuple(defects[:MAX_DEFECTS]),
        received_ns=max((frame.received_ns for frame in view.frames), default=0),
        vision_ms=(now_ns() - started) / 1e6,
        stages_ms=stages.spent_ms,
        simulated=view.simulated,
        truncated=len(defects) > MAX_DEFECTS,
    )


def _judge_view(
    view: View, job: Job, stages: _Stages
) -> tuple[Decision, tuple[Reason, ...], list[Defect]]:
    """The decision, its reasons and the defects of all shots; raises _Refused."""
    recipe, calibration = job.recipe, job.calibration
    with stages.timed("gate"):
        reasons = refuse_view(view, recipe, calibration)
    if reasons or calibration is None:
        raise _Refused(*reasons)
    found = [_judge_frame(frame, recipe, calibration, stages) for frame in view.frames]
    with stages.timed("decide"):
        defects = merged([defect for shot in found for defect in shot], recipe)
        return *decide(defects, recipe), defects


def _judge_frame(
    frame: Frame, recipe: Recipe, calibration: Calibration, stages: _Stages
) -> list[Defect]:
    """The defects of one shot."""
    with stages.timed("normalise"):
        working = linearise(frame.pixels, recipe.vision.gamma)
    with stages.timed("gate"):
        reasons = refuse_exposure(frame.shot, working, recipe.picture)
    if reasons:
        raise _Refused(*reasons)
    with stages.timed("texture"):
        energy = gabor_energy(working.half, recipe.vision.wavelength_px, recipe.vision.orientations)
        unusual = anomaly(energy)
    with stages.timed("background"):
        away = departure(working.half, frame.pixels)
    with stages.timed("lines"):
        seeds = line_seeds(working.half)
    with stages.timed("regions"):
        found = candidates(unusual, away, recipe.vision, seeds)
        reasons = refuse_surface(frame.shot, found, away)
    if reasons:
        raise _Refused(*reasons)
    with stages.timed("classify"):
        shapes = find_shapes(Evidence(frame.pixels, working, energy, away, found))
    with stages.timed("measure"):
        return [measure(shape, calibration, frame) for shape in shapes]
