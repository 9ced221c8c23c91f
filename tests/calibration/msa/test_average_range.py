"""Gauge R&R by averages and ranges: AIAG's form."""

import numpy as np
import pytest
from inspectd_calibration.msa.average_range import Averages, averages, by_ranges
from inspectd_calibration.msa.study import Study
from support.msa_studies import AIAG


def test_the_first_half_of_aiag_s_form_is_reproduced() -> None:
    """AIAG MSA, 4th ed., data sheet: R 0.3417, X_DIFF 0.4446 (cut, not rounded), Rp 3.511."""
    found = averages(AIAG)

    assert round(found.range_mean, 4) == 0.3417
    assert int(found.operator_difference * 1e4) == 4446
    assert round(found.part_range, 3) == 3.511


def test_the_second_half_of_aiag_s_form_is_reproduced_from_the_rounded_first_half() -> None:
    """AIAG MSA, 4th ed., the completed report: the form carries the rounded numbers on.

    EV, AV, 26.7 % and ndc were found quoted; the rest follows by the form's arithmetic.
    """
    found = by_ranges(Averages(10, 3, 3, 0.3417, 0.4446, 3.511))

    assert found is not None
    assert round(found.ev, 5) == 0.20188
    assert round(found.av, 5) == 0.22963
    assert round(found.grr, 5) == 0.30575
    assert round(found.pv, 5) == 1.10456
    assert round(found.tv, 5) == 1.14610
    assert found.ndc == 5


def test_without_rounding_in_between_the_percentages_are_the_same() -> None:
    """AIAG MSA, 4th ed., report: 17.6, 20.0, 26.7 and 96.4 % of the total variation."""
    found = by_ranges(averages(AIAG))

    assert found is not None
    assert [round(found.percent_of_total(n), 1) for n in ("EV", "AV", "GRR", "PV")] == [
        17.6,
        20.0,
        26.7,
        96.4,
    ]


def test_operators_who_differ_less_than_repeats_do_have_no_spread() -> None:
    found = by_ranges(Averages(10, 3, 3, 1.0, 0.01, 5.0))

    assert found is not None
    assert found.av == 0.0
    assert found.negative == ("AV",)


@pytest.mark.parametrize("shape", [(11, 3, 3), (10, 4, 3), (10, 3, 4), (10, 1, 3)])
def test_beyond_the_form_s_constants_there_is_no_answer(shape: tuple[int, int, int]) -> None:
    given = Study(("",) * shape[0], ("",) * shape[1], np.zeros(shape))

    assert by_ranges(averages(given)) is None
