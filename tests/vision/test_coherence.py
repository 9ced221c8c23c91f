"""coherence: lines change across their path only, blots as much along it."""

import numpy as np
import pytest

from inspectd.vision.background import Plane
from inspectd.vision.coherence import coherence

AT_PX = np.arange(-20.0, 20.25, 0.5)
ALONG_PX = np.arange(120.0) - 60.0


def band(shape: Plane) -> Plane:
    noise = np.random.default_rng(1).normal(0.0, 0.01, shape.shape)
    return np.asarray(0.1 * shape + noise, dtype=np.float32)


def line(*, gap_px: float = 0.0) -> Plane:
    inside = (np.abs(AT_PX) < 2.0)[None] & (np.abs(ALONG_PX) >= gap_px / 2.0)[:, None]
    return np.asarray(inside, dtype=np.float32)


def test_a_line_goes_one_way() -> None:
    assert coherence(band(line()), 4.0) > 0.95


def test_a_line_with_a_gap_goes_one_way_for_the_most_part() -> None:
    assert 0.5 < coherence(band(line(gap_px=8.0)), 4.0) < 0.99


def test_a_disc_goes_no_way() -> None:
    disc = np.hypot(AT_PX[None], ALONG_PX[:, None]) < 6.0
    assert coherence(band(disc.astype(np.float32)), 12.0) == pytest.approx(0.0, abs=0.15)


def test_grain_across_the_path_is_no_line_along_it() -> None:
    stripes = np.repeat(np.sin(ALONG_PX)[:, None], AT_PX.size, axis=1)
    stripes[:, np.abs(AT_PX) > 10.0] = 0.0
    assert coherence(band(stripes.astype(np.float32)), 4.0) < -0.9


def test_noise_alone_is_no_line() -> None:
    assert coherence(band(np.zeros((120, AT_PX.size), np.float32)), 4.0) < 0.9
