"""Detected points against rendered truth, and against real pictures of a chessboard."""

import os
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from inspectd_calibration.blur import edge_blur
from inspectd_calibration.detect import as_grey, detect
from inspectd_calibration.target import Target
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Pixels, Points
from inspectd.core.lens import Lens
from inspectd.simulate.board import project, render_board

WIDTH_PX, HEIGHT_PX = 480, 360
NARROW = Lens(
    focal_x_px=675.0, focal_y_px=678.0, centre_x_px=241.7, centre_y_px=177.9, k1=-0.2, k2=0.05
)
WIDE = Lens(
    focal_x_px=300.0, focal_y_px=301.5, centre_x_px=241.7, centre_y_px=177.9, k1=-0.28, k2=0.08
)
TARGETS = {
    "chessboard": Target(kind="chessboard", columns=7, rows=5, pitch_mm=20.0),
    "charuco": Target(kind="charuco", columns=7, rows=5, pitch_mm=20.0, marker_mm=14.0),
    "dots": Target(kind="dots", columns=7, rows=5, pitch_mm=20.0),
}
every_kind = pytest.mark.parametrize("kind", list(TARGETS))
tilts = st.floats(-0.35, 0.35)


def view(
    target: Target, tilt: tuple[float, float, float] = (0.1, -0.15, 0.05), **options: float
) -> SimpleNamespace:
    """A picture of `target`, to be spoiled at will, and where its points truly are."""
    pixels, true_px = rendered(target, tilt, tuple(sorted(options.items())))
    return SimpleNamespace(pixels=pixels.copy(), true_px=true_px)


@cache
def rendered(
    target: Target, tilt: tuple[float, float, float], settings: tuple[tuple[str, float], ...]
) -> tuple[Pixels, Points]:
    options = dict(settings)
    lens = WIDE if options.get("wide") else NARROW
    rotation = np.asarray(cv2.Rodrigues(np.array(tilt))[0], dtype=np.float64)
    middle = np.append(target.points_mm.mean(axis=0), 0.0)
    distance_mm = options.get("distance_mm", 160.0 if options.get("wide") else 340.0)
    translation_mm = np.array([0.4, -0.3, distance_mm]) - rotation @ middle
    pixels = render_board(
        target,
        lens,
        rotation,
        translation_mm,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        blur_px=options.get("blur_px", 0.7),
        noise=options.get("noise", 1.5),
        rng=np.random.default_rng(7),
    )
    return pixels, project(target.points_mm, lens, rotation, translation_mm)


def pixels_of(
    target: Target, tilt: tuple[float, float, float] = (0.1, -0.15, 0.05), **options: float
) -> NDArray[np.uint8]:
    return np.asarray(view(target, tilt, **options).pixels, dtype=np.uint8)


def rms_px(pixels: Pixels, target: Target, true_px: np.ndarray) -> float:
    found = detect(pixels, target, "view.png")
    return float(np.sqrt(((found.points_px - true_px[found.ids]) ** 2).sum(axis=1).mean()))


@every_kind
@given(tilts, tilts, st.floats(-0.6, 0.6), st.floats(0.5, 1.2), st.floats(0.0, 4.0), st.booleans())
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_points_are_found_to_a_twentieth_of_a_pixel(
    kind: str, x: float, y: float, z: float, blur_px: float, noise: float, wide: bool
) -> None:
    target = TARGETS[kind]
    seen = view(target, (x, y, z), blur_px=blur_px, noise=noise, wide=wide)

    found = detect(seen.pixels, target, "view.png")

    error = found.points_px - seen.true_px[found.ids]
    assert len(found.ids) == len(seen.true_px)
    assert np.sqrt((error**2).sum(axis=1).mean()) < 0.05
    assert np.abs(error.mean(axis=0)).max() < 0.02
    assert np.array_equal(found.points_mm, target.points_mm[found.ids])
    assert (found.width_px, found.height_px, found.name) == (WIDTH_PX, HEIGHT_PX, "view.png")


