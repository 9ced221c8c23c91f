import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspectd.core.camera import PixelFormat
from inspectd.core.frame import Pixels
from inspectd.simulate.dent import Dent
from inspectd.simulate.light import DIFFUSE, LIGHTS, Light
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.scratch import Scratch
from inspectd.simulate.sensor import Sensor
from inspectd.simulate.stain import Stain
from inspectd.simulate.surface import Surface

SMALL = PartSpec(width_px=400, height_px=320)
QUIET = replace(
    SMALL,
    surface=Surface.PLASTIC,
    light=DIFFUSE,
    pixel_format="Mono16",
    sensor=Sensor(saturation_capacity_e=1e9, black_level=0.0),
)
INK = (0.4, 0.4, 0.4)


def coverage(spec: PartSpec) -> np.ndarray:
    """How much of each pixel the ink covers, 0 to 1."""
    clean = render_part(replace(spec, defects=()), 1).astype(np.float64)
    return np.asarray((1.0 - render_part(spec, 1) / clean) / (1.0 - INK[0]))


def test_the_same_seed_gives_the_same_bytes() -> None:
    spec = replace(SMALL, defects=(Dent((10.0, 8.0), 3.0, 0.12),))
    assert np.array_equal(render_part(spec, 7), render_part(spec, 7))
    assert not np.array_equal(render_part(spec, 7), render_part(spec, 8))


def test_the_same_part_under_another_light_has_the_same_roughness_and_other_noise() -> None:
    spec = replace(SMALL, surface=Surface.CAST)
    north, south = (render_part(replace(spec, light=LIGHTS[n]), 3) for n in ("north", "south"))
    likeness = np.corrcoef(north.ravel(), south.ravel())[0, 1]
    # What faces one light turns its back on the other.
    assert -1.0 < likeness < -0.5


@pytest.mark.parametrize("surface", Surface)
@pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS)
def test_a_sound_part_is_exposed_as_set_and_nowhere_saturated(
    surface: Surface, light: Light
) -> None:
    picture = render_part(replace(SMALL, surface=surface, light=light, pixel_format="BGR8"), 5)
    assert picture.mean() / 255.0 == pytest.approx(0.45, abs=0.02)
    assert picture.min() > 60
    assert picture.max() < 200


@pytest.mark.parametrize(
    ("pixel_format", "shape", "depth"),
    [("Mono8", (320, 400), np.uint8), ("BGR8", (320, 400, 3), np.uint8),
     ("Mono12", (320, 400), np.uint16)],
)  # fmt: skip
def test_a_picture_has_the_shape_and_depth_of_its_pixel_format(
    pixel_format: PixelFormat, shape: tuple[int, ...], depth: type
) -> None:
    spec = replace(SMALL, pixel_format=pixel_format)
    picture: Pixels = render_part(spec, 0)
    assert picture.shape == shape
    assert picture.dtype == depth


@settings(max_examples=25, deadline=None)
@given(
    area_mm2=st.floats(4.0, 40.0),
    x=st.floats(8.0, 12.0),
    y=st.floats(7.0, 9.0),
    swell=st.floats(0.0, 0.15),
    phase=st.floats(0.0, 6.3),
)
def test_a_stain_covers_the_area_and_the_place_that_were_asked_for(
    area_mm2: float, x: float, y: float, swell: float, phase: float
) -> None:
    stain = Stain((x, y), area_mm2, INK, ((swell, phase), (swell / 2.0, 0.0)))
    mask = coverage(replace(QUIET, defects=(stain,))) > 0.5
    assert mask.sum() * QUIET.mm_per_px**2 == pytest.approx(area_mm2, rel=0.01)
    corners = np.asarray(stain.contour_mm(), dtype=np.float32)
    moments = cv2.moments(corners[:, None, :])
    centroid = np.array([moments["m10"], moments["m01"]]) / moments["m00"]
    rows, columns = np.nonzero(mask)
    found = np.array([columns.mean(), rows.mean()]) * QUIET.mm_per_px
    assert np.linalg.norm(found - centroid) < 0.02


@settings(max_examples=25, deadline=None)
@given(
    length_mm=st.floats(3.0, 12.0),
    direction_deg=st.floats(0.0, 180.0),
    x=st.floats(8.0, 12.0),
    y=st.floats(7.0, 9.0),
)
def test_a_scratch_is_as_long_and_wide_in_the_picture_as_was_asked_for(
    length_mm: float, direction_deg: float, x: float, y: float
) -> None:
    scratch = Scratch((x, y), length_mm, 0.4, 1e-6, direction_deg, colour=INK)
    ink = coverage(replace(QUIET, defects=(scratch,)))
    rows, columns = np.nonzero(ink > 0.5)
    points = np.column_stack((columns, rows)).astype(np.float32)
    # Pixel centres span one pixel less than the pixels cover; each round tip may lose one more.
    length_px = max(cv2.minAreaRect(points)[1]) + 1.0
    assert length_px * QUIET.mm_per_px == pytest.approx(length_mm, abs=2.0 * QUIET.mm_per_px)
    # The ink ends at 0.95 of the half width.
    expected_mm2 = 0.95 * 0.4 * (length_mm - 0.4) + math.pi / 4.0 * (0.95 * 0.4) ** 2
    assert ink.sum() * QUIET.mm_per_px**2 == pytest.approx(expected_mm2, rel=0.01)


def test_a_dent_is_bright_on_one_side_and_dark_on_the_other() -> None:
    spec = replace(SMALL, light=LIGHTS["north"], defects=(Dent((10.0, 8.0), 3.0, 0.15),))
    picture = render_part(spec, 2)
    near_the_light = picture[140:150, 195:205].mean()
    far_from_it = picture[170:180, 195:205].mean()
    assert near_the_light < 105
    assert far_from_it > 125


def test_a_defect_changes_nothing_away_from_itself() -> None:
    spec = replace(SMALL, defects=(Stain((10.0, 8.0), 9.0, INK), Dent((16.0, 12.0), 2.0, 0.1)))
    clean, marked = render_part(SMALL, 4), render_part(spec, 4)
    rows, columns = np.nonzero(clean != marked)
    x, y = columns * spec.mm_per_px, rows * spec.mm_per_px
    near = (np.hypot(x - 10.0, y - 8.0) < 2.1) | (np.hypot(x - 16.0, y - 12.0) < 1.5)
    assert near.any()
    assert near.all()


@pytest.mark.parametrize("centre_mm", [(0.0, 0.0), (20.0, 16.0), (-1.0, 8.0), (100.0, 100.0)])
def test_a_defect_may_reach_over_the_edge_of_the_picture(centre_mm: tuple[float, float]) -> None:
    spec = replace(SMALL, defects=(Dent(centre_mm, 4.0, 0.1), Stain(centre_mm, 12.0, INK)))
    assert render_part(spec, 0).shape == (320, 400)


def test_overlapping_defects_are_drawn_into_one_another() -> None:
    stain, scratch = Stain((10.0, 8.0), 20.0, INK), Scratch((10.0, 8.0), 3.0, 0.4, 0.06, 0.0)
    both = render_part(replace(SMALL, defects=(stain, scratch)), 1)
    alone = render_part(replace(SMALL, defects=(stain,)), 1)
    assert not np.array_equal(both[155:165, 180:220], alone[155:165, 180:220])
    assert np.array_equal(both[140:150, 180:220], alone[140:150, 180:220])
