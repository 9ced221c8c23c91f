import pytest
from pydantic import ValidationError

from inspectd.core.recipe import Recipe, Shot
from inspectd.core.rules import ScratchRule


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
