"""Zones and rules of a recipe: what is refused, and in which words."""

from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.errors import ConfigurationError
from inspectd.core.recipe import Recipe
from inspectd.toml_file import load_model

CORNERS = [[0, 0], [40, 0], [40, 10], [0, 10]]
FACE = {"name": "face", "polygon_mm": CORNERS}
TWO_LONG = {"name": "two-long", "kinds": ["scratch"], "min_length_mm": 3.0, "count": 2}
WHOLE: dict[str, Any] = {
    "scratch": {"max_length_mm": 5.0},
    "dent": {"max_diameter_mm": 2.0},
    "stain": {"max_area_mm2": 10.0},
    "other": {"max_area_mm2": 10.0},
    "picture": {"max_saturated_fraction": 0.05, "min_mean_level": 0.04},
    "vision": {"gamma": 1.0, "wavelength_px": 10.0, "texture_threshold": 8.0},
    "zones": [{**FACE, "scratch": {"max_length_mm": 1.0}, "stain": {"max_area_mm2": 1.0}}],
    "rules": [
        {
            "name": "all",
            "kinds": ["dent"],
            "min_length_mm": 1.0,
            "min_width_mm": 1.0,
            "min_diameter_mm": 1.0,
            "min_area_mm2": 1.0,
            "min_depth_mm": 1.0,
            "count": 2,
            "within_mm": 20.0,
            "zone": "face",
        }
    ],
}


def test_a_picture_that_is_mostly_white_cannot_be_allowed(tmp_path: Path) -> None:
    words = refusal(tmp_path, {"picture": {"max_saturated_fraction": 0.6}})
    assert words.startswith(
        "[picture] max_saturated_fraction: found 0.6; allowed: less than or equal to 0.5"
    )


def refusal(tmp_path: Path, recipe: dict[str, Any]) -> str:
    path = tmp_path / "recipe.toml"
    path.write_text(tomli_w.dumps(recipe))
    with pytest.raises(ConfigurationError) as caught:
        load_model(path, Recipe)
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (
            {"zones": [FACE], "rules": [{**TWO_LONG, "zone": "fase"}]},
            "[rules 1] zone: found 'fase'; allowed: face",
        ),
        (
            {"rules": [{**TWO_LONG, "zone": "face"}]},
            "[rules 1] zone: found 'face'; allowed: none, as the recipe has no [[zones]]",
        ),
        (
            {"zones": [{**FACE, "ignore": True}], "rules": [{**TWO_LONG, "zone": "face"}]},
            "[rules 1] zone: 'face' is ignored: nothing in it would count",
        ),
        (
            {"zones": [FACE, FACE]},
            "[zones 2] name: found 'face' again; allowed: a name of its own",
        ),
        (
            {"rules": [TWO_LONG, TWO_LONG]},
            "[rules 2] name: found 'two-long' again; allowed: a name of its own",
        ),
        (
            {"zones": [{"name": "bow", "polygon_mm": [[0, 0], [4, 4], [5, 0], [0, 4]]}]},
            "[zones 1] polygon_mm: the edges from corners 1 and 3 cross or touch each other",
        ),
        (
            {"zones": [{**FACE, "ignore": True, "dent": {"max_diameter_mm": 1.0}}]},
            "zones 1: zone face has limits and is ignored: remove one of the two",
        ),
        (
            {"zones": [{**FACE, "scratch": {}}]},
            "[zones 1.scratch] max_length_mm: missing; this key is required",
        ),
        (
            {"rules": [{**TWO_LONG, "count": 1, "within_mm": 3.0}]},
            "rules 1: rule two-long: within_mm needs a count of 2 or more",
        ),
        (
            {"rules": [{**TWO_LONG, "min_depth_mm": 1.0}]},
            'rules 1: rule two-long: min_depth_mm needs kinds = ["dent"]',
        ),
    ],
)
def test_a_mistake_is_one_line_with_section_and_key(
    tmp_path: Path, recipe: dict[str, Any], words: str
) -> None:
    assert refusal(tmp_path, recipe) == words


@pytest.mark.parametrize(
    "recipe",
    [
        {"zones": [{"name": "face", "polygon_mm": CORNERS[:2]}]},
        {"zones": [{"name": "face", "polygon_mm": [[0, 0], [1e9, 0], [1, 1]]}]},
        {"zones": [{"name": "a face", "polygon_mm": CORNERS}]},
        {"rules": [{"name": "none", "kinds": []}]},
        {"rules": [{"name": "gouges", "kinds": ["gouge"]}]},
        {"rules": [{**TWO_LONG, "count": 0}]},
        {"rules": [{**TWO_LONG, "outcome": "pass"}]},
        {"votes": {"required": ["a model"]}},
        {"crowded": {"outcome": "pass"}},
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, recipe: dict[str, Any]) -> None:
    assert "found" in refusal(tmp_path, recipe)


def numbers(value: Any, where: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of all floats in a document."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    inner = [place for key, each in items for place in numbers(each, (*where, key))]
    return [where] if isinstance(value, float) else inner


def with_value(document: Any, where: tuple[Any, ...], value: object) -> Any:
    """The same document with another value at one place."""
    if not where:
        return value
    copy = document.copy()
    copy[where[0]] = with_value(document[where[0]], where[1:], value)
    return copy


def test_the_document_of_these_tests_is_a_recipe() -> None:
    assert len(numbers(WHOLE)) == 17
    Recipe.model_validate(WHOLE)


@given(
    st.sampled_from(numbers(WHOLE)),
    st.sampled_from([float("nan"), float("inf"), float("-inf"), -1.0, -1e-300, 1e300, "five", []]),
)
def test_a_number_that_is_none_or_absurd_is_refused_whatever_the_key(
    tmp_path_factory: pytest.TempPathFactory, where: tuple[Any, ...], value: object
) -> None:
    folder = tmp_path_factory.getbasetemp()
    words = refusal(folder, with_value(WHOLE, where, value))
    assert where[-1] in words
    assert "\n" not in words


@given(st.sampled_from(numbers(WHOLE)))
def test_a_size_of_zero_is_refused(
    tmp_path_factory: pytest.TempPathFactory, where: tuple[Any, ...]
) -> None:
    if where[0] != "picture":  # shares of a picture may be 0
        assert where[-1] in refusal(tmp_path_factory.getbasetemp(), with_value(WHOLE, where, 0.0))
