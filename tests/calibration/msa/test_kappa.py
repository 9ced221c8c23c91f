"""Agreement beyond chance."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from inspectd_calibration.msa.kappa import (
    Proportion,
    accept_counts,
    cohen_kappa,
    fleiss_kappa,
    with_interval,
)
from numpy.typing import NDArray
from support.msa_studies import AIAG_BIAS

pairs = hnp.arrays(np.bool_, st.tuples(st.integers(2, 40), st.just(2)))


def test_fleiss_s_kappa_of_ten_subjects_and_fourteen_raters_is_the_published_one() -> None:
    """Wikipedia, "Fleiss' kappa", worked example: 0.210 (statsmodels: 0.20993070442195522)."""
    counts = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]

    assert fleiss_kappa(counts) == pytest.approx(0.20993070442195522, abs=1e-12)


def test_agreement_by_chance_alone_is_kappa_zero() -> None:
    assert cohen_kappa([1, 1, 0, 0], [1, 0, 1, 0]) == pytest.approx(0.0)


def test_one_answer_only_leaves_kappa_undefined() -> None:
    assert cohen_kappa([1, 1, 1], [1, 1, 1]) is None
    assert fleiss_kappa([[0, 3], [0, 3]]) is None


@given(pairs)
def test_kappa_is_symmetric_and_at_most_one(both: NDArray[np.bool_]) -> None:
    one, other = both.T
    kappa = cohen_kappa(one, other)
    assume(kappa is not None)

    assert kappa is not None
    assert kappa <= 1.0
    assert kappa == pytest.approx(cohen_kappa(other, one))
    assert (kappa == 1.0) == bool((one == other).all())


@given(pairs)
def test_pass_and_fail_may_be_exchanged(both: NDArray[np.bool_]) -> None:
    assert cohen_kappa(*both.T) == pytest.approx(cohen_kappa(*(~both).T))


@given(pairs)
def test_accept_counts_keep_every_rating(both: NDArray[np.bool_]) -> None:
    counts = accept_counts(both)

    assert (counts.sum(axis=1) == 2).all()
    assert counts[:, 1].sum() == both.sum()


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Two appraisers right with 0.9, 60 parts, two trials: the true kappa is 0.64."""
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(200):
        truth = rng.random((60, 1)) < 0.5
        one, other = (truth ^ (rng.random((2, 60, 2)) < 0.1)).astype(bool)

        def kappa(
            use: NDArray[np.intp], a: NDArray[np.bool_] = one, b: NDArray[np.bool_] = other
        ) -> float | None:
            return cohen_kappa(a[use].ravel(), b[use].ravel())

        found = with_interval(kappa, 60)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 0.64 <= found.high

    assert 180 <= hits <= 199


def test_the_interval_of_a_mean_is_student_s() -> None:
    """The jackknife of a mean is exact: AIAG MSA, table III-B 2, -0.1107 to 0.1241."""
    values = np.array(AIAG_BIAS) - 6.0
    found = with_interval(lambda use: float(values[use].mean()), len(values))

    assert found.low == pytest.approx(-0.1107, abs=5e-5)
    assert found.high == pytest.approx(0.1241, abs=5e-5)


def test_ratings_that_never_disagree_have_no_interval() -> None:
    one = np.array([True, False, True, False])
    found = with_interval(lambda use: cohen_kappa(one[use], one[use]), 4)

    assert (found.value, found.low, found.high) == (1.0, None, None)


def test_a_kappa_that_hangs_on_one_part_has_no_interval() -> None:
    one = np.array([True, True, True, False])
    found = with_interval(lambda use: cohen_kappa(one[use], one[use]), 4)

    assert (found.low, found.high) == (None, None)


@pytest.mark.parametrize(
    ("hits", "low", "high"), [(14, 68.052, 99.831), (12, 51.911, 95.669), (7, 21.267, 73.414)]
)
def test_the_exact_interval_of_a_share_is_the_published_one(
    hits: int, low: float, high: float
) -> None:
    """JASP's test of its attribute analysis (test-msaAttribute.R), 15 parts."""
    interval = Proportion(hits, 15).interval

    assert interval == pytest.approx((low / 100.0, high / 100.0), abs=5e-6)
