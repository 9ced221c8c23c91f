"""A limit that so few good parts exceed: the tail of the largest value of each part.

The largest of many values follows a generalised extreme-value distribution. It is fitted by
probability-weighted moments (J. R. M. Hosking, J. R. Wallis and E. F. Wood, "Estimation of the
generalized extreme-value distribution by the method of probability-weighted moments",
Technometrics 27, 1985), which holds for few parts too. Where the tail is not significantly heavier
than Gumbel's, by the same paper's test, Gumbel's is taken: a shape fitted to twenty parts would
say more about chance than about parts.
"""

import math

import numpy as np
from numpy.typing import NDArray

_EULER = 0.5772156649015329
_LOG_2 = math.log(2.0)
_VARIANCE_OF_SHAPE = 0.5633  # of k under Gumbel, times the number of parts
_SIGNIFICANT = 1.645  # one-sided, 5 %
_HEAVIEST = -0.5  # heavier tails have no variance, and no limit would hold
_SMALLEST_SCALE = 1e-6


def limit_for(largest: NDArray[np.floating], rate: float) -> float:
    """The value that the largest of a part exceeds with probability `rate`.

    `largest`: (n,) of good parts, n at least 3. Beyond 1 / n this is extrapolation.
    """
    values = np.sort(np.asarray(largest, dtype=np.float64))
    count = len(values)
    rank = np.arange(count)
    b0 = float(values.mean())
    b1 = float((rank * values).sum() / (count * (count - 1)))
    b2 = float((rank * (rank - 1) * values).sum() / (count * (count - 1) * (count - 2)))
    second, third = 2.0 * b1 - b0, 3.0 * b2 - b0
    if second < _SMALLEST_SCALE:
        return b0 + _SMALLEST_SCALE
    c = second / third - _LOG_2 / math.log(3.0) if third > 0.0 else 0.0
    shape = max(7.8590 * c + 2.9554 * c * c, _HEAVIEST)
    reduced = -math.log(-math.log1p(-rate))
    if -shape * math.sqrt(count / _VARIANCE_OF_SHAPE) < _SIGNIFICANT:
        scale = second / _LOG_2
        return b0 - _EULER * scale + scale * reduced
    gamma = math.gamma(1.0 + shape)
    scale = second * shape / (gamma * (1.0 - 2.0**-shape))
    position = b0 + scale * (gamma - 1.0) / shape
    return float(position + scale * (1.0 - math.exp(-shape * reduced)) / shape)
