"""without_form: tilt, bend and waviness go, dents stay."""

import numpy as np

from inspectd.vision.depth.form import Field, without_form

SHAPE = (120, 160)


def bent() -> Field:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32)
    return np.asarray(0.02 * x - 0.01 * y + 2e-4 * x * x + 1e-4 * x * y + 3.0, dtype=np.float32)


def test_a_dent_of_a_twentieth_of_the_area_keeps_its_depth() -> None:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    dent = np.clip(1.0 - ((x - 80) ** 2 + (y - 60) ** 2) / 17.0**2, 0.0, None) * 0.2
    noise = np.random.default_rng(1).normal(0.0, 0.001, SHAPE)
    found = without_form((bent() - dent + noise).astype(np.float32), np.ones(SHAPE, np.bool_))
    assert abs(found[60, 80] + 0.2) < 0.01
    assert abs(float(np.median(found))) < 0.002


def test_what_is_unknown_stays_unknown_and_bends_nothing() -> None:
    valid = np.ones(SHAPE, np.bool_)
    valid[20:40, 30:70] = False
    heights = np.where(valid, bent(), np.float32(-500.0)).astype(np.float32)
    found = without_form(heights, valid)
    assert np.isnan(found[~valid]).all()
    assert np.abs(found[valid]).max() < 1e-3


def test_where_nothing_is_known_nothing_is_said() -> None:
    assert np.isnan(without_form(bent(), np.zeros(SHAPE, np.bool_))).all()


def test_a_dent_as_wide_as_most_of_the_picture_keeps_its_depth() -> None:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    dent = np.clip(1.0 - ((x - 80) ** 2 + (y - 60) ** 2) / 48.0**2, 0.0, None) * 0.4
    noise = np.random.default_rng(1).normal(0.0, 0.001, SHAPE)
    found = without_form((bent() - dent + noise).astype(np.float32), np.ones(SHAPE, np.bool_))
    assert found[60, 80] < -0.3
    assert abs(float(np.median(found[:, :20]))) < 0.01
