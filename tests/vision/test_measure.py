"""measure: pixels to millimetres through the calibration, with uncertainties."""

import numpy as np
import pytest

from inspectd.core.calibration import Calibration
from inspectd.core.defect import DefectKind
from inspectd.core.frame import Frame, Pixels
from inspectd.core.lens import Lens
from inspectd.vision.measure import measure
from inspectd.vision.shape import Line, Shape, ribbon

FRAME = Frame(np.zeros((400, 500), np.uint8), "north", 0)
BAR = np.array([[100.0, 100.0], [300.0, 100.0], [300.0, 110.0], [100.0, 110.0]])
MIDDLE = np.array([[100.0, 105.0], [200.0, 105.0], [300.0, 105.0]])
# A camera looking at the plane from the side: scale differs from left to right.
OBLIQUE = Calibration(homography=(0.05, 0.0, -3.0, 0.0, 0.05, 2.0, 0.002, 0.0, 1.0))


def bar(centreline: bool = True) -> Shape:
    line = Line(MIDDLE, 10.0, 12.0, -0.2, 20.0, 0.1)
    return Shape(DefectKind.SCRATCH, BAR, line if centreline else None, -0.2)


def test_a_line_is_measured_along_its_centreline() -> None:
    defect = measure(bar(), Calibration.from_scale(0.05), FRAME)
    assert defect.length_mm == pytest.approx(10.0)
    assert defect.width_mm == pytest.approx(0.5)
    assert defect.area_mm2 == pytest.approx(5.0)
    assert defect.diameter_mm == pytest.approx(np.hypot(10.0, 0.5))


def test_a_compact_shape_is_measured_across() -> None:
    defect = measure(bar(centreline=False), Calibration.from_scale(0.05), FRAME)
    assert defect.length_mm == defect.diameter_mm
    assert defect.width_mm == pytest.approx(0.5, rel=1e-4)


def test_every_point_goes_through_the_homography() -> None:
    defect = measure(bar(), OBLIQUE, FRAME)
    left, right = OBLIQUE.to_mm(MIDDLE)[[0, -1]]
    assert defect.length_mm == pytest.approx(float(np.hypot(*(right - left))))
    corners = np.asarray(defect.contour_mm)
    assert corners == pytest.approx(OBLIQUE.to_mm(BAR), abs=0.001)


def test_a_contour_is_given_to_a_micrometre() -> None:
    defect = measure(bar(), OBLIQUE, FRAME)
    assert OBLIQUE.to_mm(BAR)[0, 0] != round(float(OBLIQUE.to_mm(BAR)[0, 0]), 3)
    assert defect.contour_mm == tuple((round(x, 3), round(y, 3)) for x, y in defect.contour_mm)


def test_a_compact_shape_is_measured_in_the_plane_and_not_in_the_picture() -> None:
    defect = measure(bar(centreline=False), OBLIQUE, FRAME)
    upper_left, upper_right, lower_right, lower_left = OBLIQUE.to_mm(BAR)
    diagonals = np.hypot(*(lower_right - upper_left)), np.hypot(*(upper_right - lower_left))
    assert defect.diameter_mm == pytest.approx(max(diagonals))
    left_mm, right_mm = lower_left[1] - upper_left[1], lower_right[1] - upper_right[1]
    # Both upright sides stay upright: a trapezium.
    across_mm = upper_right[0] - upper_left[0]
    assert defect.area_mm2 == pytest.approx((left_mm + right_mm) / 2 * across_mm)
    assert right_mm < defect.width_mm < left_mm


def circle(kind: DefectKind) -> Shape:
    angle = np.linspace(0.0, 2.0 * np.pi, 64, endpoint=False)
    points = 200.0 + 30.0 * np.column_stack((np.cos(angle), np.sin(angle)))
    return Shape(kind, points, None, 0.1)


@pytest.mark.parametrize("stretch", [1.0, 1.15, 1.4])
def test_a_dents_circle_in_a_slanting_picture_tells_its_area_and_no_longest_diameter(
    stretch: float,
) -> None:
    slanting = Calibration(homography=(0.05, 0.0, 0.0, 0.0, 0.05 * stretch, 0.0, 0.0, 0.0, 1.0))
    dent = measure(circle(DefectKind.DENT), slanting, FRAME)
    assert dent.length_mm == dent.width_mm == dent.diameter_mm
    assert dent.diameter_mm == pytest.approx(3.0 * stretch**0.5, rel=1e-3)
    # Nobody knows which way it was averaged.
    assert dent.diameter_mm + dent.uncertainty_mm >= (3.0 + 3.0 * stretch) / 2.0
    stain = measure(circle(DefectKind.STAIN), slanting, FRAME)
    assert stain.diameter_mm == pytest.approx(3.0 * stretch, rel=1e-3)


@pytest.mark.parametrize("place_px", [50.0, 350.0])
def test_the_uncertainty_of_an_edge_is_that_of_its_own_place(place_px: float) -> None:
    square = place_px + np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])
    calibration = OBLIQUE.model_copy(
        update={"length_uncertainty_relative": 0.0, "edge_uncertainty_px": 2.0}
    )
    defect = measure(Shape(DefectKind.STAIN, square, None, 0.1), calibration, FRAME)
    mm_per_px = defect.area_mm2**0.5 / 10.0
    assert defect.uncertainty_mm == pytest.approx(2.0**0.5 * 2.0 * mm_per_px, rel=0.01)


