"""Attribute agreement: whether people, or stations, call good parts good and bad parts bad.

AIAG MSA, 4th edition, chapter III section C: cross-tabulation, kappa, effectiveness, miss rate
and false-alarm rate.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inspectd_calibration.msa.kappa import (
    Kappa,
    Proportion,
    accept_counts,
    cohen_kappa,
    fleiss_kappa,
    with_interval,
)
from inspectd_calibration.msa.study import Ratings

Grade = Literal["acceptable", "marginal", "unacceptable"]

# Acceptable and marginal, in the manual's table of decision criteria.
_EFFECTIVENESS = (0.90, 0.80)
_MISS = (0.02, 0.05)
_FALSE_ALARM = (0.05, 0.10)
_GOOD_KAPPA, _POOR_KAPPA = 0.75, 0.40


@dataclass(frozen=True, slots=True)
class Appraiser:
    """One appraiser against the reference.

    `repeats`: parts judged alike in all trials; `effectiveness`: parts judged right in all
    trials; `miss`: trials on bad parts that accepted; `false_alarm`: trials on good parts that
    rejected. `kappa` is Cohen's against the reference, `within` Fleiss's of the trials.
    """

    name: str
    repeats: Proportion
    effectiveness: Proportion
    miss: Proportion
    false_alarm: Proportion
    kappa: Kappa
    within: Kappa

    @property
    def grade(self) -> Grade:
        """The worst of the three criteria."""
        grades = (
            graded(
                1.0 - self.effectiveness.share, 1.0 - _EFFECTIVENESS[0], 1.0 - _EFFECTIVENESS[1]
            ),
            graded(self.miss.share, *_MISS),
            graded(self.false_alarm.share, *_FALSE_ALARM),
        )
        return max(grades, key=("acceptable", "marginal", "unacceptable").index)


@dataclass(frozen=True, slots=True, eq=False)
class AttributeResult:
    """All appraisers, by pairs (Cohen), together (Fleiss), and as one system.

    `agreement`: parts on which everybody always said the same; `effectiveness`: and was right.
    """

    ratings: Ratings
    appraisers: tuple[Appraiser, ...]
    pairs: dict[tuple[str, str], Kappa]
    together: Kappa
    agreement: Proportion
    effectiveness: Proportion


def attribute_agreement(ratings: Ratings) -> AttributeResult:
    """Analyse pass and fail ratings against their reference, and against each other."""
    accepted = ratings.accepted
    parts, appraisers, _ = accepted.shape
    flat = accepted.reshape(parts, -1)
    right = flat == ratings.reference[:, None]
    return AttributeResult(
        ratings,
        tuple(_appraiser(ratings, number) for number in range(appraisers)),
        {
            (ratings.appraisers[one], ratings.appraisers[other]): _pair(accepted, one, other)
            for one, other in combinations(range(appraisers), 2)
        },
        _fleiss(flat),
        _proportion((flat == flat[:, :1]).all(axis=1)),
        _proportion(right.all(axis=1)),
    )


def kappa_word(value: float | None) -> str:
    """What the manual says of a kappa."""
    if value is None:
        return "undefined: only one answer was ever given"
    if value > _GOOD_KAPPA:
        return "good"
    return "poor" if value < _POOR_KAPPA else "fair"


def graded(share: float, acceptable: float, marginal: float) -> Grade:
    """The manual's word for a share of wrong answers; both limits belong to the better side."""
    # 1 - 0.9 is a little less than 0.1.
    slack = 1e-9
    if share <= acceptable + slack:
        return "acceptable"
    return "marginal" if share <= marginal + slack else "unacceptable"


def _appraiser(ratings: Ratings, number: int) -> Appraiser:
    accepted, truth = ratings.accepted[:, number, :], ratings.reference
    right = accepted == truth[:, None]

    def against_reference(use: NDArray[np.intp]) -> float | None:
        return cohen_kappa(accepted[use].ravel(), np.repeat(truth[use], accepted.shape[1]))

    return Appraiser(
        ratings.appraisers[number],
        _proportion((accepted == accepted[:, :1]).all(axis=1)),
        _proportion(right.all(axis=1)),
        _proportion(accepted[~truth].ravel()),
        _proportion(~accepted[truth].ravel()),
        with_interval(against_reference, len(truth)),
        _fleiss(accepted),
    )


def _pair(accepted: NDArray[np.bool_], one: int, other: int) -> Kappa:
    def between(use: NDArray[np.intp]) -> float | None:
        return cohen_kappa(accepted[use, one].ravel(), accepted[use, other].ravel())

    return with_interval(between, len(accepted))


def _fleiss(accepted: NDArray[np.bool_]) -> Kappa:
    counts = accept_counts(accepted)
    return with_interval(lambda use: fleiss_kappa(counts[use]), len(counts))


def _proportion(hits: NDArray[np.bool_]) -> Proportion:
    return Proportion(int(hits.sum()), hits.size)
