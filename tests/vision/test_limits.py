"""severity: sizes of different classes are compared by the limits that hold where they lie."""

from support.defects import boxed

from inspectd.core.defect import DefectKind
from inspectd.core.placement import IN_PLACE
from inspectd.core.recipe import Recipe
from inspectd.vision.limits import severity
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