@pytest.mark.parametrize(
    ("kind", "limit_px"), [("chessboard", 0.01), ("charuco", 0.02), ("dots", 0.01)]
)
def test_a_good_picture_gives_a_hundredth_of_a_pixel(kind: str, limit_px: float) -> None:
    seen = view(TARGETS[kind])
    assert rms_px(seen.pixels, TARGETS[kind], seen.true_px) < limit_px


def test_dots_are_not_drawn_to_the_near_side_by_perspective() -> None:
    target = TARGETS["dots"]
    seen = view(target, (0.0, 0.6, 0.0), wide=True, noise=0.0)
    # The middle of a dot's picture, which is what a centroid finds, is off by more than this.
    assert rms_px(seen.pixels, target, seen.true_px) < 0.03


@every_kind
def test_colour_and_deep_pictures_do_as_well(kind: str) -> None:
    target = TARGETS[kind]
    seen = view(target)
    mono = np.asarray(seen.pixels, dtype=np.uint8)
    tinted = np.dstack((mono // 2, mono, mono // 3)).astype(np.uint8)
    mono12 = mono.astype(np.uint16) * np.uint16(128)

    for pixels in (tinted, mono12, mono.astype(np.uint16) * np.uint16(256)):
        assert rms_px(pixels, target, seen.true_px) < 0.05


def test_a_16_bit_picture_is_spread_over_8_bits_without_its_hot_pixels() -> None:
    deep = np.full((100, 100), 1_000, dtype=np.uint16)
    deep[:, 50:] = 1_500
    deep[3, 3] = 65_535
    assert sorted(set(np.unique(as_grey(deep)))) == [0, 255]


@every_kind
def test_a_board_upside_down_keeps_its_handedness(kind: str) -> None:
    target = TARGETS[kind]
    seen = view(target, (0.1, -0.15, 3.0))
    found = detect(seen.pixels, target, "view.png")
    corner, right, down = (found.points_px[i] for i in (0, target.columns - 1, -target.columns))
    assert float(np.linalg.det(np.array([right - corner, down - corner]))) > 0.0
    if kind == "charuco":
        assert found.points_px == pytest.approx(seen.true_px, abs=0.1)


def test_a_chessboard_s_first_point_has_the_black_square_where_that_decides() -> None:
    target = Target(kind="chessboard", columns=7, rows=4, pitch_mm=20.0)
    seen = view(target, (0.1, -0.15, 3.0))
    assert rms_px(seen.pixels, target, seen.true_px) < 0.05


def test_a_hidden_part_of_a_charuco_board_is_left_out() -> None:
    target = TARGETS["charuco"]
    seen = view(target)
    seen.pixels[:, 300:] = 120
    found = detect(seen.pixels, target, "view.png")
    assert 8 <= len(found.ids) < 35
    assert found.points_px == pytest.approx(seen.true_px[found.ids], abs=0.1)


@every_kind
@pytest.mark.parametrize("blur_px", [0.6, 1.5])
def test_blur_is_measured_in_pixels(kind: str, blur_px: float) -> None:
    target = TARGETS[kind]
    seen = view(target, (0.0, 0.0, 0.0), blur_px=blur_px, distance_mm=280.0)
    blur = edge_blur(seen.pixels, detect(seen.pixels, target, "view.png"), target)
    # A pixel is a box of variance 1/12.
    true_px = np.hypot(blur_px, np.sqrt(1.0 / 12.0))
    assert blur.mean_px == pytest.approx(true_px, rel=0.12)
    assert blur.largest_px < 1.1 * blur.smallest_px


REMEDIES = {
    "dark": "dark: give more light",
    "burnt": "white all over: give less light",
    "blank": "no contrast",
    "far": "go nearer",
    "defocused": "out of focus: focus the lens",
    "moved": "moved: hold them still",
}


def spoiled(kind: str, how: str) -> Pixels:
    target = TARGETS[kind]
    pixels = pixels_of(target)
    match how:
        case "dark":
            return np.asarray(pixels // 40, dtype=np.uint8)
        case "burnt":
            return np.full_like(pixels, 255)
        case "blank":
            return np.full_like(pixels, 128)
        case "far":
            return pixels_of(target, (0.0, 0.0, 0.0), distance_mm=2_000.0, blur_px=0.5)
        case "defocused":
            return pixels_of(target, blur_px=6.0 if kind == "chessboard" else 4.5)
        case _:
            return np.asarray(cv2.blur(pixels, (23, 1)), dtype=np.uint8)


@pytest.mark.parametrize("kind", ["chessboard", "dots"])
@pytest.mark.parametrize("how", list(REMEDIES))
def test_a_bad_picture_is_refused_with_its_remedy(kind: str, how: str) -> None:
    with pytest.raises(CalibrationError, match=f"^view.png: .*{REMEDIES[how]}"):
        detect(spoiled(kind, how), TARGETS[kind], "view.png")


@pytest.mark.parametrize("how", ["dark", "burnt", "blank", "far", "defocused", "moved"])
def test_a_bad_picture_of_a_charuco_board_is_refused(how: str) -> None:
    pixels = spoiled("charuco", how)
    with pytest.raises(CalibrationError, match=r"^view.png: .*(light|focus|contrast|go nearer)"):
        detect(pixels, TARGETS["charuco"], "view.png")


@pytest.mark.parametrize("axis", [0, 1])
def test_a_mirrored_charuco_board_is_named(axis: int) -> None:
    seen = view(TARGETS["charuco"])
    with pytest.raises(CalibrationError, match="board is mirrored: turn ReverseX"):
        detect(np.flip(seen.pixels, axis), TARGETS["charuco"], "view.png")


@pytest.mark.parametrize(
    ("kind", "columns", "rows", "words"),
    [
        ("chessboard", 8, 6, "7 x 5 inner corners is seen, not 8 x 6: .* one less than squares"),
        ("chessboard", 6, 5, "7 x 5 inner corners is seen, not 6 x 5: give the target"),
        ("chessboard", 11, 8, "only 7 x 5 of the chessboard's 11 x 8 .* hidden"),
        ("charuco", 8, 6, "24 markers are seen, but not where a board of 8 x 6"),
        ("charuco", 6, 5, "marker 23 is not of this board, which has 21"),
        ("dots", 8, 6, "a grid of 7 x 5 dots is seen, not 8 x 6"),
        ("dots", 6, 5, "a grid of 7 x 5 dots is seen, not 6 x 5"),
    ],
)
def test_another_number_of_columns_and_rows_is_named(
    kind: str, columns: int, rows: int, words: str
) -> None:
    wrong = TARGETS[kind].model_copy(update={"columns": columns, "rows": rows})
    with pytest.raises(CalibrationError, match=words):
        detect(view(TARGETS[kind]).pixels, wrong, "view.png")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("chessboard", "only 5 x . of the chessboard's 7 x 5 inner corners are seen"),
        ("dots", "a grid of . x 5 dots is seen, not 7 x 5: show the whole sheet"),
    ],
)
def test_a_hidden_part_of_a_board_without_names_is_told(kind: str, words: str) -> None:
    pixels = view(TARGETS[kind], (0.0, 0.0, 0.0)).pixels
    pixels[:, 280:] = 120
    with pytest.raises(CalibrationError, match=words):
        detect(pixels, TARGETS[kind], "view.png")


def test_dots_that_are_covered_one_by_one_are_counted() -> None:
    target = TARGETS["dots"]
    seen = view(target, (0.0, 0.0, 0.0))
    for column, row in seen.true_px[[10, 17]]:
        cv2.circle(seen.pixels, (round(column), round(row)), 15, 200, -1)
    with pytest.raises(CalibrationError, match="of a grid of 7 x 5 dots 2 are missing: uncover"):
        detect(seen.pixels, target, "view.png")


def glaring(kind: str, size_px: int, offset_px: int) -> Pixels:
    """The point of row 3, column 3 with a soft, bright spot on it, or beside it."""
    seen = view(TARGETS[kind], (0.0, 0.0, 0.0))
    column, row = np.rint(seen.true_px[16] + offset_px).astype(int)
    glare = np.zeros(seen.pixels.shape)
    glare[row - size_px : row + size_px + 1, column - size_px : column + size_px + 1] = 200.0
    shining = np.maximum(seen.pixels, cv2.GaussianBlur(glare, (0, 0), 3.0))
    return np.asarray(shining, dtype=np.uint8)


@pytest.mark.parametrize("kind", ["chessboard", "dots"])
@pytest.mark.parametrize(("size_px", "offset_px"), [(4, 6), (8, 6)])
def test_glare_that_would_draw_a_point_away_is_told_with_its_place(
    kind: str, size_px: int, offset_px: int
) -> None:
    pixels = glaring(kind, size_px, offset_px)
    with pytest.raises(CalibrationError, match=r"unclear, above all row 3, column 3: look at"):
        detect(pixels, TARGETS[kind], "view.png")


@pytest.mark.parametrize(("size_px", "offset_px"), [(4, 0), (8, 6), (12, 0), (12, 6)])
def test_a_charuco_board_goes_without_what_glares(size_px: int, offset_px: int) -> None:
    target = TARGETS["charuco"]
    true_px = view(target, (0.0, 0.0, 0.0)).true_px
    found = detect(glaring("charuco", size_px, offset_px), target, "view.png")
    assert 16 not in found.ids
    assert len(found.ids) > 25
    assert found.points_px == pytest.approx(true_px[found.ids], abs=0.1)


@pytest.mark.parametrize(
    ("printed", "given_as"),
    [
        ("chessboard", "dots"),
        ("dots", "chessboard"),
        ("chessboard", "charuco"),
        ("charuco", "dots"),
    ],
)
def test_another_kind_of_target_is_not_found(printed: str, given_as: str) -> None:
    with pytest.raises(CalibrationError, match=r"^view.png: "):
        detect(view(TARGETS[printed]).pixels, TARGETS[given_as], "view.png")


@every_kind
@given(
    st.lists(
        st.tuples(
            st.integers(0, 479), st.integers(0, 359), st.integers(5, 120), st.integers(0, 255)
        ),
        min_size=1,
        max_size=3,
    )
)
@example(covers=[(281, 87, 48, 218)])
@settings(max_examples=8, deadline=None)
def test_whatever_covers_a_target_no_point_is_told_wrong(
    kind: str, covers: list[tuple[int, int, int, int]]
) -> None:
    seen = view(TARGETS[kind])
    for column, row, size, level in covers:
        seen.pixels[row : row + size, column : column + size] = level
    try:
        found = detect(seen.pixels, TARGETS[kind], "view.png")
    except CalibrationError:
        return
    assert found.points_px == pytest.approx(seen.true_px[found.ids], abs=0.3)


@every_kind
@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (1, 500), (20, 30, 3)])
def test_a_tiny_picture_shows_no_target(kind: str, shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)
    with pytest.raises(CalibrationError, match=r"^view.png: "):
        detect(pixels, TARGETS[kind], "view.png")


