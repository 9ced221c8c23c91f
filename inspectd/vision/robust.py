"""Middle and spread of values some of which are defects."""

import numpy as np
from numpy.typing import NDArray

_MAD_TO_SIGMA = 1.4826


def median_and_sigma(values: NDArray[np.floating]) -> tuple[float, float]:
    """The median, and the standard deviation by the median absolute deviation from it.

    Less than half of `values`, of any shape, may be defects: neither moves much for them. Source:
    F. R. Hampel, "The influence curve and its role in robust estimation", J. Am. Stat. Assoc. 69
    (1974); 1.4826 makes it the standard deviation of normal noise.
    """
    median = np.median(values)
    return float(median), _MAD_TO_SIGMA * float(np.median(np.abs(values - median)))
