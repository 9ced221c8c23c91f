"""Whether a bias creeps: the exponentially weighted moving average of its deviations.

S. W. Roberts, "Control Chart Tests Based on Geometric Moving Averages", Technometrics 1 (1959);
lambda and L after J. M. Lucas and M. S. Saccucci, Technometrics 32 (1990).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

WEIGHT = 0.2
LIMIT_SIGMAS = 2.7
# So many biases say what is usual: centre and standard deviation. Judged are those after them.
BASELINE = 8


@dataclass(frozen=True, slots=True)
class Drift:
    """Where the average stands, as a deviation from the centre, and how far it may go."""

    average: float
    limit: float

    @property
    def alarm(self) -> bool:
        """Whether it is out; a number that is none is out."""
        return not abs(self.average) <= self.limit


def drift(biases: Sequence[float], least_sigma: float) -> Drift | None:
    """The drift of a feature's biases, oldest first; None while the baseline is not complete.

    `least_sigma`: a standard deviation below which no drift matters. The limit allows for the
    centre's own uncertainty, since it is a mean of `BASELINE` biases.
    """
    if len(biases) <= BASELINE:
        return None
    usual = biases[:BASELINE]
    centre, sigma = fmean(usual), max(stdev(usual), least_sigma)
    average = 0.0
    for bias in biases[BASELINE:]:
        average += WEIGHT * (bias - centre - average)
    count = len(biases) - BASELINE
    shrinking = 1.0 - (1.0 - WEIGHT) ** (2 * count)
    variance = WEIGHT / (2.0 - WEIGHT) * shrinking + 1.0 / BASELINE
    return Drift(average, LIMIT_SIGMAS * sigma * math.sqrt(variance))
