"""A reference says where it holds, and is refused elsewhere or when it was changed."""

import numpy as np
import pytest
from support.taught import RECIPE, SCALE, reference

from inspectd.core.calibration import Calibration
from inspectd.core.recipe import Recipe, Vision
from inspectd.core.reference import Reference, ReferenceHead, array_sha256
from inspectd.core.rules import ScratchRule


def arrays() -> dict[str, np.ndarray]:
    return {f"main/{k}": v for k, v in reference().shots["main"].arrays().items()}


def test_it_holds_where_it_was_taught() -> None:
    assert reference().misfits("top", RECIPE, SCALE, "") == []


def test_limits_of_the_recipe_may_change_after_teaching() -> None:
    other = Recipe(scratch=ScratchRule(max_length_mm=1.0))
    assert reference().misfits("top", other, SCALE, "") == []


@pytest.mark.parametrize(
    ("station", "recipe", "calibration", "word"),
    [
        ("side", RECIPE, SCALE, "station top"),
        ("top", Recipe(name="other"), SCALE, "recipe default"),
        ("top", Recipe(vision=Vision(wavelength_px=8.0)), SCALE, "[vision]"),
        ("top", RECIPE, Calibration.from_scale(0.06), "another calibration"),
        ("top", RECIPE, None, "another calibration"),
    ],
)
def test_it_does_not_hold_elsewhere(
    station: str, recipe: Recipe, calibration: Calibration | None, word: str
) -> None:
    (why,) = reference().misfits(station, recipe, calibration, "")
    assert word in why


def test_another_camera_than_the_taught_one_is_told() -> None:
    head = reference().head.model_copy(update={"camera_serial": "7"})
    other = Reference(head, reference().shots)
    assert other.misfits("top", RECIPE, SCALE, "7") == []
    assert "camera 7" in other.misfits("top", RECIPE, SCALE, "8")[0]


def test_what_was_stored_is_opened_again() -> None:
    opened = Reference.opened(reference().head, arrays())
    assert opened.head.sha256 == reference().head.sha256
    assert np.array_equal(opened.shots["main"].lightness, reference().shots["main"].lightness)


def test_a_changed_array_is_refused() -> None:
    changed = arrays()
    changed["main/mask"] = changed["main/mask"].copy()
    changed["main/mask"][0, 0] ^= 1
    with pytest.raises(ValueError, match="main/mask was changed"):
        Reference.opened(reference().head, changed)


@pytest.mark.parametrize("extra", [True, False])
def test_another_set_of_arrays_is_refused(extra: bool) -> None:
    changed = arrays()
    if extra:
        changed["main/more"] = np.zeros(1)
    else:
        del changed["main/mask"]
    with pytest.raises(ValueError, match="arrays are not those"):
        Reference.opened(reference().head, changed)


def test_a_head_without_its_seal_is_refused() -> None:
    bare = reference().head.model_copy(update={"content_sha256": None})
    with pytest.raises(ValueError, match="no seal"):
        Reference.opened(bare, arrays())


def test_a_changed_head_is_refused() -> None:
    text = reference().head.model_dump_json().replace('"station":"top"', '"station":"side"')
    with pytest.raises(ValueError, match="changed"):
        ReferenceHead.model_validate_json(text)


def test_a_hash_tells_shape_and_type_apart() -> None:
    values = np.arange(6, dtype=np.float32)
    hashes = {array_sha256(a) for a in (values, values.reshape(2, 3), values.view(np.int32))}
    assert len(hashes) == 3
