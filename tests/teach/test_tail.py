"""The limit that so few good parts exceed."""

import numpy as np
import pytest

from inspectd.teach.tail import limit_for


@pytest.mark.parametrize("rate", [0.1, 0.01, 0.001])
def test_a_limit_from_many_parts_is_exceeded_at_the_asked_rate(rate: float) -> None:
    rng = np.random.default_rng(3)
    # The largest of 500 values with an exponential tail is Gumbel's.
    largest = rng.exponential(1.0, (400, 500)).max(axis=1)
    fresh = rng.exponential(1.0, (20_000, 500)).max(axis=1)
    found = float((fresh > limit_for(largest, rate)).mean())
    assert rate / 3.0 < found < 2.0 * rate


def test_a_heavy_tail_gets_a_farther_limit_than_gumbel_s() -> None:
    rng = np.random.default_rng(4)
    heavy = rng.pareto(4.0, (400, 200)).max(axis=1)
    fresh = rng.pareto(4.0, (20_000, 200)).max(axis=1)
    assert float((fresh > limit_for(heavy, 0.01)).mean()) < 0.02


def test_limits_from_few_parts_hold_on_average() -> None:
    rng = np.random.default_rng(5)
    over = [
        float((rng.normal(size=(500, 300)).max(axis=1) > limit_for(few, 0.01)).mean())
        for few in rng.normal(size=(60, 24, 300)).max(axis=2)
    ]
    assert float(np.mean(over)) < 0.02


def test_the_rarer_the_alarm_the_farther_the_limit() -> None:
    largest = np.random.default_rng(6).normal(5.0, 1.0, 30)
    limits = [limit_for(largest, rate) for rate in (0.1, 0.01, 0.001, 1e-6)]
    assert limits == sorted(limits)
    assert limits[0] > np.median(largest)


@pytest.mark.parametrize("same", [0.0, 3.0])
def test_parts_that_are_all_the_same_have_a_finite_limit(same: float) -> None:
    assert np.isfinite(limit_for(np.full(20, same), 0.001))
    assert limit_for(np.full(20, same), 0.001) > same
