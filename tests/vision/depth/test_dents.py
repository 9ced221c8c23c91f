"""find_dents: where they are, what they are not, and how sure their sizes are."""

import numpy as np
import pytest

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.frame import Pixels
from inspectd.core.recipe import Recipe
from inspectd.vision.depth.dents import TRUE_DEPTH, DepthScale, Ground, find_dents
from inspectd.vision.depth.relief import MeasuredRelief
from inspectd.vision.depth.view import unexplained

SHAPE = (320, 400)
MM_PER_PX = 0.05


def plate(*bowls: tuple[float, float, float, float], noise_um: float = 1.0) -> Pixels:
    """Bowls of (x, y, diameter, depth) mm in a plate; a level is 1 µm."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]] * MM_PER_PX
    heights = 5_000.0 + np.random.default_rng(1).normal(0.0, noise_um, SHAPE)
    for column, row, diameter, depth in bowls:
        away = np.hypot(x - column, y - row) / (diameter / 2.0)
        heights -= 1_000.0 * depth * np.clip(1.0 - away**2, 0.0, None)
    return np.asarray(np.rint(heights), dtype=np.uint16)


def found(pixels: Pixels, scale: DepthScale = TRUE_DEPTH) -> list[Defect]:
    ground = Ground("depth", SHAPE, Calibration.from_scale(MM_PER_PX), scale)
    return find_dents(MeasuredRelief(pixels, 1.0), ground)


def test_two_dents_are_two_the_deepest_first() -> None:
    deep, shallow = found(plate((5.0, 8.0, 2.0, 0.05), (14.0, 8.0, 4.0, 0.2)))
    assert deep.diameter_mm == pytest.approx(4.0, abs=0.12)
    assert shallow.diameter_mm == pytest.approx(2.0, abs=0.1)
    assert {deep.kind, shallow.kind} == {DefectKind.DENT}


def test_a_hill_a_groove_and_roughness_are_no_dents() -> None:
    assert found(plate((10.0, 8.0, 3.0, -0.1))) == []
    assert found(plate(noise_um=20.0)) == []
    groove = plate()
    groove[150:156, 60:300] -= 60
    assert found(groove) == []


def test_a_dent_at_the_picture_s_edge_is_cut() -> None:
    (dent,) = found(plate((0.4, 8.0, 3.0, 0.2)))
    assert dent.cut
    assert not found(plate((10.0, 8.0, 3.0, 0.2)))[0].cut


def test_a_rougher_surface_makes_a_diameter_less_sure() -> None:
    (smooth,), (rough,) = (found(plate((10.0, 8.0, 3.0, 0.2), noise_um=u)) for u in (1.0, 12.0))
    assert rough.uncertainty_mm > smooth.uncertainty_mm > 0.0
    assert rough.diameter_mm == pytest.approx(3.0, abs=rough.uncertainty_mm + 0.03)


def test_depth_and_volume_follow_the_scale_and_the_diameter_does_not() -> None:
    pixels = plate((10.0, 8.0, 3.0, 0.2))
    (whole,), (half,) = found(pixels), found(pixels, DepthScale(0.5, 0.4))
    assert half.depth_mm == pytest.approx(0.5 * (whole.depth_mm or 0.0))
    assert half.volume_mm3 == pytest.approx(0.5 * (whole.volume_mm3 or 0.0))
    assert half.diameter_mm == whole.diameter_mm
    assert (half.depth_uncertainty_mm or 0.0) > (whole.depth_uncertainty_mm or 0.0)


def beside(kind: DefectKind, x: float, y: float, size: float) -> Defect:
    corners = tuple(
        (x + size / 2 * c, y + size / 2 * s) for c, s in ((1, 0), (0, 1), (-1, 0), (0, -1))
    )
    return Defect(kind, size, size, size, size**2, None, 0.1, 0.1, 0.1, "east", corners)


@pytest.mark.parametrize(
    ("shown", "stays"),
    [
        (beside(DefectKind.DENT, 10.0, 8.0, 3.3), False),
        (beside(DefectKind.STAIN, 9.3, 8.0, 1.2), False),
        (beside(DefectKind.OTHER, 11.4, 8.0, 1.0), False),
        (beside(DefectKind.SCRATCH, 10.0, 6.8, 1.5), False),
        (beside(DefectKind.DENT, 10.0, 8.0, 6.0), True),
        (beside(DefectKind.STAIN, 10.0, 8.0, 9.0), True),
        (beside(DefectKind.SCRATCH, 10.0, 8.0, 5.0), True),
        (beside(DefectKind.STAIN, 14.0, 8.0, 1.2), True),
    ],
)
def test_shading_within_a_dent_is_explained_and_what_is_worse_or_elsewhere_is_not(
    shown: Defect, *, stays: bool
) -> None:
    dents = found(plate((10.0, 8.0, 3.0, 0.2)))
    assert (unexplained([shown], dents, Recipe()) == [shown]) is stays
