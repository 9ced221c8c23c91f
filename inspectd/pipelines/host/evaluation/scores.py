"""Scores of a classification against the truth: pure functions over labels.

Cohen's kappa is agreement beyond chance (Cohen 1960); its interval is a percentile bootstrap over
the pictures (Efron 1979). By hand and without scikit-learn, since every worker would load its 70 MB
and the bootstrap asks a thousand times; tests hold all numbers to scikit-learn's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LOW, _HIGH = 2.5, 97.5


@dataclass(frozen=True, slots=True)
class ClassScores:
    """Of one class; `support` is how many pictures of it there are."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Of all. `confusion[i, j]`: pictures of class i that were called class j."""

    labels: tuple[str, ...]
    confusion: NDArray[np.int64]
    classes: dict[str, ClassScores]
    accuracy: float
    precision: float
    recall: float
    f1: float
    kappa: float
    kappa_95: tuple[float, float]

    @property
    def pictures(self) -> int:
        """How many pictures were compared."""
        return int(self.confusion.sum())

    def figures(self) -> dict[str, float]:
        """The totals by the names that gates use."""
        return {
            "accuracy": self.accuracy,
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "kappa": self.kappa,
            "kappa_low": self.kappa_95[0],
            "kappa_high": self.kappa_95[1],
            "pictures": float(self.pictures),
        }


def score(
    truth: Sequence[str], told: Sequence[str], *, seed: int = 0, resamples: int = 1000
) -> Scores:
    """Compare label by label. Precision, recall and F1 of all are the classes' mean (macro).

    ValueError without any picture, or for lists of different length.
    """
    if len(truth) != len(told) or not truth:
        msg = (
            f"{len(truth)} true and {len(told)} told labels: give as many of each, and one at least"
        )
        raise ValueError(msg)
    labels = tuple(sorted({*truth, *told}))
    index = {label: place for place, label in enumerate(labels)}
    true = np.array([index[label] for label in truth])
    said = np.array([index[label] for label in told])
    confusion = _confusion(true, said, len(labels))
    hits = np.diag(confusion).astype(float)
    precision = _share(hits, confusion.sum(axis=0))
    recall = _share(hits, confusion.sum(axis=1))
    f1 = _share(2 * hits, confusion.sum(axis=0) + confusion.sum(axis=1))
    present = confusion.sum(axis=1) > 0
    classes = {
        label: ClassScores(
            float(precision[place]),
            float(recall[place]),
            float(f1[place]),
            int(confusion[place].sum()),
        )
        for place, label in enumerate(labels)
    }
    return Scores(
        labels,
        confusion,
        classes,
        accuracy=float((true == said).mean()),
        precision=float(precision[present].mean()),
        recall=float(recall[present].mean()),
        f1=float(f1[present].mean()),
        kappa=_kappa(confusion),
        kappa_95=_interval(true, said, len(labels), seed, resamples),
    )


def _share(part: NDArray[np.float64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    """0 where there is nothing to share: a class that was never told has no precision."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _confusion(true: NDArray[np.intp], said: NDArray[np.intp], count: int) -> NDArray[np.int64]:
    return np.bincount(true * count + said, minlength=count * count).reshape(count, count)


def _interval(
    true: NDArray[np.intp], said: NDArray[np.intp], count: int, seed: int, resamples: int
) -> tuple[float, float]:
    draw = np.random.default_rng(seed)
    kappas = []
    for _ in range(resamples):
        chosen = draw.integers(0, len(true), len(true))
        kappas.append(_kappa(_confusion(true[chosen], said[chosen], count)))
    low, high = np.percentile(kappas, (_LOW, _HIGH))
    return float(low), float(high)


def _kappa(confusion: NDArray[np.int64]) -> float:
    """Agreement beyond chance; 1 where only one class was ever seen and told."""
    total = confusion.sum()
    agreed = np.trace(confusion) / total
    chance = float((confusion.sum(0) * confusion.sum(1)).sum()) / float(total) ** 2
    return 1.0 if chance == 1.0 else float((agreed - chance) / (1.0 - chance))
