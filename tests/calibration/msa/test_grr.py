"""Gauge R&R by analysis of variance: published examples, and what must hold for any study."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from inspectd_calibration.msa.grr import Row, analysis_of_variance, components, gauge_rr
from numpy.typing import NDArray
from support.msa_studies import AIAG, ISO_22514_7, arranged, drawn

AIAG_RESULT = gauge_rr(AIAG)
ISO_RESULT = gauge_rr(ISO_22514_7)

studies = hnp.arrays(
    np.float64,
    st.tuples(st.integers(2, 6), st.integers(1, 4), st.integers(2, 4)),
    elements=st.floats(-1e3, 1e3, width=32),
)


def line(row: Row | None) -> tuple[float, int, float]:
    assert row is not None
    return round(row.ss, 4), row.df, round(row.ms, 5)


def test_the_table_of_aiag_s_example_is_reproduced_to_the_printed_digits() -> None:
    """AIAG MSA, 4th ed., tables III-B 7 and A 4; Minitab's help shows the same for GAGEAIAG."""
    table = AIAG_RESULT.full

    assert line(table.part) == (88.3619, 9, 9.81799)
    assert line(table.operator) == (3.1673, 2, 1.58363)
    assert line(table.interaction) == (0.3590, 18, 0.01994)
    assert line(table.repeatability) == (2.7589, 60, 0.04598)
    assert line(table.total)[:2] == (94.6471, 89)


def test_the_f_values_of_aiag_s_example_are_those_that_are_printed() -> None:
    """Minitab, "Example of a crossed gage R&R study": with the interaction, then without."""
    full, used = AIAG_RESULT.full, AIAG_RESULT.used

    assert full.part.f == pytest.approx(492.291, abs=5e-4)
    assert full.operator is not None
    assert full.operator.f == pytest.approx(79.406, abs=5e-4)
    assert full.interaction is not None
    assert full.interaction.f == pytest.approx(0.434, abs=5e-4)
    assert full.interaction.p == pytest.approx(0.974, abs=5e-4)
    assert AIAG_RESULT.pooled
    assert line(used.repeatability) == (3.1179, 78, 0.03997)
    assert used.part.f == pytest.approx(245.614, abs=5e-4)


def test_the_manual_divides_by_repeatability_where_the_random_model_takes_the_interaction() -> None:
    """AIAG's table prints F 34.44 and 213.52 from the same mean squares."""
    table = AIAG_RESULT.full

    assert table.operator is not None
    assert round(table.operator.ms / table.repeatability.ms, 2) == 34.44
    assert round(table.part.ms / table.repeatability.ms, 2) == 213.52


def test_the_components_of_aiag_s_example_are_reproduced_to_the_printed_digits() -> None:
    """AIAG, tables III-B 8 to 10 and A 5. It prints GRR 0.302373; the exact sum is 0.3023715."""
    found = AIAG_RESULT.components

    assert round(found.ev, 6) == 0.199933
    assert round(found.av, 6) == 0.226838
    assert found.interaction == 0.0
    assert found.grr == pytest.approx(0.302373, abs=1.5e-6)
    assert round(found.pv, 6) == 1.042327
    assert round(found.tv, 3) == 1.085
    percent = {name: round(found.percent_of_total(name), 1) for name in found.by_name}
    assert percent == {"EV": 18.4, "AV": 20.9, "INT": 0.0, "GRR": 27.9, "PV": 96.0, "TV": 100.0}
    share = {name: round(found.percent_contribution(name), 1) for name in found.by_name}
    assert share == {"EV": 3.4, "AV": 4.4, "INT": 0.0, "GRR": 7.8, "PV": 92.2, "TV": 100.0}
    assert found.ndc == 4


def test_minitab_s_percentages_of_the_same_example_are_reproduced() -> None:
    """Minitab's help: %Contribution 7.76 and 92.24, %Study Var 27.86, tolerance 8, ndc 4."""
    found = AIAG_RESULT.components

    assert round(found.percent_contribution("GRR"), 2) == 7.76
    assert round(found.percent_contribution("EV"), 2) == 3.39
    assert round(found.percent_contribution("AV"), 2) == 4.37
    assert round(found.percent_contribution("PV"), 2) == 92.24
    assert round(found.percent_of_total("GRR"), 2) == 27.86


