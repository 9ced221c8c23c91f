"""One defect seen in several shots is one defect."""

import math
from collections.abc import Sequence

from inspectd.core.defect import Defect
from inspectd.core.placement import IN_PLACE, Placement
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision
from inspectd.vision.limits import judge, severity
from inspectd.vision.outlines import overlap
from inspectd.vision.zones import Located, locate


def merged(
    defects: Sequence[Defect], recipe: Recipe, placement: Placement = IN_PLACE
) -> list[Defect]:
    """The defects of all shots of a view, the worst first, each once.

    Two are the same where they are of one class, from different shots, and most corners of one
    lie on the other or within its uncertainty of it; the worse is kept. Of different classes both
    are kept: whichever is right, the part gets the worse decision.
    """
    kept: list[Located] = []
    located = locate(defects, recipe, placement)
    for one in sorted(located, key=lambda each: _badness(each, recipe), reverse=True):
        if not any(_same(one, worse) for worse in kept):
            kept.append(one)
    return [one.defect for one in kept]


def _badness(one: Located, recipe: Recipe) -> tuple[int, float]:
    """What the defect alone would do to the part, then its size over its limit."""
    judged = judge(one, recipe)
    weight = {Decision.REVIEW: 1, Decision.FAIL: 2}
    size = severity(one, recipe)
    return 0 if judged is None else weight[judged[0]], size if math.isfinite(size) else math.inf


def _same(one: Located, worse: Located) -> bool:
    if one.defect.kind is not worse.defect.kind or one.defect.shot == worse.defect.shot:
        return False
    outlines, doubt_mm = (one.outline_mm, worse.outline_mm), worse.defect.uncertainty_mm
    return overlap(*outlines, doubt_mm) or overlap(*outlines[::-1], doubt_mm)
