import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectd.demo.summary import Tallies, confusion, is_sound, quantiles, summarise


def sound(parts: int = 3) -> Tallies:
    seen = {part: ["PASS"] for part in range(1, parts + 1)}
    return Tallies(
        triggers=parts,
        verdicts=parts,
        truth=dict.fromkeys(seen, "good"),
        journal={part: list(names) for part, names in seen.items()},
        mqtt={part: list(names) for part, names in seen.items()},
        plc={part: list(names) for part, names in seen.items()},
    )


def test_a_run_that_counts_the_same_everywhere_is_sound() -> None:
    summary = summarise(sound())
    assert is_sound(summary)
    assert (summary["lost"], summary["duplicated"]) == (0, 0)


@pytest.mark.parametrize("place", ["journal", "mqtt", "plc"])
def test_a_part_missing_in_one_place_is_lost(place: str) -> None:
    tallies = sound()
    del getattr(tallies, place)[2]
    summary = summarise(tallies)
    assert summary["lost"] == 1
    assert not is_sound(summary)


@pytest.mark.parametrize("place", ["journal", "mqtt", "plc"])
def test_a_part_seen_twice_in_one_place_is_duplicated(place: str) -> None:
    tallies = sound()
    getattr(tallies, place)[2].append("PASS")
    summary = summarise(tallies)
    assert summary["duplicated"] == 1
    assert not is_sound(summary)


def test_two_places_that_say_different_things_contradict_each_other() -> None:
    tallies = sound()
    tallies.plc[2] = ["FAIL"]
    summary = summarise(tallies)
    assert summary["contradictions"] == 1
    assert not is_sound(summary)


def test_a_part_that_nobody_announced_is_unexpected() -> None:
    tallies = sound()
    tallies.journal[0] = ["NO_VERDICT"]
    assert summarise(tallies)["unexpected"] == 1


def test_the_confusion_matrix_counts_truth_against_decision() -> None:
    table = confusion({1: "scratch", 2: "good"}, {1: ["FAIL"], 2: ["PASS"]})
    assert list(table) == ["good", "scratch"]
    assert table["scratch"] == {"PASS": 0, "FAIL": 1, "REVIEW": 0, "NO_VERDICT": 0}


def test_nothing_measured_has_no_quantiles() -> None:
    assert quantiles([]) == {"p50": None, "p99": None}


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_quantiles_are_measured_values_in_order(values: list[float]) -> None:
    found = quantiles(values)
    assert found["p50"] is not None
    assert found["p99"] is not None
    rounded = [round(value, 3) for value in values]
    assert found["p50"] in rounded
    assert found["p50"] <= found["p99"] <= max(rounded)


def test_the_summary_says_why_parts_got_no_verdict() -> None:
    tallies = sound()
    tallies.unanswered.update(["no_view", "uncalibrated", "no_view"])
    assert summarise(tallies)["no_verdict_reasons"] == {"no_view": 2, "uncalibrated": 1}
