"""One defect against the limit of its class, in the zones that it lies on.

ISO 14253-1:2017, decision rules: a size is out of tolerance only where its whole uncertainty
interval (k = 2) lies above the limit, and in tolerance only where the whole of it lies below.
In between, nobody knows, and the recipe says what such a part gets.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from inspectd.core.defect import Defect, DefectKind
from inspectd.core.recipe import Recipe
from inspectd.core.rules import Outcome
from inspectd.core.verdict import Decision, Reason, ReasonCode
from inspectd.vision.zones import Located

Judged = tuple[Decision, Reason]
Quantity = Literal["length", "width", "diameter", "area", "depth"]

_OUTCOMES: dict[Outcome, Decision] = {"fail": Decision.FAIL, "review": Decision.REVIEW}
_QUANTITIES: dict[DefectKind, Quantity] = {
    DefectKind.SCRATCH: "length",
    DefectKind.DENT: "diameter",
    DefectKind.STAIN: "area",
    DefectKind.OTHER: "area",
}
_CODES: dict[DefectKind, ReasonCode] = {
    DefectKind.SCRATCH: ReasonCode.SCRATCH_TOO_LONG,
    DefectKind.DENT: ReasonCode.DENT_TOO_WIDE,
    DefectKind.STAIN: ReasonCode.STAIN_TOO_LARGE,
    DefectKind.OTHER: ReasonCode.OTHER_TOO_LARGE,
}
_NAN = float("nan")
# Length over width from which what is no line to the eye of `classify` may be a wide scratch.
_SLENDER = 2.5
# A dent of 2.2 or 3 mm with a line across it, taken for one anomaly, was 1.7 mm wide and more.
_SHADED_SHARE = 0.75  # of a dent's limit
_AREAS = (DefectKind.STAIN, DefectKind.OTHER)


@dataclass(frozen=True, slots=True)
class Size:
    """One size of a defect with its uncertainty (k = 2); NaN where it was not measured."""

    quantity: Quantity
    value: float
    uncertainty: float

    @property
    def unit(self) -> str:
        """Of the value and its uncertainty."""
        return "mm²" if self.quantity == "area" else "mm"

    def __str__(self) -> str:
        return f"{self.quantity} {self.value:.2f} ± {self.uncertainty:.2f} {self.unit}"


@dataclass(frozen=True, slots=True)
class Limit:
    """The largest tolerated size, the key of the recipe that says so, and the zone, if any."""

    value: float
    rule: str
    zone: str = ""

    def words(self, unit: str) -> str:
        """As a reason tells it."""
        return f"{self.value:g} {unit}" + (f" of zone {self.zone}" if self.zone else "")


def size_of(defect: Defect, quantity: Quantity) -> Size:
    """One size of a defect."""
    if quantity == "area":
        return Size(quantity, defect.area_mm2, defect.area_uncertainty_mm2)
    if quantity == "depth":
        depth, doubt = defect.depth_mm, defect.depth_uncertainty_mm
        return Size(quantity, _NAN if depth is None else depth, _NAN if doubt is None else doubt)
    values = {
        "length": defect.length_mm,
        "width": defect.width_mm,
        "diameter": defect.diameter_mm,
    }
    return Size(quantity, values[quantity], defect.uncertainty_mm)


def judged_size(defect: Defect) -> Size:
    """The size that a defect of its class is judged by."""
    return size_of(defect, _QUANTITIES[defect.kind])


def limit_of(located: Located, kind: DefectKind, recipe: Recipe) -> Limit | None:
    """The strictest limit of a class where this defect lies; None where nothing counts."""
    found = list(_limits(located, kind, recipe))
    return min(found, key=lambda limit: limit.value, default=None)


def severity(located: Located, recipe: Recipe) -> float:
    """Size over limit: what the largest defects are picked by, across the classes."""
    limit = limit_of(located, located.defect.kind, recipe)
    return 0.0 if limit is None else judged_size(located.defect).value / limit.value


def judge(located: Located, recipe: Recipe) -> Judged | None:
    """The decision on one defect and its reason; None where it is tolerated.

    What the picture's edge cuts off may be of any size, and so may what pixels at full scale hide:
    it is within no limit. What is slender and of no such class may be a scratch, and is not
    tolerated beyond its limit. Nor is what may hide something else, or hold a dent.
    """
    return (
        _by_its_class(located, recipe)
        or _as_a_scratch(located, recipe)
        or _as_a_dent(located, recipe)
    )


def _by_its_class(located: Located, recipe: Recipe) -> Judged | None:
    defect = located.defect
    size, limit = judged_size(defect), limit_of(located, defect.kind, recipe)
    if limit is None:
        return None
    outcome: Outcome = recipe.other.outcome if defect.kind is DefectKind.OTHER else "fail"
    told = f"{place(defect)}: {size}"
    if size.value - size.uncertainty > limit.value:
        if defect.in_grain:
            text = f"{told}, maybe a streak of the grain (limit {limit.words(size.unit)})"
            return in_doubt(outcome, text, limit.rule, recipe)
        more = " or more, cut by the picture's edge," if defect.cut else ""
        text = f"{told}{more} > limit {limit.words(size.unit)}"
        return surely(outcome, _CODES[defect.kind], text, limit.rule)
    if defect.cut:
        text = f"{told} or more, cut by the picture's edge (limit {limit.words(size.unit)})"
    elif defect.clipped:
        text = f"{told}, but clipped: full-scale pixels hide it (limit {limit.words(size.unit)})"
    elif size.value + size.uncertainty <= limit.value:
        if not defect.hides or defect.kind is DefectKind.OTHER:
            return None
        text = f"{told}: something else may be hidden by it"
    else:  # So a size that is not a number is never tolerated.
        text = f"{told}: too near the limit of {limit.words(size.unit)} to tell"
    return in_doubt(outcome, text, limit.rule, recipe)


def _as_a_scratch(located: Located, recipe: Recipe) -> Judged | None:
    defect = located.defect
    limit = limit_of(located, DefectKind.SCRATCH, recipe)
    slender = defect.length_mm > _SLENDER * defect.width_mm
    if limit is None or defect.kind not in _AREAS or not slender:
        return None
    size = size_of(defect, "length")
    if size.value + size.uncertainty <= limit.value:
        return None
    text = f"{place(defect)}: {size}, may be a scratch (limit {limit.words(size.unit)})"
    return in_doubt("fail", text, limit.rule, recipe)


def _as_a_dent(located: Located, recipe: Recipe) -> Judged | None:
    defect = located.defect
    limit = limit_of(located, DefectKind.DENT, recipe)
    if limit is None or defect.kind is not DefectKind.OTHER or not defect.hides:
        return None
    size = size_of(defect, "width")
    if size.value + size.uncertainty <= _SHADED_SHARE * limit.value:
        return None
    text = f"{place(defect)}: {size}, may hold a dent (limit {limit.words(size.unit)})"
    return in_doubt("fail", text, limit.rule, recipe)


def surely(outcome: Outcome, code: ReasonCode, text: str, rule: str) -> Judged:
    """What is beyond a limit with all of its uncertainty."""
    return _OUTCOMES[outcome], Reason(code, text, rule)


def in_doubt(outcome: Outcome, text: str, rule: str, recipe: Recipe) -> Judged:
    """What may or may not be beyond a limit: the guard band, never worse than being beyond it."""
    known: Outcome = "review" if outcome == "review" else recipe.guard_band.outcome
    return _OUTCOMES[known], Reason(ReasonCode.INSIDE_GUARD_BAND, text, rule)


def place(defect: Defect) -> str:
    """Which defect, for a person: its class, its middle and its shot."""
    x_mm, y_mm = middle_mm([defect])
    shot = f" in shot {defect.shot}" if defect.shot else ""
    return f"{defect.kind.value} at ({x_mm:.1f}, {y_mm:.1f}) mm{shot}"


def middle_mm(defects: Sequence[Defect]) -> tuple[float, float]:
    """Mean of all corners, in the calibrated plane."""
    xs, ys = zip(*(point for defect in defects for point in defect.contour_mm), strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys)


def _limits(located: Located, kind: DefectKind, recipe: Recipe) -> Iterator[Limit]:
    """All that hold somewhere on the defect."""
    key = {"length": "max_length_mm", "diameter": "max_diameter_mm", "area": "max_area_mm2"}[
        _QUANTITIES[kind]
    ]
    own = Limit(getattr(getattr(recipe, kind), key), f"{kind}.{key}")
    if located.outside:
        yield own
    for zone in located.zones:
        section = getattr(zone, kind)
        if zone.ignore:
            continue
        if section is None:
            yield own
        else:
            yield Limit(getattr(section, key), f"zones.{zone.name}.{kind}.{key}", zone.name)
