import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.verdict import Decision, worst

JUDGED = [Decision.PASS, Decision.FAIL, Decision.REVIEW, Decision.NO_VERDICT]


@pytest.mark.parametrize("decisions", [[], [Decision.NONE], [Decision.NONE, Decision.NONE]])
def test_nothing_to_go_by_is_no_verdict(decisions: list[Decision]) -> None:
    assert worst(decisions) is Decision.NO_VERDICT


@given(st.lists(st.sampled_from(JUDGED), min_size=1))
def test_a_part_passes_only_if_every_view_does(decisions: list[Decision]) -> None:
    assert (worst(decisions) is Decision.PASS) == (set(decisions) == {Decision.PASS})


@given(st.lists(st.sampled_from(JUDGED)))
def test_a_defect_that_was_seen_is_never_undone(decisions: list[Decision]) -> None:
    assert worst([*decisions, Decision.FAIL]) is Decision.FAIL