def test_the_uncertainty_holds_scale_edges_and_the_lines_tips() -> None:
    calibration = Calibration.from_scale(0.05).model_copy(
        update={"length_uncertainty_relative": 0.01, "edge_uncertainty_px": 2.0}
    )
    defect = measure(bar(), calibration, FRAME)
    noise_mm = 2.0 * 0.1 * 0.05
    assert defect.uncertainty_mm == pytest.approx(
        (0.1**2 + 2 * (0.1**2 + noise_mm**2) + (0.2 * 0.5) ** 2) ** 0.5
    )
    assert defect.area_uncertainty_mm2 == pytest.approx((0.1**2 + (0.17 * 21.0 * 0.1) ** 2) ** 0.5)


def test_a_line_says_its_direction_and_where_it_is_widest() -> None:
    defect = measure(bar(), Calibration.from_scale(0.05), FRAME)
    assert defect.direction_deg == pytest.approx(0.0)
    assert defect.max_width_mm == pytest.approx(0.5 * 12.0 / 10.0)
    assert defect.delta_e is None


def test_a_defect_names_its_shot_and_keeps_its_contour_in_pixels() -> None:
    defect = measure(bar(), Calibration.from_scale(0.05), FRAME)
    assert defect.shot == "north"
    assert np.asarray(defect.contour_px) == pytest.approx(BAR)
    assert not defect.cut


def test_a_contour_at_the_edge_makes_a_cut_defect() -> None:
    shape = Shape(DefectKind.STAIN, BAR - [100.0, 0.0], None, -0.2)
    assert measure(shape, Calibration.from_scale(0.05), FRAME).cut


def test_a_long_contour_is_thinned_for_the_record_but_measured_whole() -> None:
    angle = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    circle = 150 + 100 * np.column_stack((np.cos(angle), np.sin(angle)))
    defect = measure(Shape(DefectKind.STAIN, circle, None, 0.1), Calibration.from_scale(0.1), FRAME)
    assert len(defect.contour_mm) <= 64
    assert defect.area_mm2 == pytest.approx(np.pi * 100, rel=1e-4)


def test_through_a_distorting_lens_and_a_tilted_camera_a_length_is_that_of_the_part() -> None:
    lens = Lens(focal_x_px=1200.0, focal_y_px=1200.0, centre_x_px=250.0, centre_y_px=200.0, k1=-0.3)
    tilted = Calibration(homography=OBLIQUE.homography, lens=lens)
    share = np.linspace(0.0, 1.0, 200)[:, None]
    path_mm = (1 - share) * np.array([0.0, 4.0]) + share * np.array([9.0, 16.0])
    homogeneous = np.column_stack((path_mm, np.ones(200))) @ np.linalg.inv(tilted.matrix).T
    path_px = lens.distorted(homogeneous[:, :2] / homogeneous[:, 2:])
    line = Line(path_px, 4.0, 4.0, -0.2, 10.0, 0.1)
    defect = measure(Shape(DefectKind.SCRATCH, ribbon(line), line, -0.2), tilted, FRAME)
    assert defect.length_mm == pytest.approx(15.0, abs=0.002)
    assert defect.direction_deg == pytest.approx(np.degrees(np.arctan2(12.0, 9.0)), abs=0.01)


def test_the_length_of_a_bent_line_is_less_certain() -> None:
    turn = np.linspace(0.0, np.pi / 2.0, 200)
    arc = 250.0 + 127.3 * np.column_stack((np.sin(turn), -np.cos(turn)))
    bent = Line(arc, 10.0, 12.0, -0.2, 20.0, 0.1)
    straight = measure(bar(), Calibration.from_scale(0.05), FRAME)
    shape = Shape(DefectKind.SCRATCH, ribbon(bent), bent, -0.2)
    curved = measure(shape, Calibration.from_scale(0.05), FRAME)
    assert curved.length_mm == pytest.approx(straight.length_mm, rel=0.01)
    assert curved.uncertainty_mm > straight.uncertainty_mm + 0.05


@pytest.mark.parametrize(
    ("full_scale", "dtype", "channels"),
    [(255, np.uint8, ()), (65_472, np.uint16, ()), (255, np.uint8, (3,))],
    ids=["Mono8", "Mono10", "BGR8"],
)
def test_a_defect_beside_pixels_at_full_scale_is_clipped(
    full_scale: int, dtype: type, channels: tuple[int, ...]
) -> None:
    pixels: Pixels = np.full((400, 500, *channels), full_scale - 1, dtype)
    sound = measure(bar(), Calibration.from_scale(0.05), Frame(pixels, "north", 0))
    lit = pixels.copy()
    lit.reshape(400, 500, -1)[112:114, 150:160, -1] = full_scale
    beside = measure(bar(), Calibration.from_scale(0.05), Frame(lit, "north", 0))
    assert (sound.clipped, beside.clipped) == (False, True)


def test_pixels_at_full_scale_far_from_a_defect_do_not_clip_it() -> None:
    pixels = FRAME.pixels.copy()
    pixels[130:200] = 255
    pixels[105, 200] = 255  # a hot pixel
    defect = measure(bar(), Calibration.from_scale(0.05), Frame(pixels, "north", 0))
    assert not defect.clipped
