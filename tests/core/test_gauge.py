"""Which find is which certified size, and what bias and spread say."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from inspectd.core.defect import Defect, DefectKind
from inspectd.core.gauge import Feature, Gauge, evaluate, match
from inspectd.core.verdict import Verdict

DISC: dict[str, Any] = {
    "name": "disc",
    "kind": "dent",
    "size": "diameter",
    "nominal": 5.0,
    "uncertainty": 0.01,
    "bias_limit": 0.11,
    "spread_limit": 0.05,
}


def gauge(*features: dict[str, Any]) -> Gauge:
    made = tuple(Feature.model_validate(DISC | feature) for feature in features or ({},))
    return Gauge(
        name="plate", serial="G1", certificate="c", valid_until="2030-02-01", features=made
    )


@pytest.fixture
def disc(make_verdict: Callable[..., Verdict]) -> Callable[..., Defect]:
    (dent,) = make_verdict().defects

    def make(diameter_mm: float, x_mm: float = 0.0, **changes: Any) -> Defect:
        contour = ((x_mm - 1.0, 0.0), (x_mm + 1.0, 0.0), (x_mm, 0.0))
        return replace(dent, diameter_mm=diameter_mm, contour_mm=contour, **changes)

    return make


def test_a_feature_without_a_place_is_the_find_nearest_in_size(disc: Callable[..., Defect]) -> None:
    found = match(gauge(), {"top": [disc(4.0), disc(5.2), disc(6.0)]})
    assert found == {"disc": 5.2}


def test_features_of_one_size_are_told_apart_by_their_places(disc: Callable[..., Defect]) -> None:
    plate = gauge({"name": "left", "x_mm": 1.0, "y_mm": 0}, {"name": "right", "x_mm": 9, "y_mm": 0})
    found = match(plate, {"top": [disc(5.1, x_mm=9.5), disc(4.9, x_mm=0.5)]})
    assert found == {"left": 4.9, "right": 5.1}


def test_one_find_serves_one_feature_of_a_size_and_another_size_as_well(
    disc: Callable[..., Defect],
) -> None:
    area = {"name": "area", "size": "area", "nominal": 8.0, "bias_limit": 1, "spread_limit": 1}
    found = match(gauge({"name": "a"}, {"name": "b"}, area), {"top": [disc(5.0)]})
    assert sorted(found.values(), key=str) == [5.0, 8.0, None]
    assert found["area"] == 8.0


@pytest.mark.parametrize(
    ("diameter_mm", "changes"),
    [
        (2.49, {}),
        (10.01, {}),
        (5.0, {"cut": True}),
        (5.0, {"kind": DefectKind.STAIN}),
    ],
    ids=["half", "double", "cut off", "another kind"],
)
def test_what_cannot_be_the_feature_is_not_taken_for_it(
    disc: Callable[..., Defect], diameter_mm: float, changes: dict[str, Any]
) -> None:
    assert match(gauge(), {"top": [disc(diameter_mm, **changes)]}) == {"disc": None}


def test_a_feature_is_looked_for_at_its_own_station(disc: Callable[..., Defect]) -> None:
    plate = gauge({"station": "side"})
    assert match(plate, {"top": [disc(5.0)], "side": []}) == {"disc": None}
    assert match(plate, {"top": [], "side": [disc(5.0)]}) == {"disc": 5.0}


def test_bias_is_mean_minus_nominal_and_spread_the_standard_deviation() -> None:
    (outcome,) = evaluate(gauge(), [{"disc": size} for size in (4.98, 5.0, 5.08)])
    assert outcome.bias == pytest.approx(0.02)
    assert outcome.spread == pytest.approx(0.0529150, rel=1e-5)
    assert "spread" in outcome.problem


@pytest.mark.parametrize(("bias", "good"), [(0.0999, True), (0.1001, False)])
@pytest.mark.parametrize("sign", [-1, 1])
def test_the_certificates_uncertainty_narrows_the_limit_of_the_bias(
    bias: float, good: bool, sign: int
) -> None:
    sizes = (5.0 + sign * bias + noise for noise in (-1e-6, 0.0, 1e-6))
    (outcome,) = evaluate(gauge(), [{"disc": size} for size in sizes])
    assert (outcome.problem == "") is good


def test_a_feature_missed_once_is_a_problem_and_has_no_bias() -> None:
    (outcome,) = evaluate(gauge(), [{"disc": 5.0}, {"disc": None}, {"disc": 5.0}])
    assert (outcome.bias, outcome.spread) == (None, None)
    assert "found in 2 of 3 parts" in outcome.problem


@pytest.mark.parametrize("size", [5.0, 4.97, 5.5])
def test_sizes_without_any_noise_are_those_of_one_picture(size: float) -> None:
    (outcome,) = evaluate(gauge(), [{"disc": size}] * 5)
    assert "the camera shows one picture again and again" in outcome.problem


def test_a_size_that_is_no_number_is_not_found(disc: Callable[..., Defect]) -> None:
    assert match(gauge(), {"top": [disc(float("nan"))]}) == {"disc": None}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"x_mm": 1.0}, "belong together"),
        ({"uncertainty": 0.2}, "better certificate"),
        ({"nominal": 0.0}, "greater than 0"),
        ({"size": "width"}, "length"),
    ],
)
def test_a_feature_that_makes_no_sense_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Feature.model_validate(DISC | change)


def test_two_features_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="must differ"):
        gauge({}, {})


@pytest.mark.parametrize(
    "day", ["2099-02-31", "2099-02-29", "2100-02-29", "2099-04-31", "2099-00-01", "\uff12099-01-01"]
)
def test_a_last_day_that_no_calendar_has_is_refused(day: str) -> None:
    with pytest.raises(ValidationError, match="valid_until"):
        Gauge.model_validate(gauge().model_dump() | {"valid_until": day})


@pytest.mark.parametrize("day", ["2096-02-29", "2000-02-29", "2099-12-31"])
def test_a_last_day_that_a_calendar_has_is_taken(day: str) -> None:
    dumped = gauge().model_dump() | {"valid_until": day}
    assert Gauge.model_validate(dumped).valid_until == day


@pytest.mark.parametrize(("today", "good"), [("2030-02-01", True), ("2030-02-02", False)])
def test_a_certificate_holds_on_its_last_day(today: str, good: bool) -> None:
    assert (gauge().why_expired(today) == "") is good


sizes = st.lists(st.floats(4.5, 5.5), min_size=2, max_size=8)


@given(sizes=sizes, shift=st.floats(-0.2, 0.2))
def test_a_shift_of_all_sizes_is_a_shift_of_the_bias_alone(
    sizes: list[float], shift: float
) -> None:
    (before,) = evaluate(gauge(), [{"disc": size} for size in sizes])
    (after,) = evaluate(gauge(), [{"disc": size + shift} for size in sizes])
    assert before.bias is not None
    assert after.bias is not None
    assert before.spread is not None
    assert after.bias - before.bias == pytest.approx(shift, abs=1e-9)
    assert after.spread == pytest.approx(before.spread, abs=1e-9)
