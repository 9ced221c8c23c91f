"""CSV files: what is wrong with them is said with its line."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspectd_calibration.msa.csv_file import read_ratings, read_study, read_values

from inspectd.core.errors import CalibrationError, ConfigurationError

GOOD = "part,operator,value\n1,A,1.0\n1,A,1.5\n2,A,2.0\n2,A,2.5\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "study.csv"


def test_columns_are_found_by_their_names(path: Path) -> None:
    path.write_text("note,value,operator,part\nx,1.0,A,1\n,1.5,A,1\n,2.0,A,2\n\n,2.5,A,2\n")

    assert np.array_equal(read_study(path).values, [[[1.0, 1.5]], [[2.0, 2.5]]])


def test_columns_that_are_not_read_may_share_a_name(path: Path) -> None:
    path.write_text("part,operator,value,,\n1,A,1.0,,\n1,A,1.5,,\n2,A,2.0,,\n2,A,2.5,,\n")

    assert read_study(path).parts == ("1", "2")


def test_a_byte_order_mark_from_a_spreadsheet_is_no_part_of_a_name(path: Path) -> None:
    path.write_text(GOOD, "utf-8-sig")

    assert read_study(path).parts == ("1", "2")


def test_values_of_one_part_are_read(path: Path) -> None:
    path.write_text("value\n1.0\n1.5e-1\n")

    assert read_values(path) == [1.0, 0.15]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no column part, operator, value"),
        ("part;operator;value\n1;A;1\n", "found: part;operator;value"),
        ("part,value\n1,1\n", "no column operator"),
        ("part,operator,value\n", "no line below"),
        ("part,value,operator, value\n1,1,A,2\n", "two columns are called value"),
        (GOOD.replace("1.5", "1,5"), "line 3: 4 cells"),
        (GOOD.replace("1.5", "n/a"), "line 3: value 'n/a' is no number"),
        (GOOD.replace("1.5", "nan"), "line 3: value 'nan' is no number"),
        (GOOD.replace("1.5", "1e300"), "line 3: value '1e300' is no number"),
        (GOOD.replace("1,A,1.5", "1,,1.5"), "line 3: operator is empty"),
        (GOOD.replace("1,A,1.5", '1,A,"1.5'), "not CSV"),
    ],
)
def test_a_mistake_in_the_file_is_said_with_its_place(path: Path, text: str, says: str) -> None:
    path.write_text(text)

    with pytest.raises(ConfigurationError) as error:
        read_study(path)
    assert says in str(error.value)
    assert str(path) in str(error.value)


def test_a_file_that_is_no_text_is_refused(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigurationError, match="CSV UTF-8"):
        read_study(path)


def test_a_file_that_is_not_there_is_refused(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_study(path)


RATED = "part,operator,decision,reference\n" + "".join(
    f"{part},{name},{'pass' if part > 2 else 'FAIL'},{'Pass' if part > 2 else 'fail'}\n"
    for part in range(1, 5)
    for name in "AB"
    for _ in range(2)
)


def test_ratings_are_read(path: Path) -> None:
    path.write_text(RATED)
    found = read_ratings(path)

    assert found.accepted.shape == (4, 2, 2)
    assert found.reference.tolist() == [False, False, True, True]


def test_a_part_has_one_reference(path: Path) -> None:
    path.write_text(RATED + "4,A,pass,fail\n")

    with pytest.raises(ConfigurationError, match="line 18: part 4 has another reference"):
        read_ratings(path)


def test_another_word_than_pass_or_fail_is_refused(path: Path) -> None:
    path.write_text(RATED.replace("1,A,FAIL", "1,A,ok", 1))

    with pytest.raises(ConfigurationError, match="line 2: decision 'ok' is neither pass nor fail"):
        read_ratings(path)


@given(st.text(max_size=200))
def test_no_text_is_answered_with_anything_but_a_study_or_its_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_text(text, "utf-8", errors="replace")

    with pytest.raises((ConfigurationError, CalibrationError)):
        read_study(path)


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_cell_is_answered_with_a_study_or_its_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_text(GOOD.replace("1.5", text), "utf-8")

    try:
        assert read_study(path).values.size == 4
    except (ConfigurationError, CalibrationError) as error:
        assert str(error)  # noqa: PT017 - either will do, and both are answers
