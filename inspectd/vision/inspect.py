"""From the pictures of one part to what this view says of it. The stages, once, in order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect
from inspectd.core.frame import Frame, View
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, Reason, ReasonCode, ViewResult
from inspectd.vision.background import departure
from inspectd.vision.classify import find_shapes
from inspectd.vision.decide import decide
from inspectd.vision.gate import refuse_exposure, refuse_view
from inspectd.vision.measure import measure
from inspectd.vision.merge import merged
from inspectd.vision.normalise import linearise
from inspectd.vision.regions import candidates, hides_stains
from inspectd.vision.texture import anomaly, gabor_energy
from inspectd.vision.window import Evidence

MAX_ANOMALIES = 200
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


def inspect(
    view: View, recipe: Recipe, calibration: Calibration | None, now_ns: Callable[[], int]
) -> ViewResult:
    """Judge one view. Whatever the pictures show, the answer is a result and no exception.

    `now_ns`: a monotonic clock in ns, for `stages_ms` and `vision_ms` alone.
    """
    started = now_ns()
    stages = _Stages(now_ns)
    defects: list[Defect] = []
    try:
        with stages.timed("gate"):
            reasons = refuse_view(view, recipe, calibration)
        if reasons or calibration is None:
            raise _Refused(*reasons)
        for frame in view.frames:
            defects += _judge_frame(frame, recipe, calibration, stages)
        with stages.timed("decide"):
            defects = merged(defects, recipe)
            decision, reasons = decide(defects, recipe)
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


def _judge_frame(
    frame: Frame, recipe: Recipe, calibration: Calibration, stages: _Stages
) -> list[Defect]:
    """The defects of one shot."""
    with stages.timed("normalise"):
        working = linearise(frame.pixels, recipe.vision.gamma)
    with stages.timed("gate"):
        reasons = refuse_exposure(frame.shot, working.statistics, recipe.picture)
        if not reasons and float(np.ptp(working.half)) == 0.0:
            text = f"shot {frame.shot} is the same grey everywhere: no camera sees that"
            reasons = (Reason(ReasonCode.PICTURE_INVALID, text),)
    if reasons:
        raise _Refused(*reasons)
    with stages.timed("texture"):
        energy = gabor_energy(working.half, recipe.vision.wavelength_px, recipe.vision.orientations)
        unusual = anomaly(energy)
    with stages.timed("background"):
        away = departure(working.half, frame.pixels)
    with stages.timed("regions"):
        found = candidates(unusual, away, recipe.vision)
    if len(found.boxes) > MAX_ANOMALIES or hides_stains(away):
        raise _Refused(_unlike(frame.shot, len(found.boxes)))
    evidence = Evidence(frame.pixels, working, energy, away, found)
    with stages.timed("classify"):
        shapes = find_shapes(evidence)
    with stages.timed("measure"):
        return [measure(shape, calibration, frame.shot) for shape in shapes]


def _unlike(shot: str, anomalies: int) -> Reason:
    what = "it varies too much for a stain to stand out"
    if anomalies > MAX_ANOMALIES:
        what = f"{anomalies} anomalies, more than {MAX_ANOMALIES}"
    text = f"shot {shot}: {what}: the surface, the light or the lens is not what the recipe was made for"
    return Reason(ReasonCode.TOO_MANY_ANOMALIES, text)
