"""The accuracy study, small: it draws, judges and counts what it says."""

import math

import pytest
from studies.accuracy import Outcome, judge_case, run, summary
from studies.accuracy_cases import KINDS, draw_case


def outcome(seed: int, truth: float, found: float, decision: str = "FAIL") -> Outcome:
    return Outcome(
        "scratch", "straight", seed, truth / 5.0, decision, truth, found, 0.1, named_right=True
    )


def test_the_figures_are_those_of_the_parts() -> None:
    told = summary(
        "scratch",
        [
            outcome(1, 10.0, 10.05),
            outcome(2, 10.0, 9.8),
            outcome(3, 6.0, 6.0, "PASS"),
            Outcome("scratch", "straight", 4, 0.5, "PASS", 2.5),
        ],
    )
    assert told["found_percent"] == 75.0
    assert told["covered_percent"] == pytest.approx(200.0 / 3.0)
    assert told["wrong_pass"] == 1
    assert told["wrong_pass_seeds"] == [3]
    assert told["missed_seeds"] == [4]
    assert told["worst_seeds"][0] == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_is_always_the_same_part(kind: str) -> None:
    assert draw_case(kind, 3) == draw_case(kind, 3)


def test_a_part_is_judged_and_compared_with_its_truth() -> None:
    judged = judge_case("stain", 1)
    assert judged.named_right
    assert not math.isnan(judged.uncertainty)
    assert judged.strain < 1.0


def test_a_dent_is_judged_in_four_shots_with_its_depth() -> None:
    judged = judge_case("dent", 2)
    assert judged.named_right
    assert judged.strain < 1.0
    assert abs(judged.depth - judged.true_depth) < judged.depth_uncertainty


def test_a_dent_as_far_over_the_limit_as_none_may_pass_counts_as_over() -> None:
    dent = Outcome("dent", "at limit", 1, 2.2 / 2.0, "PASS", 2.2, 2.2, 0.1, named_right=True)
    assert summary("dent", [dent])["wrong_pass"] == 1


def test_parts_come_in_order_of_kind_and_seed_whoever_was_faster() -> None:
    judged = run(["dent", "clean"], 2, 5, 1)
    assert [(o.kind, o.seed) for o in judged] == [
        ("dent", 5),
        ("dent", 6),
        ("clean", 5),
        ("clean", 6),
    ]
