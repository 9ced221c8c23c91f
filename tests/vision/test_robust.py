"""median_and_sigma: what the sound part of the values says."""

import numpy as np
import pytest

from inspectd.vision.robust import median_and_sigma


def test_outliers_move_neither_the_middle_nor_the_standard_deviation() -> None:
    values = np.random.default_rng(0).normal(5.0, 2.0, 10_000)
    values[:500] = 1_000.0
    assert median_and_sigma(values) == pytest.approx((5.0, 2.0), rel=0.1)
