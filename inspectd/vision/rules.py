"""The recipe's own rules: so many defects of such a size, near each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspectd.core.recipe import Recipe
from inspectd.core.rules import Rule
from inspectd.core.verdict import ReasonCode
from inspectd.vision.limits import Judged, Quantity, Size, in_doubt, place, size_of, surely
from inspectd.vision.outlines import box_gaps_mm, boxes_mm, gap_mm
from inspectd.vision.zones import Located

_MOST_NAMED = 4  # defects that a reason lists


def judge_rules(located: Sequence[Located], recipe: Recipe) -> Iterator[Judged]:
    """What the rules say; nothing for those that are kept."""
    for rule in recipe.rules:
        members = [_Member(one, *_counts(one, rule)) for one in located if _concerns(rule, one)]
        members = [member for member in members if member.may]
        may_near, sure_near = _near(members, rule.within_mm)
        sure = np.array([member.surely for member in members], dtype=bool)
        broken = _group(sure_near & sure & sure[:, None], rule.count)
        if broken is not None:
            text = _words(rule, [members[i] for i in broken])
            yield surely(rule.outcome, ReasonCode.RULE_BROKEN, text, f"rules.{rule.name}")
            continue
        doubted = _group(may_near, rule.count)
        if doubted is not None:
            text = f"{_words(rule, [members[i] for i in doubted])}: too near to tell"
            yield in_doubt(rule.outcome, text, f"rules.{rule.name}", recipe)


@dataclass(frozen=True, slots=True, eq=False)
class _Member:
    """A defect, and whether it may or surely does count."""

    located: Located
    may: bool
    surely: bool


def _concerns(rule: Rule, one: Located) -> bool:
    named = rule.zone is None or rule.zone in {zone.name for zone in one.zones}
    return named and one.defect.kind in rule.kinds and not one.ignored


def _least(rule: Rule) -> dict[Quantity, float]:
    """The sizes from which a defect counts."""
    given: dict[Quantity, float | None] = {
        "length": rule.min_length_mm,
        "width": rule.min_width_mm,
        "diameter": rule.min_diameter_mm,
        "area": rule.min_area_mm2,
        "depth": rule.min_depth_mm,
    }
    return {quantity: least for quantity, least in given.items() if least is not None}


def _counts(one: Located, rule: Rule) -> tuple[bool, bool]:
    """Whether a defect may count, and whether it surely does.

    Written so that a size that is no number may, and so may what the picture's edge cuts off
    or pixels at full scale hide.
    """
    may = certain = True
    for quantity, least in _least(rule).items():
        size = size_of(one.defect, quantity)
        hidden = one.defect.cut or one.defect.clipped
        may &= hidden or not size.value + size.uncertainty < least
        certain &= size.value - size.uncertainty >= least
    return may, certain


def _near(
    members: Sequence[_Member], within_mm: float | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(n, n): which members may be near each other, and which surely are."""
    count = len(members)
    may, sure = np.ones((count, count), dtype=bool), np.ones((count, count), dtype=bool)
    if within_mm is None:
        return may, sure
    outlines = [member.located.outline_mm for member in members]
    boxes = boxes_mm(outlines)
    doubts = np.array([member.located.defect.uncertainty_mm for member in members])
    for i in range(count):
        doubt = np.hypot(doubts[i], doubts)
        gaps = box_gaps_mm(boxes[i], boxes) - doubt
        for j in range(i):
            gap = gaps[j] + doubt[j]
            if not gaps[j] > within_mm:
                gap = gap_mm(outlines[i], outlines[j], within_mm - doubt[j])
            may[i, j] = may[j, i] = not gap - doubt[j] > within_mm
            sure[i, j] = sure[j, i] = gap + doubt[j] <= within_mm
    return may, sure


def _group(near: NDArray[np.bool_], count: int) -> list[int] | None:
    """The member with the most others near it, first, and those; None where they are too few."""
    found = near.sum(axis=1)
    if not len(found) or found.max() < count:
        return None
    middle = int(found.argmax())
    others = np.flatnonzero(near[middle])
    return [middle, *(int(i) for i in others if i != middle)]


def _words(rule: Rule, group: Sequence[_Member]) -> str:
    """The rule, and what breaks it: which defects, which sizes, how near."""
    told = [_told(member.located, rule) for member in group[:_MOST_NAMED]]
    if len(group) > _MOST_NAMED:
        told.append(f"{len(group) - _MOST_NAMED} more")
    words = f"rule {rule.name}{f' ({rule.text})' if rule.text else ''}: "
    words += f"{len(group)} counted, {rule.count} or more are too many: {'; '.join(told)}"
    if rule.within_mm is not None:
        gap = _farthest([member.located for member in group])
        words += f"; within {gap.value:.2f} ± {gap.uncertainty:.2f} mm, limit {rule.within_mm:g} mm"
    return words


def _told(one: Located, rule: Rule) -> str:
    sizes = [
        f"{size_of(one.defect, quantity)}{' or more' if one.defect.cut else ''} (from {least:g})"
        for quantity, least in _least(rule).items()
    ]
    where = f" touching zone {rule.zone}" if rule.zone else ""
    return f"{place(one.defect)}{where}{': ' if sizes else ''}{', '.join(sizes)}"


def _farthest(group: Sequence[Located]) -> Size:
    """The greatest gap from the first to one of the others."""
    first = group[0]
    return max(
        (
            Size(
                "length",
                gap_mm(first.outline_mm, other.outline_mm),
                float(np.hypot(first.defect.uncertainty_mm, other.defect.uncertainty_mm)),
            )
            for other in group[1:]
        ),
        key=lambda gap: gap.value,
    )