@every_kind
def test_noise_is_no_target_and_takes_no_time(kind: str) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (HEIGHT_PX, WIDTH_PX), dtype=np.uint8)
    with pytest.raises(CalibrationError, match=r"^view.png: "):
        detect(noise, TARGETS[kind], "view.png")


def chessboard_pictures() -> list[Path]:
    beside = Path(__file__).parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("INSPECTD_DATA", beside)) / "chessboard"
    return sorted(folder.glob("*.jpg"))


def test_29_real_views_agree_with_one_lens_better_than_opencv_s_defaults() -> None:
    pictures = chessboard_pictures()
    if not pictures:
        pytest.skip("no ../shared/data/chessboard (or INSPECTD_DATA)")
    target = Target(kind="chessboard", columns=9, rows=6, pitch_mm=24.23)
    points_mm = np.column_stack((target.points_mm, np.zeros(54))).astype(np.float32)
    found = [
        detect(np.asarray(cv2.imread(str(path)), dtype=np.uint8), target, path.name)
        for path in pictures
    ]

    rms, matrix, *_ = cv2.calibrateCamera(
        [points_mm] * len(found),
        [view.points_px.astype(np.float32) for view in found],
        (found[0].width_px, found[0].height_px),
        np.eye(3),
        np.zeros(5),
    )

    assert len(found) == 29
    # Corners of findChessboardCorners and cornerSubPix leave 0.172 px.
    assert rms < 0.15
    assert matrix[0, 0] == pytest.approx(462.8, abs=0.3)
    assert matrix[1, 1] == pytest.approx(462.8, abs=0.3)
