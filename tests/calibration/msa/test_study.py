"""Arranging rows: nothing missing, nothing doubled."""

import numpy as np
import pytest
from inspectd_calibration.msa.study import ratings, study

from inspectd.core.errors import CalibrationError

CROSSED = [(part, name, float(k)) for k in range(2) for part in "123" for name in "AB"]


def test_rows_may_come_in_any_order_and_repeats_keep_theirs() -> None:
    found = study([("2", "B", 4.0), ("1", "A", 1.0), *CROSSED[:0], ("1", "B", 3.0), ("2", "A", 2.0),
                   ("2", "B", 8.0), ("1", "A", 5.0), ("1", "B", 7.0), ("2", "A", 6.0)])  # fmt: skip

    assert found.parts == ("2", "1")
    assert found.operators == ("B", "A")
    assert np.array_equal(found.values, [[[4, 8], [2, 6]], [[3, 7], [1, 5]]])


def test_a_missing_value_is_named() -> None:
    with pytest.raises(CalibrationError, match="part 3, operator B: 1 value"):
        study(CROSSED[:-1])


def test_a_part_that_an_operator_never_saw_is_named() -> None:
    rows = [row for row in CROSSED if row[:2] != ("2", "A")]

    with pytest.raises(CalibrationError, match="part 2, operator A: 0 value"):
        study(rows)


def test_parts_measured_once_are_refused() -> None:
    with pytest.raises(CalibrationError, match="measured once"):
        study(CROSSED[:6])


def test_one_part_is_refused() -> None:
    with pytest.raises(CalibrationError, match="at least 2"):
        study([("1", "A", 1.0), ("1", "A", 2.0)])


@pytest.mark.parametrize(("good", "word"), [(True, "good"), (False, "bad")])
def test_parts_of_one_kind_only_are_refused(good: bool, word: str) -> None:
    rows = [(part, "A", good) for part in "12" for _ in range(2)]

    with pytest.raises(CalibrationError, match=f"every part of the study is {word}"):
        ratings(rows, {"1": good, "2": good})
