"""One defect against its limit, and how severe defects of different classes are."""

import pytest
from support.defects import boxed

from inspectd.core.defect import DefectKind
from inspectd.core.placement import IN_PLACE
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision
from inspectd.vision.limits import judge, severity
from inspectd.vision.zones import locate


def test_severity_compares_classes_by_their_limits() -> None:
    found = [
        boxed(0.0, 0.0, 4.0, 4.0, DefectKind.DENT),
        boxed(9.0, 0.0, 5.0, 3.0, DefectKind.STAIN),
    ]
    dent, stain = locate(found, Recipe(), IN_PLACE)
    assert severity(dent, Recipe()) == 2.0
    assert severity(stain, Recipe()) == 1.5


def test_what_is_ignored_is_the_least_severe() -> None:
    zone = {"name": "z", "polygon_mm": [[-1, -1], [9, -1], [9, 9], [-1, 9]], "ignore": True}
    recipe = Recipe.model_validate({"zones": [zone]})
    (dent,) = locate([boxed(0.0, 0.0, 4.0, 4.0, DefectKind.DENT)], recipe, IN_PLACE)
    assert severity(dent, recipe) == 0.0


@pytest.mark.parametrize("kind", [DefectKind.STAIN, DefectKind.OTHER])
def test_what_may_be_a_wide_scratch_is_not_tolerated_beyond_the_limit_of_scratches(
    kind: DefectKind,
) -> None:
    recipe = Recipe.model_validate({"stain": {"max_area_mm2": 20}, "other": {"max_area_mm2": 20}})
    slender, short, wide = locate(
        [
            boxed(0.0, 0.0, 5.6, 1.2, kind),
            boxed(9.0, 0.0, 4.0, 1.2, kind),
            boxed(0.0, 9.0, 5.6, 3.0, kind),
        ],
        recipe,
        IN_PLACE,
    )
    found = judge(slender, recipe)
    assert found is not None
    assert found[0] is Decision.REVIEW
    assert found[1].rule == "scratch.max_length_mm"
    assert judge(short, recipe) is None
    assert judge(wide, recipe) is None
