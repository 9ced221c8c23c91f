"""From the pictures of one part to what this view says of it. The stages, once, in order."""

from collections.abc import Callable, Mapping
from functools import partial

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect
from inspectd.core.errors import PictureError
from inspectd.core.frame import Frame, View
from inspectd.core.job import Job
from inspectd.core.scales import wavelengths_px, why_no_filter
from inspectd.core.verdict import Decision, Reason, ReasonCode, ViewResult
from inspectd.vision.asked import asked
from inspectd.vision.background import departure
from inspectd.vision.blind import refuse_blind
from inspectd.vision.budget import refuse_work
from inspectd.vision.classify import find_shapes
from inspectd.vision.decide import decide
from inspectd.vision.depth import view as depth
from inspectd.vision.depth.relief import Relief
from inspectd.vision.faint_dents import (
    FaintDent,
    faint_dents,
    with_faint_dents,
)
from inspectd.vision.gate import refuse_surface, refuse_view
from inspectd.vision.grain import doubted
from inspectd.vision.hidden import hiding
from inspectd.vision.line import worth_following
from inspectd.vision.lines import line_seeds
from inspectd.vision.measure import measure
from inspectd.vision.merge import merged
from inspectd.vision.normalise import linearise, refuse_fields
from inspectd.vision.recognise import recognise
from inspectd.vision.regions import candidates
from inspectd.vision.shape import Shape
from inspectd.vision.spread import Spread, all_three, both, in_turn
from inspectd.vision.stages import Refused, Stages
from inspectd.vision.texture import Filters, unusual
from inspectd.vision.track import Scene
from inspectd.vision.window import Evidence

MAX_DEFECTS = 64
_CROWDED = {"no_verdict": Decision.NO_VERDICT, "fail": Decision.FAIL}


def inspect(
    view: View, job: Job, now_ns: Callable[[], int], spread: Spread = in_turn
) -> ViewResult:
    """Judge one view. Whatever the pictures show, the answer is a result and no exception.

    `now_ns`: a monotonic clock in ns, for `stages_ms` and `vision_ms` alone. `spread` does the
    pieces of work that do not depend on each other; the result is the same whichever it is.
    """
    started = now_ns()
    stages = Stages(now_ns)
    try:
        decision, reasons, defects = _judge_view(view, job, stages, spread)
    except Refused as refused:
        decision, reasons, defects = refused.decision, refused.reasons, []
    except PictureError as error:
        reasons = (Reason(ReasonCode.PICTURE_INVALID, str(error)),)
        decision, defects = Decision.NO_VERDICT, []
    decision, reasons = stages.final(decision, reasons)
    return ViewResult(
        decision=decision,
        reasons=reasons,
        defects=tuple(defects[:MAX_DEFECTS]),
        received_ns=max((frame.received_ns for frame in view.frames), default=0),
        vision_ms=(now_ns() - started) / 1e6,
        stages_ms=stages.spent_ms,
        simulated=view.simulated,
        truncated=len(defects) > MAX_DEFECTS,
        placement=stages.placement,
        measures=stages.measures,
    )


def _judge_view(
    view: View, job: Job, stages: Stages, spread: Spread
) -> tuple[Decision, tuple[Reason, ...], list[Defect]]:
    """The decision, its reasons and the defects of all shots; raises Refused."""
    recipe, calibration = job.recipe, job.calibration
    with stages.timed("gate"):
        reasons = refuse_view(view, recipe, calibration, job.reference)
        reasons += (
            *refuse_fields(view, job),
            *_refuse_scales(view, job),
            *depth.refuse_lights(job),
        )
    if reasons or calibration is None:
        raise Refused(*reasons)
    if blind := refuse_blind(recipe, calibration, view.frames[0].pixels.shape):
        raise Refused(*blind)
    planned = {shot.name: shot for shot in recipe.shots}
    lit = [frame for frame in view.frames if planned[frame.shot].depth_um_per_level is None]
    seen = {frame.shot: _look(frame, job, calibration, stages, spread) for frame in lit}
    dents = _dents(view, seen, job, calibration, stages)
    shown = [
        defect for frame in lit for defect in _shown(frame, seen[frame.shot], job, stages, spread)
    ]
    with stages.timed("decide"):
        placement = stages.placement
        shown = depth.unexplained(shown, dents, recipe, placement)
        shown = depth.confirmed(shown, job, placement)
        defects = merged([*dents, *shown], recipe, placement)
        return *decide(defects, recipe, placement, grounds=stages.grounds), defects


