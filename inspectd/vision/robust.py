"""Middle and spread of values some of which are defects."""

import numpy as np
from numpy.typing import NDArray

from inspectd.vision.kernels import median as kernels

_MAD_TO_SIGMA = 1.4826


def median_and_sigma(values: NDArray[np.floating]) -> tuple[float, float]:
    """The median, and the standard deviation by the median absolute deviation from it.

    Less than half of `values`, of any shape, may be defects: neither moves much for them. Source:
    F. R. Hampel, "The influence curve and its role in robust estimation", J. Am. Stat. Assoc. 69
    (1974); 1.4826 makes it the standard deviation of normal noise.
    """
    middle = median(values)
    return middle, _MAD_TO_SIGMA * median(np.abs(values - middle))


def median(values: NDArray[np.floating]) -> float:
    """`numpy.median` to the last bit, of finite values; of many float32 in a tenth of the time."""
    if values.dtype != np.float32 or not values.size:
        return float(np.median(values))
    bits = np.array(values, order="C").reshape(-1).view(np.int32)
    kernels.ordered_bits(bits)
    two = np.array(kernels.middle_two(bits), np.int32)
    kernels.ordered_bits(two)
    lower, upper = two.view(np.float32)
    return float((lower + upper) / np.float32(2.0))
