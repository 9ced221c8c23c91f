"""A camera's lens: what it takes, what is refused, and what real views give."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from inspectd_calibration.blur import edge_blur
from inspectd_calibration.camera import CameraResult, calibrate_camera
from inspectd_calibration.camera_fit import fit_lens, fit_pose, rms
from inspectd_calibration.camera_views import Dropped, SeenView
from inspectd_calibration.detect import as_grey, detect
from inspectd_calibration.detection import Detection
from inspectd_calibration.target_text import parse_target
from support.seen_targets import LENS, seen, turned, views

from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Pixels

DATA = Path(os.environ.get("INSPECTD_DATA", Path(__file__).parents[3] / "shared" / "data"))
PHOTOGRAPHS = DATA / "chessboard"
TARGET = parse_target("chessboard:9x6:24.23")


def sharp(found: list[Detection]) -> list[SeenView]:
    return [SeenView(view, 0.5) for view in found]


def test_the_lens_and_its_uncertainty_come_from_good_views() -> None:
    result = calibrate_camera(sharp(views(15, np.random.default_rng(21))))

    off_px = abs(result.lens.focal_x_px - LENS.focal_x_px)
    assert off_px < 4.0 * result.standard_uncertainties["focal_x_px"] < 2.0
    assert len(result.used) == 15
    assert result.dropped == ()


def test_too_few_views_are_told_how_many_more_and_why_others_were_left_out() -> None:
    unseen = [Dropped("dark.png", "the picture is dark")]
    with pytest.raises(
        CalibrationError,
        match=r"7 good views, at least 10 .* take 3 more.*dark\.png is left out: the picture is da",
    ):
        calibrate_camera(sharp(views(7, np.random.default_rng(22))), unseen)


def test_no_view_at_all_is_told_like_too_few() -> None:
    with pytest.raises(CalibrationError, match=r"0 good views, at least 10 .* take 10 more"):
        calibrate_camera([], [Dropped("a.png", "no chessboard")])


def test_views_that_agree_with_nothing_are_refused() -> None:
    noise = views(12, np.random.default_rng(26), noise_px=4.0)
    with pytest.raises(CalibrationError, match=r"no lens explains .* is the target flat"):
        calibrate_camera(sharp(noise))


@pytest.mark.parametrize("tilt_deg", [0.0, 25.0])
def test_views_that_are_all_parallel_are_refused(tilt_deg: float) -> None:
    rng = np.random.default_rng(23)
    parallel = [
        seen(
            turned(tilt_deg, 30.0, rng.uniform(-1.0, 1.0)),
            (rng.uniform(-40, 40), rng.uniform(-30, 30), rng.uniform(230, 320)),
            rng,
            name=f"{number}.png",
        )
        for number in range(10)
    ]
    with pytest.raises(CalibrationError, match=r"too much alike.*tilt the target 20 to 45 degrees"):
        calibrate_camera(sharp(parallel))


def test_views_that_leave_a_side_of_the_picture_blank_are_told_where() -> None:
    rng = np.random.default_rng(24)
    left = [
        seen(
            turned(rng.uniform(20.0, 40.0), rng.uniform(0.0, 360.0)),
            (rng.uniform(-65.0, -50.0), rng.uniform(-25.0, 25.0), 330.0),
            rng,
            name=f"{number}.png",
        )
        for number in range(12)
    ]
    (warning,) = calibrate_camera(sharp(left)).warnings

    assert "top right, right, bottom right" in warning
    assert "add views with the target there" in warning


def photograph(name: str) -> Pixels:
    pixels = cv2.imread(str(PHOTOGRAPHS / name), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    return np.asarray(pixels, np.uint8)


def look(pixels: Pixels, name: str) -> SeenView:
    found = detect(pixels, TARGET, name)
    return SeenView(found, edge_blur(as_grey(pixels), found, TARGET).largest_px)


@pytest.fixture(scope="module")
def photographed() -> dict[str, SeenView]:
    """The 29 real views."""
    if not PHOTOGRAPHS.is_dir():
        pytest.skip(f"no photographs of a chessboard at {PHOTOGRAPHS} (set INSPECTD_DATA)")
    names = sorted(path.name for path in PHOTOGRAPHS.glob("*.jpg"))
    return {name: look(photograph(name), name) for name in names}


@pytest.fixture(scope="module")
def real(photographed: dict[str, SeenView]) -> CameraResult:
    return calibrate_camera(list(photographed.values()))


def test_the_photographs_fit_as_well_as_published_and_none_is_left_out(real: CameraResult) -> None:
    assert len(real.used) == 29
    assert real.fit.rms_px <= 0.172
    assert [real.lens.focal_x_px, real.lens.focal_y_px] == pytest.approx([462.8, 462.8], abs=1.0)


def test_half_of_the_photographs_foretell_the_other_half(
    photographed: dict[str, SeenView], real: CameraResult
) -> None:
    found = [view.found for view in photographed.values()]
    against_all, against_itself = [], []
    for seed in range(12):
        order = np.random.default_rng([25, seed]).permutation(29)
        half = fit_lens([found[index] for index in order[:15]])
        others = [found[index] for index in order[15:]]
        foretold = rms(np.concatenate([fit_pose(half.lens, o).residuals_px for o in others]))
        against_itself.append(foretold / half.rms_px)
        best = rms(np.concatenate([fit_pose(real.lens, o).residuals_px for o in others]))
        against_all.append(foretold / best)

    # The views differ among themselves, so that two halves do, too, by 10 % in one of three draws.
    assert np.median(against_itself) == pytest.approx(1.0, abs=0.1)
    assert max(against_all) < 1.1


def test_three_wrong_or_blurred_photographs_are_named_and_the_lens_stays(
    photographed: dict[str, SeenView], real: CameraResult
) -> None:
    zoomed = cv2.resize(photograph("left15.jpg")[40:-40, 70:-70], (640, 360), fx=0, fy=0)
    shifted = np.roll(photograph("left3.jpg"), 40, axis=1)
    blurred = cv2.GaussianBlur(photograph("left5.jpg"), (0, 0), 2.0)
    wrong = {"left15.jpg": zoomed, "left3.jpg": shifted, "left5.jpg": blurred}
    replaced = {name: look(np.asarray(pixels, np.uint8), name) for name, pixels in wrong.items()}
    result = calibrate_camera(list({**photographed, **replaced}.values()))

    assert {drop.name for drop in result.dropped} == set(wrong)
    assert len(result.used) == 26
    assert result.lens.focal_x_px == pytest.approx(real.lens.focal_x_px, abs=1.0)
