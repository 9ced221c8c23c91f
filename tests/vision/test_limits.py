"""One defect against its limit, and how severe defects of different classes are."""

from dataclasses import replace

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


@pytest.mark.parametrize("kind", [DefectKind.SCRATCH, DefectKind.STAIN])
def test_what_may_hide_something_else_is_in_doubt_within_its_limit_and_fails_beyond_it(
    kind: DefectKind,
) -> None:
    small, large = locate(
        [
            replace(boxed(0.0, 0.0, 2.0, 2.0, kind), hides=True),
            replace(boxed(9.0, 0.0, 9.0, 9.0, kind), hides=True),
        ],
        Recipe(),
        IN_PLACE,
    )
    tolerated, failed = judge(small, Recipe()), judge(large, Recipe())
    assert tolerated is not None
    assert failed is not None
    assert (tolerated[0], failed[0]) == (Decision.REVIEW, Decision.FAIL)


def test_an_anomaly_shaded_as_a_dent_is_in_doubt_only_where_it_is_wide_enough_to_hold_one() -> None:
    wide, narrow = locate(
        [
            replace(boxed(0.0, 0.0, 3.5, 1.8, DefectKind.OTHER), hides=True),
            replace(boxed(9.0, 0.0, 2.2, 1.0, DefectKind.OTHER), hides=True),
        ],
        Recipe(),
        IN_PLACE,
    )
    found = judge(wide, Recipe())
    assert found is not None
    assert (found[0], found[1].rule) == (Decision.REVIEW, "dent.max_diameter_mm")
    assert judge(narrow, Recipe()) is None
