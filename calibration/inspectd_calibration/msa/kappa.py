"""Agreement beyond chance, and intervals that know that the same part was judged several times."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Kappa:
    """A kappa and its 95 % interval; None where the ratings do not define it."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Proportion:
    """`hits` of `trials` with the exact 95 % interval of Clopper and Pearson (Biometrika 26, 1934).

    It takes the trials as independent of each other.
    """

    hits: int
    trials: int

    @property
    def share(self) -> float:
        """Hits by trials."""
        return self.hits / self.trials

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper limit."""
        from scipy import stats  # noqa: PLC0415 - half a second that other commands need not wait

        interval = stats.binomtest(self.hits, self.trials).proportion_ci(CONFIDENCE, "exact")
        return float(interval.low), float(interval.high)


def cohen_kappa(one: ArrayLike, other: ArrayLike) -> float | None:
    """Agreement of two series of ratings (n,) bool, judgement by judgement.

    J. Cohen, Educational and Psychological Measurement 20 (1960). None where both always said the
    same one thing, which says nothing of their agreement.
    """
    a, b = np.asarray(one, dtype=bool), np.asarray(other, dtype=bool)
    by_chance = a.mean() * b.mean() + (1.0 - a.mean()) * (1.0 - b.mean())
    return None if by_chance == 1.0 else float(((a == b).mean() - by_chance) / (1.0 - by_chance))


def fleiss_kappa(counts: ArrayLike) -> float | None:
    """Agreement of many ratings: `counts` (subjects, categories), each row with the same sum.

    J. L. Fleiss, Psychological Bulletin 76 (1971). None where only one category was ever used.
    """
    table = np.asarray(counts, dtype=np.float64)
    raters = table[0].sum()
    by_chance = float(np.square(table.sum(axis=0) / table.sum()).sum())
    agreed = (np.square(table).sum(axis=1) - raters) / (raters * (raters - 1.0))
    return None if by_chance == 1.0 else float((agreed.mean() - by_chance) / (1.0 - by_chance))


def accept_counts(accepted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(parts, ratings) bool to the (parts, 2) counts of `fleiss_kappa`."""
    yes = accepted.sum(axis=1, dtype=np.int64)
    return np.column_stack((accepted.shape[1] - yes, yes))


def with_interval(statistic: Callable[[NDArray[np.intp]], float | None], parts: int) -> Kappa:
    """Kappa of all parts, and its interval by the jackknife over parts, with Student's t.

    `statistic` takes the indices of the parts to use. J. L. Fleiss and M. Davies, American Journal
    of Epidemiology 115 (1982). Leaving out whole parts needs no independence of the ratings of one
    part. No interval where nobody ever disagreed, or where kappa hangs on a single part.
    """
    everything = np.arange(parts)
    value = statistic(everything)
    without = [statistic(np.delete(everything, part)) for part in range(parts)]
    defined = [other for other in without if other is not None]
    if value is None or len(defined) < parts or len(set(defined)) == 1:
        return Kappa(value, None, None)
    from scipy import stats  # noqa: PLC0415 - half a second that other commands need not wait

    pseudo = parts * value - (parts - 1) * np.array(defined)
    error = pseudo.std(ddof=1) / math.sqrt(parts)
    reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2.0, parts - 1) * error)
    return Kappa(value, max(-1.0, value - reach), min(1.0, value + reach))
