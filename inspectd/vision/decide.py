"""From measured defects to a decision, with the reason in words.

ISO 14253-1:2017, decision rules: a size is out of tolerance only where its whole uncertainty
interval (k = 2) lies above the limit, and in tolerance only where the whole of it lies below.
In between, nobody knows, and the recipe says what such a part gets.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from inspectd.core.defect import Defect, DefectKind
from inspectd.core.recipe import Outcome, Recipe
from inspectd.core.verdict import Decision, Reason, ReasonCode, worst
from inspectd.vision.chains import chains, extent_mm

_OUTCOMES: dict[Outcome, Decision] = {"fail": Decision.FAIL, "review": Decision.REVIEW}


@dataclass(frozen=True, slots=True)
class _Limit:
    """How the defects of one class are judged: which size, against what."""

    size: Callable[[Defect], float]
    uncertainty: Callable[[Defect], float]
    limit: Callable[[Recipe], float]
    quantity: str
    unit: str
    code: ReasonCode


def _length_uncertainty(defect: Defect) -> float:
    return defect.uncertainty_mm


def _area(defect: Defect) -> float:
    return defect.area_mm2


def _area_uncertainty(defect: Defect) -> float:
    return defect.area_uncertainty_mm2


_LIMITS: dict[DefectKind, _Limit] = {
    DefectKind.SCRATCH: _Limit(
        lambda defect: defect.length_mm,
        _length_uncertainty,
        lambda recipe: recipe.scratch.max_length_mm,
        "length",
        "mm",
        ReasonCode.SCRATCH_TOO_LONG,
    ),
    DefectKind.DENT: _Limit(
        lambda defect: defect.diameter_mm,
        _length_uncertainty,
        lambda recipe: recipe.dent.max_diameter_mm,
        "diameter",
        "mm",
        ReasonCode.DENT_TOO_WIDE,
    ),
    DefectKind.STAIN: _Limit(
        _area,
        _area_uncertainty,
        lambda recipe: recipe.stain.max_area_mm2,
        "area",
        "mm²",
        ReasonCode.STAIN_TOO_LARGE,
    ),
    DefectKind.OTHER: _Limit(
        _area,
        _area_uncertainty,
        lambda recipe: recipe.other.max_area_mm2,
        "area",
        "mm²",
        ReasonCode.OTHER_TOO_LARGE,
    ),
}


def decide(defects: Sequence[Defect], recipe: Recipe) -> tuple[Decision, tuple[Reason, ...]]:
    """Judge every defect by the limit of its class; the view gets the worst of it.

    PASS without reasons where every defect, its uncertainty included, is within its limit. What
    the picture's edge cuts off may be of any size, and is within no limit. Nor are tolerated
    defects beside a scratch that could be pieces of one longer than its limit.
    """
    judged = [found for defect in defects if (found := _judge(defect, recipe)) is not None]
    judged += _judge_chains(defects, recipe)
    decision = worst(decision for decision, _ in judged) if judged else Decision.PASS
    return decision, tuple(reason for _, reason in judged)


def severity(defect: Defect, recipe: Recipe) -> float:
    """Size over limit: what the largest defects are picked by, across the classes."""
    rule = _LIMITS[defect.kind]
    return rule.size(defect) / rule.limit(recipe)


def _judge(defect: Defect, recipe: Recipe) -> tuple[Decision, Reason] | None:
    """The decision on one defect and its reason; None where it is tolerated."""
    rule = _LIMITS[defect.kind]
    size, uncertainty, limit = rule.size(defect), rule.uncertainty(defect), rule.limit(recipe)
    if not size - uncertainty > limit and defect.cut:
        text = f"{_named(defect, rule)} or more, cut by the picture's edge (limit {limit:g})"
        return _OUTCOMES[recipe.guard_band.outcome], Reason(ReasonCode.INSIDE_GUARD_BAND, text)
    # Written so that a size that is not a number is never tolerated.
    if size + uncertainty <= limit:
        return None
    if size - uncertainty > limit:
        decision = Decision.FAIL
        if defect.kind is DefectKind.OTHER:
            decision = _OUTCOMES[recipe.other.outcome]
        return decision, Reason(rule.code, f"{_named(defect, rule)} > limit {limit:g} {rule.unit}")
    text = f"{_named(defect, rule)}: too near the limit of {limit:g} {rule.unit} to tell"
    return _OUTCOMES[recipe.guard_band.outcome], Reason(ReasonCode.INSIDE_GUARD_BAND, text)


def _judge_chains(defects: Sequence[Defect], recipe: Recipe) -> Iterator[tuple[Decision, Reason]]:
    limit = recipe.scratch.max_length_mm
    for pieces in chains(defects, limit):
        reach = extent_mm(pieces)
        if reach + max(piece.uncertainty_mm for piece in pieces) > limit:
            x_mm, y_mm = _centre([point for piece in pieces for point in piece.contour_mm])
            text = (
                f"{len(pieces)} defects around ({x_mm:.1f}, {y_mm:.1f}) mm lie in a row of "
                f"{reach:.2f} mm: they may be one scratch (limit {limit:g} mm)"
            )
            yield _OUTCOMES[recipe.guard_band.outcome], Reason(ReasonCode.INSIDE_GUARD_BAND, text)


def _named(defect: Defect, rule: _Limit) -> str:
    x_mm, y_mm = _centre(defect.contour_mm)
    shot = f" in shot {defect.shot}" if defect.shot else ""
    return (
        f"{defect.kind.value} at ({x_mm:.1f}, {y_mm:.1f}) mm{shot}: {rule.quantity} "
        f"{rule.size(defect):.2f} ± {rule.uncertainty(defect):.2f} {rule.unit}"
    )


def _centre(contour_mm: Sequence[tuple[float, float]]) -> tuple[float, float]:
    xs, ys = zip(*contour_mm, strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys)
