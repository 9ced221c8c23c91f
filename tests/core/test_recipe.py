import math

import pytest
from pydantic import ValidationError

from inspectd.core.recipe import Recipe, Shot
from inspectd.core.rules import DentRule, ScratchRule


def test_the_default_limits_are_5_mm_2_mm_and_10_mm2() -> None:
    recipe = Recipe()
    limits = (
        recipe.scratch.max_length_mm,
        recipe.dent.max_diameter_mm,
        recipe.stain.max_area_mm2,
    )
    assert limits == (5.0, 2.0, 10.0)


def test_shots_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="shot names must differ"):
        Recipe(shots=(Shot(name="a"), Shot(name="a")))


def test_a_recipe_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Recipe().name = "other"  # type: ignore[misc]


def test_hash_and_checksum_change_with_the_content() -> None:
    other = Recipe(scratch=ScratchRule(max_length_mm=4.0))
    assert (other.sha256, other.crc32) != (Recipe().sha256, Recipe().crc32)


@pytest.mark.parametrize("value", [0.0, -1e9, 1e9, math.nan, math.inf])
@pytest.mark.parametrize(
    ("section", "key"), [("shots", "depth_um_per_level"), ("dent", "depth_scale")]
)
def test_scales_of_depth_that_are_none_are_refused(section: str, key: str, value: float) -> None:
    entry = {"name": "a", key: value} if section == "shots" else {key: value}
    with pytest.raises(ValidationError, match=key):
        Recipe.model_validate({section: [entry] if section == "shots" else entry})


def test_a_recipe_without_depth_keeps_its_hash() -> None:
    assert "depth" not in Recipe().model_dump_json()
    assert Recipe().sha256 != Recipe(dent=DentRule(depth_scale=0.5)).sha256


@pytest.mark.parametrize("value", [0, -1, 1e30, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("scratch", "max_length_mm"),
        ("dent", "max_diameter_mm"),
        ("stain", "max_area_mm2"),
        ("other", "max_area_mm2"),
        ("vision", "texture_threshold"),
        ("vision", "wavelength_px"),
        ("vision", "orientations"),
        ("vision", "min_area_px"),
        ("vision", "gamma"),
    ],
)
def test_thresholds_of_nothing_and_absurd_sizes_are_refused_by_name(
    section: str, key: str, value: float
) -> None:
    with pytest.raises(ValidationError, match=rf"{section}\.{key}"):
        Recipe.model_validate({section: {key: value}})
