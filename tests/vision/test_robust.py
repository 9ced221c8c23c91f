"""median_and_sigma: what the sound part of the values says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from inspectd.vision.robust import median, median_and_sigma


def test_outliers_move_neither_the_middle_nor_the_standard_deviation() -> None:
    values = np.random.default_rng(0).normal(5.0, 2.0, 10_000)
    values[:500] = 1_000.0
    assert median_and_sigma(values) == pytest.approx((5.0, 2.0), rel=0.1)


@given(arrays(np.float32, st.integers(1, 40), elements=st.floats(-1e3, 1e3, width=32)))
def test_the_median_is_that_of_a_sorted_list_to_the_last_bit(
    values: NDArray[np.float32],
) -> None:
    assert median(values) == np.median(values)


def test_the_median_leaves_the_values_as_they_are() -> None:
    values = np.array([[3.0, -1.0], [2.0, 5.0]], np.float32)
    assert median(values) == 2.5
    assert values.tolist() == [[3.0, -1.0], [2.0, 5.0]]
