"""decide: a size against its limit, with the guard band of ISO 14253-1."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.defect import Defect, DefectKind
from inspectd.core.recipe import Recipe
from inspectd.core.rules import GuardBand, OtherRule
from inspectd.core.verdict import Decision, ReasonCode
from inspectd.vision.decide import decide

SQUARE = ((10.0, 20.0), (12.0, 20.0), (12.0, 22.0), (10.0, 22.0))
HARMLESS = Defect(
    kind=DefectKind.SCRATCH,
    length_mm=0.1,
    width_mm=0.1,
    diameter_mm=0.1,
    area_mm2=0.1,
    depth_mm=None,
    uncertainty_mm=0.1,
    area_uncertainty_mm2=0.1,
    contrast=-0.2,
    shot="main",
    contour_mm=SQUARE,
    contour_px=SQUARE,
)
LIMITED = {
    DefectKind.SCRATCH: ("length_mm", 5.0, ReasonCode.SCRATCH_TOO_LONG),
    DefectKind.DENT: ("diameter_mm", 2.0, ReasonCode.DENT_TOO_WIDE),
    DefectKind.STAIN: ("area_mm2", 10.0, ReasonCode.STAIN_TOO_LARGE),
    DefectKind.OTHER: ("area_mm2", 10.0, ReasonCode.OTHER_TOO_LARGE),
}
BADNESS = {Decision.PASS: 0, Decision.REVIEW: 1, Decision.FAIL: 2}


def defect(kind: DefectKind, size: float, *, cut: bool = False) -> Defect:
    named: dict[str, Any] = {LIMITED[kind][0]: size}
    return replace(HARMLESS, kind=kind, cut=cut, **named)


def test_a_view_without_defects_passes() -> None:
    assert decide([], Recipe()) == (Decision.PASS, ())


@pytest.mark.parametrize("kind", DefectKind)
def test_a_defect_well_below_its_limit_is_tolerated(kind: DefectKind) -> None:
    assert decide([defect(kind, 0.9 * LIMITED[kind][1])], Recipe()) == (Decision.PASS, ())


@pytest.mark.parametrize("kind", [DefectKind.SCRATCH, DefectKind.DENT, DefectKind.STAIN])
def test_a_defect_well_above_its_limit_fails_the_part(kind: DefectKind) -> None:
    _, limit, code = LIMITED[kind]
    decision, (reason,) = decide([defect(kind, 1.2 * limit)], Recipe())
    assert decision is Decision.FAIL
    assert reason.code is code


@pytest.mark.parametrize(
    ("outcome", "decision"), [("review", Decision.REVIEW), ("fail", Decision.FAIL)]
)
def test_a_large_anomaly_of_no_class_gets_what_the_recipe_says(
    outcome: str, decision: Decision
) -> None:
    recipe = Recipe(other=OtherRule.model_validate({"outcome": outcome}))
    found, (reason,) = decide([defect(DefectKind.OTHER, 20.0)], recipe)
    assert found is decision
    assert reason.code is ReasonCode.OTHER_TOO_LARGE


@pytest.mark.parametrize("kind", DefectKind)
@pytest.mark.parametrize("offset", [-0.09, 0.0, 0.09])
def test_a_size_that_its_uncertainty_puts_on_both_sides_of_the_limit_is_for_review(
    kind: DefectKind, offset: float
) -> None:
    decision, (reason,) = decide([defect(kind, LIMITED[kind][1] + offset)], Recipe())
    assert decision is Decision.REVIEW
    assert reason.code is ReasonCode.INSIDE_GUARD_BAND


def test_the_guard_band_may_fail_the_part() -> None:
    recipe = Recipe(guard_band=GuardBand(outcome="fail"))
    assert decide([defect(DefectKind.DENT, 2.05)], recipe)[0] is Decision.FAIL


@pytest.mark.parametrize("kind", DefectKind)
def test_a_small_defect_cut_by_the_pictures_edge_is_not_tolerated(kind: DefectKind) -> None:
    decision, (reason,) = decide([defect(kind, 0.5, cut=True)], Recipe())
    assert decision is Decision.REVIEW
    assert "cut by the picture's edge" in reason.text


def test_a_large_defect_cut_by_the_pictures_edge_fails_the_part() -> None:
    assert decide([defect(DefectKind.SCRATCH, 9.0, cut=True)], Recipe())[0] is Decision.FAIL


@pytest.mark.parametrize("kind", DefectKind)
def test_a_small_defect_that_clipped_pixels_hide_is_not_tolerated(kind: DefectKind) -> None:
    decision, (reason,) = decide([replace(defect(kind, 0.5), clipped=True)], Recipe())
    assert (decision, reason.code) == (Decision.REVIEW, ReasonCode.INSIDE_GUARD_BAND)
    assert "clipped" in reason.text


def test_a_large_defect_that_clipped_pixels_hide_fails_the_part() -> None:
    large = replace(defect(DefectKind.DENT, 9.0), clipped=True)
    assert decide([large], Recipe())[0] is Decision.FAIL


def test_what_may_be_a_streak_of_the_grain_neither_fails_nor_passes() -> None:
    streak = replace(defect(DefectKind.SCRATCH, 9.0), in_grain=True)
    decision, (reason,) = decide([streak], Recipe())
    assert (decision, reason.code) == (Decision.REVIEW, ReasonCode.INSIDE_GUARD_BAND)
    assert "maybe a streak of the grain" in reason.text


@pytest.mark.parametrize("kind", DefectKind)
def test_a_size_that_is_not_a_number_is_not_tolerated(kind: DefectKind) -> None:
    assert decide([defect(kind, float("nan"))], Recipe())[0] is Decision.REVIEW


def test_one_bad_defect_among_good_ones_decides() -> None:
    found = [defect(DefectKind.DENT, 1.0), defect(DefectKind.STAIN, 30.0)]
    decision, (reason,) = decide(found, Recipe())
    assert decision is Decision.FAIL
    assert reason.code is ReasonCode.STAIN_TOO_LARGE


def test_a_reason_says_what_where_how_large_and_against_which_limit() -> None:
    _, (reason,) = decide([defect(DefectKind.SCRATCH, 7.253)], Recipe())
    assert reason.text == (
        "scratch at (11.0, 21.0) mm in shot main: length 7.25 ± 0.10 mm > limit 5 mm"
    )


@given(
    st.sampled_from(DefectKind),
    st.floats(0.0, 50.0),
    st.floats(0.0, 50.0),
    st.floats(0.0, 3.0),
    st.booleans(),
    st.sampled_from(["review", "fail"]),
)
def test_a_larger_defect_never_gets_a_better_decision(
    kind: DefectKind, size: float, more: float, uncertainty: float, cut: bool, outcome: str
) -> None:
    recipe = Recipe.model_validate({"guard_band": {"outcome": outcome}})
    small, large = (
        replace(
            defect(kind, each, cut=cut),
            uncertainty_mm=uncertainty,
            area_uncertainty_mm2=uncertainty,
        )
        for each in (size, size + more)
    )
    assert BADNESS[decide([large], recipe)[0]] >= BADNESS[decide([small], recipe)[0]]
