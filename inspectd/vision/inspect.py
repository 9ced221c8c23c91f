"""From the pictures of one part to what this view says of it. The stages, once, in order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.placement import Placement
from inspectd.core.recipe import PictureGate, Vision
from inspectd.core.reference import Reference, ShotReference
from inspectd.core.verdict import Decision, Reason, ViewResult
from inspectd.vision.background import Departure, Plane, Planes, departure, quartered
from inspectd.vision.classify import find_shapes
from inspectd.vision.decide import decide
from inspectd.vision.gate import (
    doubt_part,
    measures,
    refuse_exposure,
    refuse_part,
    refuse_surface,
    refuse_view,
)
from inspectd.vision.measure import measure
from inspectd.vision.merge import merged
from inspectd.vision.normalise import WorkingPicture, linearise
from inspectd.vision.place import placement
from inspectd.vision.regions import candidates
from inspectd.vision.sharpness import sharpness
from inspectd.vision.statistics import (
    Seen,
    in_recipe_units,
    pooled,
    see,
    taught_departure,
    texture_scores,
)
from inspectd.vision.texture import anomaly, gabor_energy
from inspectd.vision.window import Evidence

MAX_DEFECTS = 64


@dataclass(slots=True)
class _Stages:
    """Time spent by stage, by a clock that the caller brings, and what is noted on the way.

    `measures` by `shot/measure`, `placements` by shot. `withheld`: why this view cannot pass,
    although it is measured; `doubts`: the same, but defects on it still fail it.
    """

    now_ns: Callable[[], int]
    spent_ms: dict[str, float] = field(default_factory=dict)
    measures: dict[str, float] = field(default_factory=dict)
    placements: dict[str, Placement] = field(default_factory=dict)
    withheld: list[Reason] = field(default_factory=list)
    doubts: list[Reason] = field(default_factory=list)

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
    if stages.doubts and decision is not Decision.FAIL:
        decision, reasons = Decision.NO_VERDICT, (*stages.doubts, *reasons)
    if stages.withheld:
        decision, reasons = Decision.NO_VERDICT, (*stages.withheld, *reasons)
    return ViewResult(
        decision=decision,
        reasons=reasons,
        defects=tuple(defects[:MAX_DEFECTS]),
        received_ns=max((frame.received_ns for frame in view.frames), default=0),
        vision_ms=(now_ns() - started) / 1e6,
        stages_ms=stages.spent_ms,
        simulated=view.simulated,
        truncated=len(defects) > MAX_DEFECTS,
        measures=stages.measures,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Against:
    """One picture against what was taught of its shot."""

    shot: ShotReference
    seen: Seen
    planes: Planes
    half: Plane
    pixels: Pixels

    @property
    def is_another(self) -> bool:
        """Whether what is seen is not the taught part."""
        limit = self.shot.head.registration_limit
        return limit is not None and self.seen.registered.score < limit

    def unusual(self, energy: Plane, vision: Vision) -> Plane:
        return in_recipe_units(
            texture_scores(pooled(energy), self.shot, self.seen), self.shot, vision
        )

    def departure(self) -> Departure:
        by_place = self.shot.head.statistics == "place"
        own = None if by_place else departure(self.half, self.pixels)
        return taught_departure(self.planes, own, self.shot, self.seen)


def _judge_view(
    view: View, job: Job, stages: _Stages
) -> tuple[Decision, tuple[Reason, ...], list[Defect]]:
    """The decision, its reasons and the defects of all shots; raises _Refused."""
    recipe, calibration = job.recipe, job.calibration
    with stages.timed("gate"):
        reasons = refuse_view(view, recipe, calibration, job.reference)
    if reasons or calibration is None:
        raise _Refused(*reasons)
    found = [_judge_frame(frame, job, calibration, stages) for frame in view.frames]
    with stages.timed("decide"):
        defects = merged([defect for shot in found for defect in shot], recipe)
        return *decide(defects, recipe), defects


def _judge_frame(frame: Frame, job: Job, calibration: Calibration, stages: _Stages) -> list[Defect]:
    """The defects of one shot."""
    recipe = job.recipe
    with stages.timed("normalise"):
        working = linearise(frame.pixels, recipe.vision.gamma)
    with stages.timed("gate"):
        reasons = refuse_exposure(frame.shot, working, recipe.picture)
    taught = None if job.reference is None else _taught(job.reference, frame, working, stages)
    with stages.timed("gate"):
        doubts = _refuse_picture(frame.shot, working, taught, recipe.picture, stages)
    if taught is not None and taught.is_another:
        # A gauge, for one, is measured on the same station. It is judged as if nothing was taught.
        stages.withheld += doubts
        taught = None
    else:
        reasons += doubts
    if reasons:
        raise _Refused(*reasons)
    if taught is not None:
        stages.doubts += doubt_part(frame.shot, taught.seen, taught.shot)
        stages.placements[frame.shot] = placement(
            taught.seen.registered, taught.planes.shape[1:], calibration
        )
    with stages.timed("texture"):
        energy = gabor_energy(working.half, recipe.vision.wavelength_px, recipe.vision.orientations)
        unusual = anomaly(energy) if taught is None else taught.unusual(energy, recipe.vision)
    with stages.timed("background"):
        away = departure(working.half, frame.pixels) if taught is None else taught.departure()
    with stages.timed("regions"):
        found = candidates(unusual, away, recipe.vision)
        reasons = refuse_surface(frame.shot, found, away)
    if reasons:
        raise _Refused(*reasons)
    with stages.timed("classify"):
        shapes = find_shapes(Evidence(frame.pixels, working, energy, away, found))
    with stages.timed("measure"):
        return [measure(shape, calibration, frame) for shape in shapes]


def _taught(
    reference: Reference, frame: Frame, working: WorkingPicture, stages: _Stages
) -> _Against:
    """The picture laid against its reference."""
    with stages.timed("register"):
        shot = reference.shots[frame.shot]
        planes = quartered(working.half, frame.pixels)
        return _Against(shot, see(planes, shot), planes, working.half, frame.pixels)


def _refuse_picture(
    shot: str,
    working: WorkingPicture,
    taught: _Against | None,
    gate: PictureGate,
    stages: _Stages,
) -> tuple[Reason, ...]:
    """Note what the gate measures, and say why that will not do; empty where it will."""
    sharp = sharpness(working.lightness)
    found = measures(working, sharp, None if taught is None else taught.seen)
    stages.measures |= {f"{shot}/{name}": value for name, value in found.items()}
    return () if taught is None else refuse_part(shot, found, sharp, taught.shot, gate)