def _dents(
    view: View, seen: Mapping[str, Evidence], job: Job, calibration: Calibration, stages: Stages
) -> list[Defect]:
    """The dents of all reliefs: of the lit shots together, and of every depth picture."""
    dents: list[Defect] = []
    if not depth.tells_relief(job):
        return dents
    with stages.timed("depth"):
        reliefs: list[tuple[str, Relief]] = []
        by_light = depth.lit_relief(seen, job)
        if by_light is not None:
            reliefs.append(by_light)
        for frame, shot in zip(view.frames, job.recipe.shots, strict=True):
            if shot.depth_um_per_level is not None:
                if reasons := depth.refuse_depth(frame):
                    raise Refused(*reasons)
                reliefs.append((shot.name, depth.measured_relief(frame, shot)))
        shape = view.frames[0].pixels.shape
        for name, relief in reliefs:
            if reasons := depth.refuse_unknown(relief, name, job):
                raise Refused(*reasons)
            dents += depth.dents_of(relief, name, shape, job.recipe, calibration)
    return dents


def _look(
    frame: Frame, job: Job, calibration: Calibration, stages: Stages, spread: Spread
) -> Evidence:
    """What there is to see in one shot."""
    recipe = job.recipe
    with stages.timed("normalise"):
        working = linearise(frame.pixels, recipe.vision.gamma, job.correction, spread)
    taught = recognise(frame, working, job, calibration, stages)
    rows, columns = frame.pixels.shape[:2]
    wavelengths = wavelengths_px(recipe.vision, calibration, columns, rows)
    filters = Filters(wavelengths, recipe.vision.orientations)
    if taught is None:
        lines = partial(line_seeds, working.quarter, spread=spread)
        background = partial(departure, working, spread)
        texture = partial(unusual, working.half, filters, spread)
    else:
        lines = partial(taught.lines, spread)
        background = partial(taught.departure, spread)
        texture = partial(taught.unusual, filters, recipe.vision, spread)
    # What cannot be cut into strips comes first.
    faint, away, textured = all_three(
        spread,
        partial(stages.done, "lines", lines),
        partial(stages.done, "background", background),
        partial(stages.done, "texture", texture),
    )
    with stages.timed("lines"):
        faint = worth_following(Scene(working, away, faint), spread)
    with stages.timed("regions"):
        found = candidates(textured, away, recipe.vision, faint)
        if crowd := refuse_work(frame.shot, found):
            raise Refused(*crowd, decision=_CROWDED[recipe.crowded.outcome])
        if hidden := refuse_surface(frame.shot, away):
            raise Refused(*hidden)
    return Evidence(frame.pixels, job.correction, working, filters, away, found)


def _shown(
    frame: Frame, evidence: Evidence, job: Job, stages: Stages, spread: Spread
) -> list[Defect]:
    """The defects of one shot."""
    calibration = job.calibration
    assert calibration is not None
    working, away = evidence.working, evidence.departure
    least = asked(job.recipe, calibration, working.lightness.shape)

    def named() -> list[Shape]:
        return hiding(doubted(find_shapes(evidence, spread), working.quarter), away, least.least_px)

    def dents() -> list[FaintDent]:
        return [] if depth.tells_relief(job) else faint_dents(working, away, least.dent_px / 2.0)

    shapes = with_faint_dents(
        *both(spread, partial(stages.done, "classify", named), partial(stages.done, "dents", dents))
    )
    with stages.timed("measure"):
        return [measure(shape, calibration, frame) for shape in shapes]


def _refuse_scales(view: View, job: Job) -> tuple[Reason, ...]:
    """Why there is no texture filter for what the recipe asks for."""
    if job.calibration is None or not view.frames:
        return ()
    rows, columns = view.frames[0].pixels.shape[:2]
    text = why_no_filter(job.recipe.vision, job.calibration, columns, rows)
    return (Reason(ReasonCode.RECIPE_MISMATCH, f"[vision] {text}"),) if text else ()
