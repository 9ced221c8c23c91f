"""halves: two tolerated defects that may be one dent."""

import pytest

from inspectd.core.defect import Defect, DefectKind
from inspectd.core.recipe import Recipe
from inspectd.core.rules import Zone
from inspectd.core.verdict import Decision
from inspectd.vision.decide import decide

HALF = Defect(
    DefectKind.STAIN, 1.4, 0.8, 1.4, 0.9, None, 0.1, 0.05, -0.1, "main",
    ((10.0, 10.0), (11.4, 10.0), (11.4, 10.8), (10.0, 10.8)),
)  # fmt: skip


def other(down_mm: float, kind: DefectKind = DefectKind.OTHER, shot: str = "main") -> Defect:
    """The same, so much farther down."""
    moved = tuple((x, y + down_mm) for x, y in HALF.contour_mm)
    values = {name: getattr(HALF, name) for name in HALF.__slots__}
    return Defect(**{**values, "kind": kind, "shot": shot, "contour_mm": moved})


def test_two_anomalies_near_each_other_that_reach_beyond_a_dents_limit_are_for_review() -> None:
    decision, (reason,) = decide([HALF, other(1.7)], Recipe())
    assert decision is Decision.REVIEW
    assert reason.rule == "dent.max_diameter_mm"
    assert "halves of a dent" in reason.text


@pytest.mark.parametrize(
    "second",
    [
        other(2.2),
        other(0.3),
        other(1.7, DefectKind.SCRATCH),
        other(1.7, shot="second"),
    ],
    ids=["farther apart", "within the limit together", "a scratch", "of another shot"],
)
def test_others_are_judged_one_by_one(second: Defect) -> None:
    assert decide([HALF, second], Recipe()) == (Decision.PASS, ())


def test_where_nothing_counts_they_are_no_halves() -> None:
    square = ((0.0, 0.0), (30.0, 0.0), (30.0, 30.0), (0.0, 30.0))
    recipe = Recipe(zones=(Zone(name="rim", polygon_mm=square, ignore=True),))
    assert decide([HALF, other(1.7)], recipe) == (Decision.PASS, ())
