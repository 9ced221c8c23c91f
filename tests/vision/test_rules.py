"""Rules of one's own: so many, so large, so near, and what nobody can tell."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.defects import boxed

from inspectd.core.defect import Defect, DefectKind
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, ReasonCode
from inspectd.vision.decide import decide

BADNESS = {Decision.PASS: 0, Decision.REVIEW: 1, Decision.FAIL: 2}
TWO_LONG = {
    "name": "two-long",
    "text": "two scratches over 3 mm within 20 mm",
    "kinds": ["scratch"],
    "min_length_mm": 3.0,
    "count": 2,
    "within_mm": 20.0,
}


def ruled(*rules: dict[str, Any], **more: Any) -> Recipe:
    """A recipe whose limits nothing here reaches, with these rules."""
    wide = {
        "scratch": {"max_length_mm": 1000.0},
        "dent": {"max_diameter_mm": 1000.0},
        "stain": {"max_area_mm2": 1e6},
        "other": {"max_area_mm2": 1e6},
    }
    # Far reaching limits would make chains of everything.
    return Recipe.model_validate({**wide, "rules": rules, **more})


def pair(gap_mm: float, length_mm: float = 4.0) -> list[Defect]:
    """Two upright scratches side by side."""
    return [
        boxed(0.0, 0.0, 1.0, length_mm),
        boxed(1.0 + gap_mm, 0.0, 1.0, length_mm),
    ]


@pytest.mark.parametrize(
    ("gap_mm", "length_mm", "decision"),
    [
        (15.0, 4.0, Decision.FAIL),
        (25.0, 4.0, Decision.PASS),
        (15.0, 2.0, Decision.PASS),
        (19.9, 4.0, Decision.REVIEW),  # 19.9 ± 0.14 mm
        (20.1, 4.0, Decision.REVIEW),
        (15.0, 2.95, Decision.REVIEW),  # 2.95 ± 0.10 mm
        (15.0, 3.05, Decision.REVIEW),
        (25.0, 3.05, Decision.PASS),
    ],
)
def test_two_scratches_over_3_mm_within_20_mm(
    gap_mm: float, length_mm: float, decision: Decision
) -> None:
    assert decide(pair(gap_mm, length_mm), ruled(TWO_LONG))[0] is decision


def test_the_reason_says_which_defects_which_rule_and_which_numbers() -> None:
    _, (reason,) = decide(pair(15.0), ruled(TWO_LONG))
    assert reason.code is ReasonCode.RULE_BROKEN
    assert reason.rule == "rules.two-long"
    assert reason.text == (
        "rule two-long (two scratches over 3 mm within 20 mm): 2 counted, 2 or more are too "
        "many: scratch at (0.5, 2.0) mm in shot main: length 4.00 ± 0.10 mm (from 3); scratch at "
        "(16.5, 2.0) mm in shot main: length 4.00 ± 0.10 mm (from 3); within 15.00 ± 0.14 mm, "
        "limit 20 mm"
    )


def test_near_is_from_one_of_them_to_each_of_the_others() -> None:
    recipe = ruled({**TWO_LONG, "count": 3})
    row = [boxed(at, 0.0, 1.0, 4.0) for at in (0.0, 16.0, 32.0)]
    assert decide(row, recipe)[0] is Decision.FAIL
    four = [boxed(at, 0.0, 1.0, 4.0) for at in (0.0, 16.0, 48.0, 64.0)]
    assert decide(four, recipe)[0] is Decision.PASS


def test_only_the_named_classes_count() -> None:
    one, other = pair(15.0)
    stain = replace(other, kind=DefectKind.STAIN)
    assert decide([one, stain], ruled(TWO_LONG))[0] is Decision.PASS
    both = {**TWO_LONG, "kinds": ["scratch", "stain"]}
    assert decide([one, stain], ruled(both))[0] is Decision.FAIL


@pytest.mark.parametrize(
    ("outcome", "guard", "sure", "doubted"),
    [
        ("fail", "review", Decision.FAIL, Decision.REVIEW),
        ("fail", "fail", Decision.FAIL, Decision.FAIL),
        ("review", "review", Decision.REVIEW, Decision.REVIEW),
        ("review", "fail", Decision.REVIEW, Decision.REVIEW),
    ],
)
def test_the_rule_says_its_outcome_and_doubt_is_never_worse_than_that(
    outcome: str, guard: str, sure: Decision, doubted: Decision
) -> None:
    recipe = ruled({**TWO_LONG, "outcome": outcome}, guard_band={"outcome": guard})
    assert decide(pair(15.0), recipe)[0] is sure
    found, (reason,) = decide(pair(20.0), recipe)
    assert found is doubted
    assert reason.code is ReasonCode.INSIDE_GUARD_BAND
    assert reason.text.endswith("too near to tell")


def test_a_rule_of_a_zone_counts_what_touches_it() -> None:
    face = {"name": "face", "polygon_mm": [[0, 0], [10, 0], [10, 10], [0, 10]]}
    rule = {"name": "none-here", "kinds": ["scratch"], "zone": "face"}
    recipe = ruled(rule, zones=[face])
    assert decide([boxed(9.5, 4.0)], recipe)[0] is Decision.FAIL
    assert decide([boxed(10.5, 4.0)], recipe)[0] is Decision.PASS


def test_what_clipped_pixels_hide_may_be_as_large_as_the_rule_asks() -> None:
    hidden = replace(pair(15.0, 2.0)[0], clipped=True)
    _, reasons = decide([hidden], ruled({**TWO_LONG, "count": 1, "within_mm": None}))
    assert "rules.two-long" in {reason.rule for reason in reasons}


def test_what_lies_in_an_ignored_zone_counts_for_no_rule() -> None:
    hole = {"name": "hole", "polygon_mm": [[-1, -1], [5, -1], [5, 9], [-1, 9]], "ignore": True}
    assert decide(pair(15.0), ruled(TWO_LONG, zones=[hole]))[0] is Decision.PASS


def test_what_the_edge_cuts_off_may_be_as_large_as_the_rule_asks() -> None:
    one, other = pair(15.0, 2.0)
    cut = [one, replace(other, cut=True, length_mm=5.0)]
    recipe = ruled({**TWO_LONG, "count": 1, "within_mm": None})
    assert decide(cut, recipe)[0] is Decision.FAIL
    hidden = replace(cut[1], length_mm=2.0)
    assert ReasonCode.INSIDE_GUARD_BAND in {r.code for r in decide([hidden], recipe)[1]}
    assert "rules.two-long" in {r.rule for r in decide([hidden], recipe)[1]}


@pytest.mark.parametrize(
    ("depth_mm", "doubt_mm", "decision"),
    [
        (0.5, 0.05, Decision.FAIL),
        (0.1, 0.05, Decision.PASS),
        (0.3, 0.05, Decision.REVIEW),
        (0.5, None, Decision.REVIEW),
        (None, None, Decision.REVIEW),
        (float("nan"), 0.05, Decision.REVIEW),
    ],
)
def test_a_depth_that_nobody_knows_may_be_too_deep(
    depth_mm: float | None, doubt_mm: float | None, decision: Decision
) -> None:
    rule = {"name": "deep", "kinds": ["dent"], "min_depth_mm": 0.3}
    dent = replace(
        boxed(0.0, 0.0, kind=DefectKind.DENT), depth_mm=depth_mm, depth_uncertainty_mm=doubt_mm
    )
    assert decide([dent], ruled(rule))[0] is decision


def test_the_reason_that_decided_comes_first() -> None:
    recipe = Recipe.model_validate({"rules": [TWO_LONG]})
    _, reasons = decide([boxed(0.0, 0.0, 1.0, 4.95), boxed(9.0, 0.0, 1.0, 4.95)], recipe)
    assert [reason.code for reason in reasons] == [
        ReasonCode.RULE_BROKEN,
        ReasonCode.INSIDE_GUARD_BAND,
        ReasonCode.INSIDE_GUARD_BAND,
    ]


def test_many_are_counted_and_the_first_few_named() -> None:
    specks = [boxed(3.0 * i, 0.0, kind=DefectKind.STAIN) for i in range(9)]
    rule = {"name": "specks", "kinds": ["stain"], "count": 9}
    _, (reason,) = decide(specks, ruled(rule))
    assert "9 counted" in reason.text
    assert reason.text.endswith("; 5 more")


boxes = st.builds(
    boxed,
    st.floats(0.0, 60.0),
    st.floats(0.0, 60.0),
    st.floats(0.1, 8.0),
    st.floats(0.1, 8.0),
    st.sampled_from(DefectKind),
    uncertainty_mm=st.floats(0.0, 1.0),
    cut=st.booleans(),
)


@given(st.lists(boxes, max_size=8), boxes, st.integers(1, 4), st.floats(0.1, 60.0))
def test_one_more_defect_never_makes_a_better_decision(
    defects: list[Defect], more: Defect, count: int, within_mm: float
) -> None:
    near = {"within_mm": within_mm} if count > 1 else {}
    rule = {"name": "r", "kinds": list(DefectKind), "min_length_mm": 2.0, "count": count, **near}
    zone = {"name": "z", "polygon_mm": [[5, 5], [30, 5], [30, 30], [5, 30]], "ignore": True}
    recipe = Recipe.model_validate({"rules": [rule], "zones": [zone]})
    few, many = (decide(each, recipe)[0] for each in (defects, [*defects, more]))
    assert BADNESS[many] >= BADNESS[few]


@given(st.lists(boxes, min_size=2, max_size=6), st.randoms())
def test_the_order_of_the_defects_does_not_matter(defects: list[Defect], random: Any) -> None:
    recipe = Recipe.model_validate({"rules": [TWO_LONG]})
    shuffled = random.sample(defects, len(defects))
    assert decide(shuffled, recipe)[0] is decide(defects, recipe)[0]
