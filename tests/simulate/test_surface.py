import numpy as np
import pytest

from inspectd.simulate.field import Field
from inspectd.simulate.surface import MATERIALS, Surface, Texture, make_texture

SHAPE = (256, 320)
SCALE = 0.05


def texture_of(surface: Surface, seed: int = 0, mm_per_px: float = SCALE) -> Texture:
    return make_texture(surface, SHAPE, mm_per_px, np.random.default_rng(seed))


def likeness(first: Field, second: Field) -> float:
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


@pytest.mark.parametrize("surface", Surface)
def test_a_surface_is_as_rough_as_its_material_says(surface: Surface) -> None:
    texture = texture_of(surface)
    rms = np.sqrt(np.mean(texture.slope_x**2 + texture.slope_y**2))
    assert rms == pytest.approx(MATERIALS[surface].slope_rms, rel=1e-3)
    assert texture.albedo.std() == pytest.approx(MATERIALS[surface].albedo_rms, rel=1e-3)
    assert texture.albedo.mean() == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("surface", Surface)
def test_a_surface_fills_the_field(surface: Surface) -> None:
    texture = texture_of(surface, mm_per_px=0.013)
    assert texture.slope_x.shape == texture.slope_y.shape == texture.albedo.shape == SHAPE
    assert np.isfinite(texture.slope_x).all()


@pytest.mark.parametrize("surface", Surface)
def test_the_same_seed_gives_the_same_surface_and_another_one_another(surface: Surface) -> None:
    assert np.array_equal(texture_of(surface, 1).slope_y, texture_of(surface, 1).slope_y)
    assert not np.array_equal(texture_of(surface, 1).slope_y, texture_of(surface, 2).slope_y)


def test_brushed_metal_is_alike_along_its_streaks_and_not_across_them() -> None:
    slope = texture_of(Surface.BRUSHED).slope_y
    assert likeness(slope[:, :-10], slope[:, 10:]) > 0.5
    assert abs(likeness(slope[:-10], slope[10:])) < 0.3


def test_cast_metal_is_alike_in_all_directions() -> None:
    texture = texture_of(Surface.CAST)
    assert texture.slope_x.std() == pytest.approx(texture.slope_y.std(), rel=0.05)
