"""What is shown of a picture while a camera is set up says what is true of it."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspectd_calibration.aids import aids, evenness, focus_percent, tilt_deg
from inspectd_calibration.camera_file import LensFile
from inspectd_calibration.detection import Detection
from inspectd_calibration.target import Target

from inspectd.core.calibration import Origin
from inspectd.core.frame import Pixels, Points
from inspectd.core.lens import Lens
from inspectd.simulate.board import render_board

WIDTH_PX, HEIGHT_PX = 640, 480
TARGET = Target(kind="chessboard", columns=9, rows=6, pitch_mm=5.0)
BARREL = Lens(
    focal_x_px=900.0, focal_y_px=905.0, centre_x_px=330.0, centre_y_px=225.0, k1=-0.2, p1=0.001
)


def scene(seed: int = 1) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Blocks of random grey between 0.2 and 0.8, as (rows, columns) float32."""
    blocks = np.random.default_rng(seed).uniform(0.2, 0.8, (24, 32)).astype(np.float32)
    return np.kron(blocks, np.ones((20, 20), np.float32))


def as_8_bit(grey: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> Pixels:
    return np.round(255.0 * grey).astype(np.uint8)


def rotated(
    about_x_deg: float, about_y_deg: float, about_z_deg: float
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    matrix = np.eye(3)
    for axis, angle in enumerate((about_x_deg, about_y_deg, about_z_deg)):
        turn = np.zeros(3)
        turn[axis] = np.radians(angle)
        matrix = cv2.Rodrigues(turn)[0] @ matrix
    return matrix


def seen(
    lens: Lens, turn: np.ndarray[tuple[int, int], np.dtype[np.float64]], noise_px: float = 0.0
) -> Detection:
    """The target's points through `lens`, 150 mm before it."""
    middle = TARGET.points_mm.mean(axis=0)
    flat = np.column_stack((TARGET.points_mm - middle, np.zeros(len(TARGET.points_mm))))
    at = flat @ turn.T + (0.0, 0.0, 150.0)
    ideal = np.column_stack(
        (
            lens.focal_x_px * at[:, 0] / at[:, 2] + lens.centre_x_px,
            lens.focal_y_px * at[:, 1] / at[:, 2] + lens.centre_y_px,
        )
    )
    noise = noise_px * np.random.default_rng(1).standard_normal(ideal.shape)
    points: Points = lens.distorted(ideal) + noise
    ids = np.arange(len(points))
    return Detection("seen", WIDTH_PX, HEIGHT_PX, ids, points, TARGET.points_mm)


def true_tilt_deg(turn: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    return float(np.degrees(np.arccos(min(1.0, abs(turn[2, 2])))))


@given(
    first=st.floats(0.3, 6.0),
    more=st.floats(0.5, 3.0),
    seed=st.integers(0, 100),
)
@settings(max_examples=25, deadline=None)
def test_the_sharper_picture_has_the_larger_focus(first: float, more: float, seed: int) -> None:
    sharper = cv2.GaussianBlur(scene(seed), (0, 0), first)
    softer = cv2.GaussianBlur(sharper, (0, 0), more)

    assert focus_percent(np.asarray(sharper, np.float32)) > focus_percent(
        np.asarray(softer, np.float32)
    )


@given(st.floats(0.1, 1.2))
@settings(max_examples=25, deadline=None)
def test_exposure_does_not_change_the_focus(factor: float) -> None:
    full, other = scene(), scene() * np.float32(factor)

    assert focus_percent(other) == pytest.approx(focus_percent(full), rel=1e-3)


def test_focus_of_a_known_ramp_is_its_slope() -> None:
    ramp = np.tile(np.linspace(0.25, 0.75, 501, dtype=np.float32), (100, 1))

    # 0.001 a pixel of a mean of 0.5; the picture's two edges are mirrored and have no slope.
    assert focus_percent(ramp) == pytest.approx(0.2, rel=0.005)


def test_what_is_saturated_and_what_is_dark_is_counted() -> None:
    pixels = np.full((100, 100), 128, np.uint8)
    pixels[:3] = 255
    pixels[3:4] = 254
    pixels[-7:] = 2

    exposure = aids(pixels, None, None).exposure

    assert exposure.saturated == pytest.approx(0.03)
    assert exposure.dark == pytest.approx(0.07)
    assert sum(exposure.histogram) == pytest.approx(1.0)
    assert exposure.histogram[8] == pytest.approx(0.89)
    assert exposure.histogram[15] == pytest.approx(0.04)
    assert exposure.histogram[0] == pytest.approx(0.07)


@pytest.mark.parametrize(("full", "below"), [(0xFFF0, 0xFFE0), (0xFFFF, 0xFF00)])
def test_full_scale_of_12_and_of_16_bits_is_saturated(full: int, below: int) -> None:
    pixels = np.full((40, 40), below, np.uint16)
    pixels[:4] = full

    assert aids(pixels, None, None).exposure.saturated == pytest.approx(0.1)


def test_one_full_channel_saturates_a_colour_pixel() -> None:
    pixels = np.full((40, 40, 3), 100, np.uint8)
    pixels[:10, :, 2] = 255

    exposure = aids(pixels, None, None).exposure

    assert exposure.saturated == pytest.approx(0.25)
    assert exposure.dark == 0.0


def test_grey_and_colour_pictures_of_one_scene_agree() -> None:
    grey = as_8_bit(scene())
    colour = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR).astype(np.uint8)
    deep: Pixels = grey.astype(np.uint16) * 257

    alone, same, deeper = (aids(pixels, None, None) for pixels in (grey, colour, deep))

    assert same == alone
    assert deeper.focus_percent == pytest.approx(alone.focus_percent, rel=1e-5)
    assert deeper.evenness == pytest.approx(alone.evenness, rel=1e-5)


def test_even_light_on_a_target_is_even_whatever_is_printed_on_it() -> None:
    board = np.kron(np.indices((24, 32)).sum(axis=0) % 2, np.ones((20, 20))).astype(np.float32)

    assert evenness(0.1 + 0.8 * board) == pytest.approx(1.0, abs=1e-6)


@given(st.floats(0.1, 0.9), st.sampled_from([0, 1]))
def test_light_that_falls_off_to_one_side_is_uneven(drop: float, axis: int) -> None:
    size = (HEIGHT_PX, WIDTH_PX)
    fall = np.linspace(1.0, 1.0 - drop, size[axis], dtype=np.float32)
    light = np.broadcast_to(fall[:, None] if axis == 0 else fall, size)

    # The brightest within a sixth of the shorter side lies half of that nearer to the light.
    share = np.linspace(0.0, 1.0, 9 * 40)
    seen_light = 1.0 - drop * np.clip(share - HEIGHT_PX / 12 / size[axis], 0.0, None)
    cells = seen_light.reshape(9, 40).mean(axis=1)
    assert evenness(np.ascontiguousarray(light)) == pytest.approx(
        cells.min() / cells.mean(), rel=0.02
    )


def test_a_black_picture_is_no_division_by_zero() -> None:
    black = aids(np.zeros((40, 40), np.uint8), None, None)

    assert black.focus_percent == 0.0
    assert black.exposure.dark == 1.0


angles = st.floats(-40.0, 40.0)


@given(angles, angles, st.floats(-180.0, 180.0))
@settings(max_examples=40, deadline=None)
def test_with_the_lens_the_tilt_is_right(x: float, y: float, z: float) -> None:
    turn = rotated(x, y, z)

    assert tilt_deg(seen(BARREL, turn), BARREL) == pytest.approx(true_tilt_deg(turn), abs=0.01)


@given(angles, angles, st.floats(-180.0, 180.0))
@settings(max_examples=40, deadline=None)
def test_without_a_lens_the_tilt_is_right_where_there_is_no_distortion(
    x: float, y: float, z: float
) -> None:
    turn = rotated(x, y, z)
    straight = Lens(focal_x_px=900.0, focal_y_px=900.0, centre_x_px=319.5, centre_y_px=239.5)

    assert tilt_deg(seen(straight, turn), None) == pytest.approx(true_tilt_deg(turn), abs=0.1)


@pytest.mark.parametrize("angle_deg", [0.0, 5.0, 20.0])
def test_noise_of_the_corners_moves_the_tilt_little(angle_deg: float) -> None:
    turn = rotated(angle_deg, 0.0, 0.0)

    assert tilt_deg(seen(BARREL, turn, noise_px=0.05), BARREL) == pytest.approx(angle_deg, abs=0.2)


def test_a_target_in_the_picture_is_found_with_its_tilt_and_its_share_of_the_picture() -> None:
    pixels = rendered(20.0)

    target = aids(pixels, TARGET, None).target

    assert target is not None
    assert not target.problem
    assert target.points == 54
    assert target.tilt_deg == pytest.approx(20.0, abs=0.5)
    # 40 x 25 mm at 900 px / 150 mm, one side shortened by the tilt.
    expected = (240 * 150 * np.cos(np.radians(20.0))) / (WIDTH_PX * HEIGHT_PX)
    assert target.coverage == pytest.approx(expected, rel=0.02)
    # The lens's 0.7 px and the pixel's own 0.29 px.
    assert target.blur_px == pytest.approx(np.hypot(0.7, 0.29), abs=0.15)


def test_in_a_large_picture_the_target_stands_as_in_a_small_one() -> None:
    large = cv2.resize(rendered(20.0), None, fx=3.0, fy=3.0, interpolation=cv2.INTER_CUBIC)

    seen_small = aids(rendered(20.0), TARGET, None).target
    seen_large = aids(np.asarray(large, np.uint8), TARGET, None).target

    assert seen_small is not None
    assert seen_large is not None
    assert seen_large.tilt_deg == pytest.approx(seen_small.tilt_deg, abs=0.2)
    assert seen_large.coverage == pytest.approx(seen_small.coverage, rel=0.01)
    assert seen_large.blur_px == pytest.approx(3.0 * (seen_small.blur_px or 0.0), rel=0.1)


def test_a_picture_without_the_target_says_why_and_what_to_do() -> None:
    target = aids(as_8_bit(scene()), TARGET, None).target

    assert target is not None
    assert target.problem
    assert target.tilt_deg is None
    assert target.points == 0


def test_a_lens_of_another_picture_size_is_told() -> None:
    origin = Origin(
        made_at="2026-01-01T00:00:00+00:00",
        made_by="me",
        software_version="0",
        target="",
        pictures={},
    )
    covariance = tuple(map(tuple, np.eye(9).tolist()))
    lens = LensFile(width_px=1280, height_px=960, lens=BARREL, covariance=covariance, origin=origin)

    target = aids(rendered(0.0), TARGET, lens).target

    assert target is not None
    assert "1280 x 960" in target.problem


def test_nothing_is_said_of_a_target_that_nobody_asked_for() -> None:
    assert aids(rendered(0.0), None, None).target is None


def rendered(tilt: float) -> Pixels:
    """The target 150 mm before a straight lens, tilted about the rows, in the picture's middle."""
    turn = rotated(tilt, 0.0, 0.0)
    middle = np.array([*TARGET.points_mm.mean(axis=0), 0.0])
    return render_board(
        TARGET,
        Lens(focal_x_px=900.0, focal_y_px=900.0, centre_x_px=319.5, centre_y_px=239.5),
        turn,
        np.array([0.0, 0.0, 150.0]) - turn @ middle,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        blur_px=0.7,
        noise=1.0,
        rng=np.random.default_rng(1),
    )
