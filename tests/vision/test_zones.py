"""On which zones a defect lies: a border is as wide as the defect's uncertainty."""

from typing import Any

import pytest
from support.defects import boxed

from inspectd.core.defect import DefectKind
from inspectd.core.placement import IN_PLACE, Placement
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision
from inspectd.vision.decide import decide
from inspectd.vision.zones import locate


def zone(name: str, left: float, right: float, **more: Any) -> dict[str, Any]:
    """A zone from `left` to `right`, 10 mm high."""
    corners = [[left, 0.0], [right, 0.0], [right, 10.0], [left, 10.0]]
    return {"name": name, "polygon_mm": corners, **more}


def with_zones(*zones: dict[str, Any], **more: Any) -> Recipe:
    return Recipe.model_validate({"zones": zones, **more})


STRICT = zone("strict", 0.0, 10.0, scratch={"max_length_mm": 1.0})
LOOSE = zone("loose", 0.0, 10.0, scratch={"max_length_mm": 20.0})
IGNORED = zone("ignored", 0.0, 10.0, ignore=True)


@pytest.mark.parametrize(
    ("left_mm", "decision"),
    [
        (4.0, Decision.FAIL),
        (9.5, Decision.FAIL),  # over the border
        (10.05, Decision.FAIL),  # within its uncertainty of it
        (10.15, Decision.PASS),
    ],
)
def test_a_defect_on_the_border_of_a_strict_zone_counts_as_in_it(
    left_mm: float, decision: Decision
) -> None:
    found, reasons = decide([boxed(left_mm, 4.0, 2.0)], with_zones(STRICT))
    assert found is decision
    if reasons:
        assert reasons[0].rule == "zones.strict.scratch.max_length_mm"
        assert "limit 1 mm of zone strict" in reasons[0].text


@pytest.mark.parametrize("special", [LOOSE, IGNORED])
@pytest.mark.parametrize(
    ("left_mm", "decision"),
    [(2.0, Decision.PASS), (3.95, Decision.FAIL), (6.0, Decision.FAIL), (12.0, Decision.FAIL)],
)
def test_a_looser_zone_holds_only_for_what_lies_wholly_in_it(
    special: dict[str, Any], left_mm: float, decision: Decision
) -> None:
    assert decide([boxed(left_mm, 4.0, 6.0)], with_zones(special))[0] is decision


def test_a_class_that_a_zone_does_not_name_keeps_the_recipes_limit() -> None:
    stain = boxed(2.0, 2.0, 4.0, 4.0, DefectKind.STAIN)
    _, (reason,) = decide([stain], with_zones(LOOSE))
    assert reason.rule == "stain.max_area_mm2"


def test_a_zone_lies_over_those_before_it() -> None:
    hole = zone("hole", 4.0, 7.0, ignore=True)
    in_hole, beside_it = boxed(4.5, 4.0, 2.0), boxed(3.5, 4.0, 2.0)
    assert decide([in_hole], with_zones(STRICT, hole))[0] is Decision.PASS
    assert decide([beside_it], with_zones(STRICT, hole))[0] is Decision.FAIL
    assert decide([in_hole], with_zones(hole, STRICT))[0] is Decision.FAIL


def test_zones_lie_on_the_part_and_turn_with_it() -> None:
    recipe = with_zones(STRICT)
    placed = Placement(90.0, (100.0, 100.0))  # the zone is at x 90 to 100, y 100 to 110
    inside, outside = boxed(94.0, 104.0, 2.0), boxed(4.0, 4.0, 2.0)
    assert decide([inside], recipe, placed)[0] is Decision.FAIL
    assert decide([outside], recipe, placed)[0] is Decision.PASS
    assert decide([inside], recipe, IN_PLACE)[0] is Decision.PASS


def test_a_place_that_is_no_number_is_in_every_zone_and_outside_too() -> None:
    lost = boxed(float("nan"), 4.0, 2.0)
    recipe = with_zones(IGNORED, STRICT)
    (located,) = locate([lost], recipe, IN_PLACE)
    assert [each.name for each in located.zones] == ["strict", "ignored"]
    assert located.outside
    assert decide([lost], recipe)[0] is not Decision.PASS
