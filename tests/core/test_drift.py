"""Roberts' moving average: quiet while nothing moves, awake when something creeps."""

import math

import numpy as np
import pytest

from inspectd.core.drift import BASELINE, LIMIT_SIGMAS, WEIGHT, drift


def test_there_is_no_drift_before_the_baseline_is_complete() -> None:
    assert drift([0.1] * BASELINE, 0.01) is None
    assert drift([0.1] * (BASELINE + 1), 0.01) is not None


def test_the_average_and_its_limit_are_the_published_formulas() -> None:
    baseline = [0.0, 2.0] * (BASELINE // 2)  # mean 1
    sigma = math.sqrt(BASELINE / (BASELINE - 1))
    found = drift([*baseline, 2.0, 3.0], 0.0)
    assert found is not None
    assert found.average == pytest.approx(WEIGHT * 2.0 + (1 - WEIGHT) * WEIGHT * 1.0)
    own = WEIGHT / (2 - WEIGHT) * (1 - (1 - WEIGHT) ** 4) + 1 / BASELINE
    assert found.limit == pytest.approx(LIMIT_SIGMAS * sigma * math.sqrt(own))


def test_a_constant_bias_is_no_drift() -> None:
    found = drift([0.08] * 50, 0.01)
    assert found is not None
    assert not found.alarm


def test_a_creep_far_below_the_limit_of_a_single_bias_is_found() -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.01, 60)
    creeping = [float(n) + 0.002 * max(0, i - BASELINE) for i, n in enumerate(noise)]
    alarms = [
        count
        for count in range(BASELINE + 1, 60)
        if (found := drift(creeping[:count], 0.001)) is not None and found.alarm
    ]
    # Twelve verifications later the bias itself has moved by 0.024 mm.
    assert alarms
    assert alarms[0] < BASELINE + 20


def test_steady_noise_alarms_rarely() -> None:
    rng = np.random.default_rng(2)
    runs = [drift([float(n) for n in rng.normal(0.0, 0.01, 30)], 0.001) for _ in range(400)]
    assert sum(run is not None and run.alarm for run in runs) < 0.05 * len(runs)


def test_a_bias_that_is_no_number_is_an_alarm() -> None:
    found = drift([0.0] * BASELINE + [math.nan], 0.01)
    assert found is not None
    assert found.alarm
