"""Cg, Cgk and bias of one reference part."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspectd_calibration.msa.capability import type_1
from support.msa_studies import AIAG_BIAS, JASP_TYPE_1, VDA_5

from inspectd.core.errors import CalibrationError


def test_the_indices_of_jasp_s_example_are_reproduced() -> None:
    """JASP's test-msaType1Gauge.R: Cg 1.19, Cgk 1.15, and the t-test of the bias."""
    found = type_1(JASP_TYPE_1, reference=-4.0, tolerance=15.0)

    assert (round(found.cg, 2), round(found.cgk, 2)) == (1.19, 1.15)
    assert found.bias == pytest.approx(0.054)
    assert found.s == pytest.approx(0.420014577006512)
    assert found.t == pytest.approx(0.909105737620188)
    assert found.p == pytest.approx(0.367744349288335)
    assert found.bias_interval == pytest.approx((-0.0653668220476197, 0.17336682204762))
    assert not found.capable
    assert not found.biased


def test_the_readings_of_vda_5_have_the_printed_spread_and_bias() -> None:
    """VDA 5 (2011), figure 11: u_EVR 0.000995 and u_BI, the bias by root 3, 0.000635."""
    found = type_1(VDA_5, reference=6.002, tolerance=0.06)

    assert round(found.s, 6) == 0.000995
    assert round(abs(found.bias) / np.sqrt(3.0), 6) == 0.000635


def test_four_sigmas_make_half_as_much_again_of_an_index_as_six() -> None:
    six = type_1(VDA_5, reference=6.002, tolerance=0.06)
    four = type_1(VDA_5, reference=6.002, tolerance=0.06, sigmas=4)

    assert (four.cg, four.cgk) == pytest.approx((1.5 * six.cg, 1.5 * six.cgk))


@pytest.mark.parametrize(("sigmas", "share"), [(4, 0.0375), (6, 0.025)])
def test_a_cg_of_1_33_is_15_or_10_percent_of_the_tolerance(sigmas: int, share: float) -> None:
    """VDA 5 (2011), 5.2.2.1: Q_MS 15 % with 4 s, 10 % with 6 s; s is 3.75 or 2.5 % of it."""
    values = np.random.default_rng(5).normal(size=50)
    values = share * (values - values.mean()) / values.std(ddof=1)
    found = type_1(values.tolist(), 0.0, 1.0, sigmas)  # type: ignore[arg-type] # 4 or 6

    assert found.cg == pytest.approx(4.0 / 3.0)
    assert found.cgk == pytest.approx(4.0 / 3.0)
    assert found.capable


def test_the_bias_of_aiag_s_example_is_reproduced() -> None:
    """AIAG MSA, 4th ed., table III-B 2: t 0.12, -0.1107 to 0.1241."""
    found = type_1(AIAG_BIAS, reference=6.0, tolerance=1.0)

    assert round(found.mean, 4) == 6.0067
    assert round(found.s, 4) == 0.2120
    assert round(found.s / np.sqrt(15), 4) == 0.0547
    assert round(found.t, 2) == 0.12
    assert tuple(round(limit, 4) for limit in found.bias_interval) == (-0.1107, 0.1241)


def test_a_bias_of_a_tenth_of_the_tolerance_leaves_nothing_of_cgk() -> None:
    values = np.random.default_rng(5).normal(size=50)
    found = type_1((values - values.mean() + 10.0).tolist(), 0.0, 100.0)

    assert found.cgk == pytest.approx(0.0, abs=1e-9)
    assert found.biased


@given(st.lists(st.floats(-1.0, 1.0), min_size=10, max_size=30), st.floats(-1.0, 1.0))
def test_cgk_never_exceeds_cg(values: list[float], reference: float) -> None:
    if np.std(values) > 1e-6:
        found = type_1(values, reference, 10.0)
        assert found.cgk <= found.cg + 1e-12


@pytest.mark.parametrize("values", [[1.0] * 9, [0.1 + 0.2] * 50])
def test_values_that_tell_nothing_are_refused(values: list[float]) -> None:
    with pytest.raises(CalibrationError, match=r"needs at least 10|record more digits"):
        type_1(values, 1.0, 1.0)
