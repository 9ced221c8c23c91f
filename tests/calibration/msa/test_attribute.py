"""Attribute agreement: published examples."""

import pytest
from inspectd_calibration.msa.attribute import attribute_agreement, graded, kappa_word
from inspectd_calibration.msa.study import ratings
from support.msa_studies import AIAG_ATTRIBUTE, BLACK_SPOTS

AIAG = attribute_agreement(AIAG_ATTRIBUTE)
JASP = attribute_agreement(BLACK_SPOTS)


def percent(share: float) -> float:
    """As the manual rounds: 6.25 becomes 6.3."""
    return int(share * 1000.0 + 0.5 + 1e-9) / 10.0


def test_the_kappas_of_aiag_s_example_are_those_printed() -> None:
    """AIAG MSA, 4th ed., table III-C 3 and the table of kappas against the reference below it."""
    pairs = {pair: round(kappa.value or 0.0, 2) for pair, kappa in AIAG.pairs.items()}

    assert pairs == {("A", "B"): 0.86, ("A", "C"): 0.78, ("B", "C"): 0.79}
    assert [round(a.kappa.value or 0.0, 2) for a in AIAG.appraisers] == [0.88, 0.92, 0.77]


def test_the_effectiveness_of_aiag_s_example_has_the_printed_limits() -> None:
    """AIAG MSA, 4th ed., table III-C 5: 84, 90 and 80 %, with 95 % limits."""
    printed = {"A": (84, 71, 93), "B": (90, 78, 97), "C": (80, 66, 90)}

    for one in AIAG.appraisers:
        low, high = one.effectiveness.interval
        found = tuple(round(100.0 * share) for share in (one.effectiveness.share, low, high))
        assert found == printed[one.name]


def test_the_system_of_aiag_s_example_has_the_printed_effectiveness() -> None:
    """AIAG MSA, 4th ed., table III-C 5: 39 of 50, 64 % to 89 %; the exact limit is 88.47 %."""
    low, high = AIAG.effectiveness.interval

    assert (AIAG.effectiveness.hits, AIAG.agreement.hits) == (39, 39)
    assert round(100.0 * AIAG.effectiveness.share) == 78
    assert round(100.0 * low) == 64
    assert 100.0 * high == pytest.approx(88.47, abs=0.005)


def test_the_miss_and_false_alarm_rates_of_aiag_s_example_are_those_printed() -> None:
    """AIAG MSA, 4th ed., table III-C 7."""
    miss = {one.name: percent(one.miss.share) for one in AIAG.appraisers}
    false_alarm = {one.name: percent(one.false_alarm.share) for one in AIAG.appraisers}

    assert miss == {"A": 6.3, "B": 6.3, "C": 12.5}
    assert false_alarm == {"A": 4.9, "B": 2.0, "C": 8.8}


def test_nobody_of_aiag_s_example_is_acceptable() -> None:
    """B's effectiveness and false alarms would do, but 6.3 % misses do not."""
    assert {one.grade for one in AIAG.appraisers} == {"unacceptable"}


def test_the_kappas_of_jasp_s_example_are_reproduced() -> None:
    """JASP's test-msaAttribute.R: Cohen against the reference, Fleiss within and of all."""
    assert [one.kappa.value for one in JASP.appraisers] == pytest.approx(
        [0.612903225806452, 0.492307692307692, 0.264150943396226]
    )
    assert [one.within.value for one in JASP.appraisers] == pytest.approx(
        [0.905462184873949, 0.91, 0.543918918918919]
    )
    assert JASP.together.value == pytest.approx(0.641666666666666)


def test_the_agreement_of_jasp_s_example_is_reproduced() -> None:
    """JASP's test-msaAttribute.R: parts of 15."""
    assert [one.repeats.hits for one in JASP.appraisers] == [14, 14, 12]
    assert [one.effectiveness.hits for one in JASP.appraisers] == [12, 11, 9]
    assert (JASP.agreement.hits, JASP.effectiveness.hits) == (9, 7)


def test_perfect_appraisers_are_acceptable() -> None:
    truth = {str(part): part % 2 == 0 for part in range(20)}
    result = attribute_agreement(
        ratings([(p, a, good) for p, good in truth.items() for a in "AB" for _ in range(3)], truth)
    )

    assert [one.grade for one in result.appraisers] == ["acceptable", "acceptable"]
    assert result.together.value == 1.0


def test_the_worst_criterion_is_the_grade() -> None:
    truth = {str(part): part >= 20 for part in range(40)}
    rows = [(part, "A", good) for part, good in truth.items() for _ in range(2)]
    # 2 of 40 misses: 5 %, which is marginal; the rest is acceptable.
    rows[:2] = [("0", "A", True)] * 2

    assert attribute_agreement(ratings(rows, truth)).appraisers[0].grade == "marginal"


@pytest.mark.parametrize(
    ("share", "grade"),
    [(0.1, "acceptable"), (0.101, "marginal"), (0.2, "marginal"), (0.21, "unacceptable")],
)
def test_a_limit_belongs_to_the_better_side(share: float, grade: str) -> None:
    assert graded(share, 1.0 - 0.9, 1.0 - 0.8) == grade


@pytest.mark.parametrize(
    ("kappa", "word"), [(0.76, "good"), (0.75, "fair"), (0.4, "fair"), (0.39, "poor")]
)
def test_a_kappa_has_the_manual_s_word(kappa: float, word: str) -> None:
    assert kappa_word(kappa) == word
