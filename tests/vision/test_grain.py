"""grain: where a surface's own direction hides faint scratches."""

import numpy as np
import pytest

from inspectd.core.defect import DefectKind
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.surface import Surface
from inspectd.vision.background import Plane
from inspectd.vision.grain import direction_deg, doubted
from inspectd.vision.normalise import linearise
from inspectd.vision.shape import Line, Shape, ribbon


def quarter(surface: Surface) -> Plane:
    return linearise(render_part(PartSpec(surface, width_px=640, height_px=512), 3), 1.0).quarter


def scratch(angle_deg: float, contrast_to_noise: float) -> Shape:
    turn = np.radians(angle_deg)
    path = np.arange(100.0)[:, None] * np.array([np.cos(turn), np.sin(turn)])
    line = Line(path, 4.0, 4.0, -0.1, contrast_to_noise, 0.3)
    return Shape(DefectKind.SCRATCH, ribbon(line), line, -0.1)


@pytest.fixture(scope="module")
def brushed() -> Plane:
    return quarter(Surface.BRUSHED)


def test_a_brushed_surface_has_its_grain_along_the_brush(brushed: Plane) -> None:
    found = direction_deg(brushed)
    assert found is not None
    assert min(found, 180.0 - found) < 1.0
    turned = direction_deg(np.ascontiguousarray(brushed.T))
    assert turned == pytest.approx(90.0, abs=1.0)


@pytest.mark.parametrize("surface", [Surface.CAST, Surface.PLASTIC])
def test_a_surface_without_a_direction_has_no_grain(surface: Surface) -> None:
    assert direction_deg(quarter(surface)) is None


def test_a_flat_picture_has_no_grain() -> None:
    assert direction_deg(np.full((64, 64), 0.5, np.float32)) is None


@pytest.mark.parametrize(
    ("angle_deg", "contrast_to_noise", "in_grain"),
    [(1.0, 4.0, True), (179.0, 4.9, True), (1.0, 5.1, False), (10.0, 4.0, False)],
)
def test_only_a_faint_line_along_the_grain_may_be_grain(
    brushed: Plane, angle_deg: float, contrast_to_noise: float, in_grain: bool
) -> None:
    (found,) = doubted([scratch(angle_deg, contrast_to_noise)], brushed)
    assert found.in_grain is in_grain


def test_what_is_no_line_is_never_grain(brushed: Plane) -> None:
    blot = Shape(DefectKind.STAIN, scratch(0.0, 4.0).contour_px, None, -0.1)
    assert not any(shape.in_grain for shape in doubted([blot, scratch(0.0, 9.0)], brushed))
