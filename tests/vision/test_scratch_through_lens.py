"""A scratch seen askew through a lens that bends: its length in mm is the true one all the same."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from inspectd.core.calibration import Calibration
from inspectd.core.defect import DefectKind
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.lens import Lens
from inspectd.core.recipe import Recipe, Shot
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.scratch import Scratch
from inspectd.simulate.surface import Surface
from inspectd.vision.inspect import inspect

WIDTH_PX, HEIGHT_PX = 640, 512
FINE_MM = 0.025
LENS = Lens(
    focal_x_px=1_200.0, focal_y_px=1_200.0, centre_x_px=320.0, centre_y_px=256.0, k1=-0.25, p1=0.001
)
# From 0.043 to 0.053 mm a pixel.
ASKEW = Calibration(
    homography=(0.05, 0.004, 3.0, -0.003, 0.05, 3.0, 0.00015, 0.0001, 1.0), lens=LENS
)


def seen_askew(spec: PartSpec, seed: int) -> Pixels:
    """The part's plane, rendered finely, as that camera sees it."""
    plane = render_part(replace(spec, mm_per_px=FINE_MM), seed)
    rows, columns = np.mgrid[:HEIGHT_PX, :WIDTH_PX]
    points = np.column_stack((columns.ravel(), rows.ravel())).astype(np.float64)
    x, y = (ASKEW.to_mm(points) / FINE_MM).T.astype(np.float32).reshape(2, HEIGHT_PX, WIDTH_PX)
    soft = cv2.GaussianBlur(plane, (0, 0), 0.8)
    seen = cv2.remap(soft, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(seen, dtype=np.uint8)


@pytest.mark.parametrize("curvature_per_mm", [0.0, 0.07])
@pytest.mark.parametrize("direction_deg", [25.0, 110.0])
def test_its_length_and_direction_are_those_on_the_part(
    curvature_per_mm: float, direction_deg: float
) -> None:
    truth = Scratch((18.0, 15.0), 12.0, 0.3, 0.01, direction_deg, curvature_per_mm, (0.6, 0.6, 0.6))
    spec = PartSpec(Surface.CAST, (truth,), width_px=1_680, height_px=1_400)
    frame = Frame(seen_askew(spec, 4), "main", 0)
    job = Job(Recipe(shots=(Shot(name="main"),)), ASKEW)
    (found,) = inspect(View((frame,), "", simulated=True), job, lambda: 0).defects
    assert found.kind is DefectKind.SCRATCH
    assert found.length_mm == pytest.approx(12.0, abs=0.24)
    assert abs(found.length_mm - 12.0) < found.uncertainty_mm
    assert found.direction_deg == pytest.approx(direction_deg, abs=2.0)
