"""Votes of learned models: they make a decision worse, or change nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.defects import boxed

from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, ReasonCode
from inspectd.core.vote import Vote
from inspectd.vision.decide import decide

WEIGHT = {Decision.PASS: 0, Decision.REVIEW: 1, Decision.NO_VERDICT: 2, Decision.FAIL: 3}
DEMANDED = Recipe.model_validate({"votes": {"required": ["anomaly"]}})


def vote(decision: Decision, score: float = 0.9, model: str = "anomaly") -> Vote:
    return Vote(model, "1.2", 64 * "a", decision, score, "unlike all good parts")


def after(*votes: Vote, recipe: Recipe = DEMANDED) -> Decision:
    return decide([], recipe, votes=votes)[0]


def test_a_model_that_is_content_changes_nothing() -> None:
    assert decide([], DEMANDED, votes=[vote(Decision.PASS)]) == (Decision.PASS, ())


@pytest.mark.parametrize("decision", [Decision.FAIL, Decision.REVIEW])
def test_a_vote_against_a_good_part_holds_and_names_the_model(decision: Decision) -> None:
    found, (reason,) = decide([], DEMANDED, votes=[vote(decision)])
    assert found is decision
    assert reason.code is ReasonCode.VOTE_AGAINST
    assert reason.rule == "votes.anomaly"
    assert reason.text == (
        f"model anomaly 1.2 (aaaaaaaaaaaa) votes {decision.name}, score 0.9: unlike all good parts"
    )


@pytest.mark.parametrize(
    "votes",
    [
        [],
        [vote(Decision.PASS, model="other")],
        [vote(Decision.NO_VERDICT)],
        [vote(Decision.NONE)],
        [vote(Decision.PASS, float("nan"))],
        [vote(Decision.PASS, float("inf"))],
        [vote(Decision.PASS), vote(Decision.PASS, float("nan"), "other")],
    ],
)
def test_a_missing_or_failed_vote_is_no_verdict(votes: list[Vote]) -> None:
    decision, reasons = decide([], DEMANDED, votes=votes)
    assert decision is Decision.NO_VERDICT
    assert {reason.code for reason in reasons} == {ReasonCode.VOTE_MISSING}


def test_where_no_vote_is_demanded_none_is_missed() -> None:
    assert after(recipe=Recipe()) is Decision.PASS


def test_no_vote_saves_a_part_that_the_rules_fail() -> None:
    scratch = boxed(0.0, 0.0, 9.0)
    votes = [vote(Decision.PASS, 0.0)]
    assert decide([scratch], DEMANDED, votes=votes)[0] is Decision.FAIL


@given(
    st.lists(
        st.builds(vote, st.sampled_from(Decision), st.floats(), st.sampled_from(["anomaly", "b"])),
        max_size=4,
    ),
    st.floats(0.0, 9.0),
    st.booleans(),
)
def test_votes_never_make_a_decision_better(
    votes: list[Vote], length_mm: float, demanded: bool
) -> None:
    recipe = DEMANDED if demanded else Recipe()
    defects = [boxed(0.0, 0.0, length_mm=length_mm)]
    without = decide(defects, Recipe())[0]
    assert WEIGHT[decide(defects, recipe, votes=votes)[0]] >= WEIGHT[without]
