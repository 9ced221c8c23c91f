"""Two halves of a dent that something lies on, listed as two defects: each is tolerated alone."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from inspectd.core.defect import DefectKind
from inspectd.core.recipe import Recipe
from inspectd.vision.chains import extent_mm
from inspectd.vision.limits import Limit, limit_of
from inspectd.vision.outlines import gap_mm
from inspectd.vision.zones import Located

_KINDS = (DefectKind.STAIN, DefectKind.OTHER)
# Of a dent's limit. What rendered scratches left of dents of 2.2 to 3 mm, at a limit of 2 mm, was
# 1.3 to 1.7 mm wide and 0.8 mm apart.
_APART = 0.5
_LEAST, _MOST = 0.5, 1.5


def halves(
    located: Sequence[Located], recipe: Recipe
) -> Iterator[tuple[Located, Located, Limit, float]]:
    """Pairs that may be one dent beyond its limit, with that limit, and how far they reach, mm.

    Two anomalies of one shot and of no other class, each about as large as a dent's bright or dark
    side, and near each other.
    """
    dents = [(one, limit_of(one, DefectKind.DENT, recipe)) for one in located]
    near = [(one, limit) for one, limit in dents if limit is not None and _is_half(one, limit)]
    for (one, one_limit), (other, other_limit) in combinations(near, 2):
        limit = min(one_limit, other_limit, key=lambda each: each.value)
        pair = [one.defect, other.defect]
        if one.defect.shot != other.defect.shot:
            continue
        reach = _APART * limit.value
        if gap_mm(one.outline_mm, other.outline_mm, reach) > reach:
            continue
        extent = extent_mm(pair)
        if not extent + max(half.uncertainty_mm for half in pair) <= limit.value:
            yield one, other, limit, extent


def _is_half(one: Located, limit: Limit) -> bool:
    size = one.defect.diameter_mm / limit.value
    return one.defect.kind in _KINDS and not (size < _LEAST or size > _MOST)
