"""The short form of a target."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspectd_calibration.target import Target
from inspectd_calibration.target_text import parse_target, target_text

from inspectd.core.errors import ConfigurationError

pitches = st.integers(1, 100_000).map(lambda hundredths: hundredths / 100.0)


@given(st.sampled_from(["chessboard", "dots"]), st.integers(3, 100), st.integers(3, 100), pitches)
def test_a_target_in_one_word_comes_back_as_it_was(
    kind: str, columns: int, rows: int, pitch_mm: float
) -> None:
    target = Target.model_validate(
        {"kind": kind, "columns": columns, "rows": rows, "pitch_mm": pitch_mm}
    )
    assert parse_target(target_text(target)) == target


def test_a_charuco_board_has_its_marker_behind_the_pitch() -> None:
    target = Target(kind="charuco", columns=9, rows=6, pitch_mm=30.0, marker_mm=22.0)
    assert parse_target("charuco:9x6:30:22") == target
    assert target_text(target) == "charuco:9x6:30:22"


@pytest.mark.parametrize(
    "text",
    ["", "chessboard", "chess:9x6:24", "chessboard:9x6", "chessboard:9x6:24,23", "dots:٣x3:1"],
)
def test_what_is_no_target_is_told_how_one_is_written(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"write KIND:COLUMNSxROWS:PITCH_MM"):
        parse_target(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chessboard:2x6:24", "columns Input should be greater than or equal to 3"),
        ("chessboard:9x6:0", "pitch_mm Input should be greater than 0"),
        ("charuco:9x6:24", "marker_mm belongs to a charuco target"),
        ("dots:9x6:24:10", "marker_mm belongs to a charuco target"),
    ],
)
def test_a_target_that_cannot_be_says_which_number_is_wrong(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        parse_target(text)


@given(st.text(max_size=40))
def test_any_other_text_is_a_target_or_a_mistake_and_nothing_else(text: str) -> None:
    try:
        parse_target(text)
    except ConfigurationError:
        return
