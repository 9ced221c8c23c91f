"""normals: photometric stereo that a shadow or a highlight does not mislead."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from studies.photometric import error_deg, plain, sphere, subsets

from inspectd.core.errors import CalibrationError
from inspectd.vision.depth.normals import Directions, Levels, normals

DATA = Path(os.environ.get("INSPECTD_DATA", Path(__file__).parents[4] / "shared" / "data"))
SPHERE = DATA / "photometric_stereo"


def ring(count: int, elevation_deg: float = 40.0) -> Directions:
    azimuth = np.arange(count) * (2.0 * np.pi / count)
    elevation = np.radians(elevation_deg)
    flat = np.cos(elevation) * np.column_stack((np.cos(azimuth), np.sin(azimuth)))
    return np.column_stack((flat, np.full(count, np.sin(elevation))))


def tilted(count: int = 200) -> NDArray[np.float64]:
    """Albedo times normal of gentle slopes, (3, count)."""
    rng = np.random.default_rng(4)
    facing = np.vstack((rng.uniform(-0.3, 0.3, (2, count)), np.ones(count)))
    albedo = rng.uniform(0.2, 0.9, count)
    return np.asarray(albedo * facing / np.linalg.norm(facing, axis=0))


def lit(truth: NDArray[np.float64], directions: Directions) -> Levels:
    return np.maximum(directions @ truth, 0.0).astype(np.float32)


def degrees_off(found: Levels, truth: NDArray[np.float64]) -> NDArray[np.float64]:
    found, truth = (v / np.linalg.norm(v, axis=0) for v in (found, truth))
    return np.asarray(np.degrees(np.arccos(np.clip((found * truth).sum(axis=0), -1.0, 1.0))))


@pytest.mark.parametrize("count", [3, 4, 8])
def test_a_matt_surface_gives_its_normals_and_albedo(count: int) -> None:
    truth, directions = tilted(), ring(count)
    np.testing.assert_allclose(normals(lit(truth, directions), directions), truth, atol=1e-5)


@pytest.mark.parametrize("factor", [0.0, 0.3, 3.0])
def test_a_shadow_or_a_highlight_in_one_light_of_six_changes_no_normal(factor: float) -> None:
    truth, directions = tilted(), ring(6)
    levels = lit(truth, directions)
    spoilt = np.arange(levels.shape[1])
    levels[spoilt % 6, spoilt] *= np.float32(factor)
    misled = degrees_off(plain(levels, directions), truth)
    assert np.median(misled) > 5.0
    assert degrees_off(normals(levels, directions), truth).max() < 3.0


def test_levels_that_do_not_count_are_left_out_and_two_alone_tell_nothing() -> None:
    truth, directions = tilted(), ring(4)
    levels = lit(truth, directions)
    levels[0, :100] = -1.0
    levels[1, 50:100] = np.nan
    found = normals(levels, directions)
    np.testing.assert_allclose(found[:, :50], truth[:, :50], atol=1e-4)
    assert np.isnan(found[:, 50:100]).all()
    np.testing.assert_allclose(found[:, 100:], truth[:, 100:], atol=1e-4)


def test_black_pixels_have_no_normal() -> None:
    assert np.isnan(normals(np.zeros((4, 5), np.float32), ring(4))).all()


@pytest.mark.parametrize(
    ("directions", "words"),
    [
        (ring(2), "at least 3"),
        (np.array([[0.6, 0.0, 0.8], [-0.6, 0.0, 0.8], [0.0, 0.0, 1.0]]), "one plane"),
        (np.full((3, 3), np.nan), "finite"),
    ],
)
def test_directions_that_tell_no_normals_are_named(directions: Directions, words: str) -> None:
    with pytest.raises(CalibrationError, match=words):
        normals(np.ones((len(directions), 4), np.float32), directions)


def test_as_many_pictures_as_directions() -> None:
    with pytest.raises(CalibrationError, match="5 pictures, but 4"):
        normals(np.ones((5, 4), np.float32), ring(4))


def test_normals_of_the_published_sphere_are_clearly_nearer_than_by_plain_least_squares() -> None:
    if not SPHERE.is_dir():
        pytest.skip(f"no pictures of the gray sphere at {SPHERE} (set INSPECTD_DATA)")
    levels, directions, truth = sphere(SPHERE)
    assert error_deg(plain(levels, directions), truth) == pytest.approx(4.86, abs=0.01)
    assert error_deg(normals(levels, directions), truth) < 3.8
    chosen = subsets(directions)
    four = [error_deg(normals(levels[s], directions[s]), truth) for s in chosen]
    assert len(four) == 26
    assert np.median(four) < 5.25  # by plain least squares 5.40