def test_the_example_of_iso_22514_7_is_reproduced_with_the_interaction_pooled() -> None:
    """ISO 22514-7:2012, tables A.5 and A.6."""
    full, used, found = ISO_RESULT.full, ISO_RESULT.used, ISO_RESULT.components

    assert full.interaction is not None
    assert round(full.interaction.f or 0.0, 3) == 1.193
    assert ISO_RESULT.pooled
    assert round(used.repeatability.ms, 4) == 0.0334
    assert used.operator is not None
    assert round(used.operator.f or 0.0, 3) == 7.776
    assert round(used.part.f or 0.0) == 1754
    assert found.av == pytest.approx(0.08683, abs=1e-5)
    assert round(found.ev, 4) == 0.1827
    assert round(found.pv**2, 3) == 6.501


def test_the_example_of_iso_22514_7_is_reproduced_with_its_interaction() -> None:
    """ISO 22514-7:2012, table A.5: 0.002 05, 0.007 38, 6.500 and u_AV 0.085 91."""
    found = components(ISO_RESULT.full, ISO_22514_7.values.shape)

    assert round(found.interaction**2, 5) == 0.00205
    assert round(found.av**2, 5) == 0.00738
    assert round(found.pv**2, 3) == 6.500
    assert round(found.av, 5) == 0.08591


def test_a_negative_component_is_zero_and_named() -> None:
    found = components(AIAG_RESULT.full, AIAG.values.shape)

    assert found.interaction == 0.0
    assert found.negative == ("INT",)


def test_a_true_interaction_is_kept() -> None:
    result = gauge_rr(drawn((10, 3, 3), interaction=2.0))

    assert not result.pooled
    assert result.components.interaction == pytest.approx(2.0, rel=0.4)


def test_the_components_of_a_large_study_are_the_true_ones() -> None:
    found = gauge_rr(drawn((300, 8, 4), av=2.0, interaction=0.7)).components

    assert found.ev == pytest.approx(1.0, rel=0.02)
    assert found.interaction == pytest.approx(0.7, rel=0.05)
    assert found.pv == pytest.approx(5.0, rel=0.1)
    # Only eight operators were drawn.
    assert found.av == pytest.approx(2.0, rel=0.6)


def test_one_operator_or_station_is_a_study_of_repeatability() -> None:
    result = gauge_rr(drawn((25, 1, 3)))

    assert result.full.operator is None
    assert result.full.interaction is None
    assert not result.pooled
    assert result.components.av == 0.0
    assert result.components.ev == pytest.approx(1.0, rel=0.3)


def test_a_gauge_that_shows_no_spread_has_no_number_of_categories() -> None:
    values = np.array([10.0, 10.1, 10.2, 10.3])[:, None, None] * np.ones((4, 2, 3))
    found = gauge_rr(arranged(values)).components

    assert found.grr == 0.0
    assert found.ndc is None


def test_repeats_without_spread_keep_an_interaction_that_is_there() -> None:
    values = np.arange(4.0)[:, None, None] * np.ones((4, 2, 3))
    values[1, 1] += 1.0
    result = gauge_rr(arranged(values))

    assert not result.pooled
    assert result.components.interaction > 0.0


def test_a_study_in_which_nothing_varies_is_answered() -> None:
    found = gauge_rr(arranged(np.full((3, 2, 2), 5.1))).components

    assert found.tv == 0.0
    assert found.percent_of_total("GRR") == 0.0


@given(studies)
def test_the_table_adds_up_to_the_spread_of_all_values(values: NDArray[np.float64]) -> None:
    total = analysis_of_variance(arranged(values)).total

    assert total.df == values.size - 1
    spread = float(np.square(values - values.mean()).sum())
    assert total.ss == pytest.approx(spread, rel=1e-9, abs=1e-9 * np.square(values).max())


@given(studies, st.floats(0.01, 100.0), st.floats(-100.0, 100.0))
def test_another_unit_and_zero_change_nothing_but_the_scale(
    values: NDArray[np.float64], scale: float, shift: float
) -> None:
    one = components(analysis_of_variance(arranged(values)), values.shape)
    other = components(analysis_of_variance(arranged(scale * values + shift)), values.shape)

    # A variance is the difference of mean squares: what rounding leaves of it is of their size.
    size = 1e-5 * scale * (1.0 + float(np.abs(values).max()))
    assert other.tv == pytest.approx(scale * one.tv, rel=1e-6, abs=size)
    assert other.grr == pytest.approx(scale * one.grr, rel=1e-6, abs=size)
    assert other.pv == pytest.approx(scale * one.pv, rel=1e-6, abs=size)
