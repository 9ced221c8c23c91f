"""The part's plane: what is calibrated, refused and told."""

from dataclasses import replace

import numpy as np
import pytest
from inspectd_calibration.camera_file import LensFile
from inspectd_calibration.camera_fit import fit_lens
from inspectd_calibration.plane import calibrate_plane, scaled_by_rule
from inspectd_calibration.plane_fit import neutral_lens
from inspectd_calibration.target import Target
from inspectd_calibration.uncertainty import DISTORTION
from numpy.typing import NDArray
from support.seen_targets import HEIGHT_PX, LENS, TARGET, WIDTH_PX, seen, turned, views

from inspectd.core.calibration import Origin
from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd.core.lens import Lens

STRAIGHT = neutral_lens(WIDTH_PX, HEIGHT_PX)


def lens_file(lens: Lens, covariance: NDArray[np.float64] | None = None) -> LensFile:
    zeros = np.zeros((9, 9)) if covariance is None else covariance
    return LensFile(
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        lens=lens,
        covariance=tuple(tuple(row) for row in zeros.tolist()),
        origin=Origin(
            made_at="2026-01-01T00:00:00+00:00",
            made_by="",
            software_version="",
            target="",
            pictures={},
        ),
    )


@pytest.fixture(scope="module")
def lens() -> LensFile:
    fit = fit_lens(views(15, np.random.default_rng(51)))
    return lens_file(fit.lens, fit.covariance)


def test_a_plane_has_scale_tilt_distance_and_uncertainty(lens: LensFile) -> None:
    found = seen(turned(12.0, 35.0), (0.0, 0.0, 250.0), np.random.default_rng(52))
    result = calibrate_plane(found, TARGET, lens)

    assert result.tilt_deg == pytest.approx(12.0, abs=0.1)
    assert result.distance_mm == pytest.approx(250.0, abs=0.3)
    assert result.calibration.mm_per_px_at(512.0, 384.0) == pytest.approx(250.0 / 1501.0, rel=0.03)
    assert result.warnings == ()
    worst = result.calibration.length_uncertainty_relative
    assert worst == max(result.uncertainty.relative) >= max(result.relative_at_places.values())
    assert TARGET.pitch_uncertainty_relative < worst < 0.002
    assert (result.calibration.width_px, result.calibration.height_px) == (WIDTH_PX, HEIGHT_PX)
    assert result.calibration.lens == lens.lens


def test_a_plane_without_a_lens_is_enough_where_there_is_no_distortion() -> None:
    rng = np.random.default_rng(53)
    found = seen(turned(12.0, 35.0), (0.0, 0.0, 220.0), rng, lens=STRAIGHT)
    result = calibrate_plane(found, TARGET, None)

    assert result.calibration.lens is None
    assert result.distance_mm is None
    assert result.tilt_deg == pytest.approx(12.0, abs=0.6)
    assert not result.uncertainty.by_source_mm[DISTORTION].any()


def test_distortion_without_a_lens_is_refused_with_the_remedy() -> None:
    found = seen(turned(5.0, 0.0), (0.0, 0.0, 250.0), np.random.default_rng(54))
    with pytest.raises(
        CalibrationError, match=r"show lens distortion: .* up to \d\.\d+%.*calibrate camera.*--lens"
    ):
        calibrate_plane(found, TARGET, None)


def test_a_little_distortion_is_told_and_counted() -> None:
    bent = STRAIGHT.model_copy(update={"k1": -0.0012})
    rng = np.random.default_rng(55)
    found = seen(turned(5.0, 0.0), (0.0, 0.0, 210.0), rng, lens=bent, noise_px=0.01)
    result = calibrate_plane(found, TARGET, None)

    assert len(result.warnings) == 1
    assert "lens distortion" in result.warnings[0]
    assert result.uncertainty.by_source_mm[DISTORTION].max() > 0.0


def test_another_camera_s_lens_is_refused() -> None:
    other = lens_file(LENS.model_copy(update={"k1": -0.06}))
    found = seen(turned(5.0, 0.0), (0.0, 0.0, 240.0), np.random.default_rng(56))
    with pytest.raises(CalibrationError, match=r"the lens file does not know.*this camera's lens"):
        calibrate_plane(found, TARGET, other)


def test_a_lens_that_was_refocused_is_told() -> None:
    other = {"focal_x_px": 2_000.0, "focal_y_px": 2_002.0}
    refocused = STRAIGHT.model_copy(update=other)
    found = seen(turned(20.0, 10.0), (0.0, 0.0, 220.0), np.random.default_rng(57), lens=STRAIGHT)
    result = calibrate_plane(found, TARGET, lens_file(refocused))

    assert any("refocused or changed? calibrate the camera again" in w for w in result.warnings)


def test_a_lens_of_pictures_of_another_size_is_refused(lens: LensFile) -> None:
    found = seen(turned(5.0, 0.0), (0.0, 0.0, 250.0), np.random.default_rng(58))
    with pytest.raises(CalibrationError, match=r"1000 x 768 px, but .* on 1024 x 768 px: set the"):
        calibrate_plane(replace(found, width_px=1000), TARGET, lens)


def test_a_target_that_is_no_plane_is_refused(lens: LensFile) -> None:
    wave = 4.0 * np.sin(TARGET.points_mm[:, 0] / 9.0)
    rng = np.random.default_rng(59)
    found = seen(turned(15.0, 0.0), (0.0, 0.0, 250.0), rng, off_plane_mm=wave)
    with pytest.raises(CalibrationError, match=r"px \(RMS\) from where .* lay the target flat"):
        calibrate_plane(found, TARGET, lens)


def test_a_wrong_pitch_is_seen_by_the_working_distance(lens: LensFile) -> None:
    found = seen(turned(5.0, 0.0), (0.0, 0.0, 250.0), np.random.default_rng(60))
    inch = TARGET.model_copy(update={"pitch_mm": 12.7})
    taken_for_inch = replace(found, points_mm=inch.points_mm)

    assert calibrate_plane(found, TARGET, lens, 240.0).distance_mm == pytest.approx(250.0, abs=0.5)
    with pytest.raises(
        CalibrationError, match=r"pitch of 12\.7 mm .* 31\d mm away, not 250 mm: .*about 10 mm"
    ):
        calibrate_plane(taken_for_inch, inch, lens, 250.0)


def test_a_small_target_is_told(lens: LensFile) -> None:
    small = Target(kind="chessboard", columns=5, rows=4, pitch_mm=10.0)
    found = seen(turned(5.0, 0.0), (0.0, 0.0, 250.0), np.random.default_rng(61), target=small)
    result = calibrate_plane(found, small, lens)

    assert any(
        "the target fills 7% of the picture" in w and "larger target" in w for w in result.warnings
    )


def test_a_bent_sheet_without_a_lens_asks_for_the_distance() -> None:
    sheet = TARGET.model_copy(update={"flatness_mm": 0.1})
    rng = np.random.default_rng(62)
    found = seen(turned(5.0, 0.0), (0.0, 0.0, 220.0), rng, lens=STRAIGHT)

    assert any("give --distance-mm" in w for w in calibrate_plane(found, sheet, None).warnings)
    near = calibrate_plane(found, sheet, None, 220.0)
    assert near.warnings == ()
    far = calibrate_plane(found, sheet, None, 22_000.0)
    assert near.uncertainty.expanded_mm.max() > far.uncertainty.expanded_mm.max()


def test_a_hopeless_picture_is_refused_rather_than_called_uncertain(lens: LensFile) -> None:
    tiny = Target(kind="chessboard", columns=3, rows=3, pitch_mm=3.0)
    rng = np.random.default_rng(63)
    found = seen(turned(0.0, 0.0), (0.0, 0.0, 260.0), rng, target=tiny, noise_px=0.6)
    with pytest.raises(
        CalibrationError,
        match=r"is uncertain by \d+\.\d%, mostly by the noise of the points: take a sharp picture",
    ):
        calibrate_plane(found, tiny, lens)


def test_a_lens_that_folds_back_in_the_picture_is_refused() -> None:
    k3 = lens_file(STRAIGHT.model_copy(update={"k3": -60.0}))
    small = Target(kind="chessboard", columns=5, rows=5, pitch_mm=5.0)
    rng = np.random.default_rng(64)
    found = seen(turned(0.0, 0.0), (0.0, 0.0, 260.0), rng, target=small, lens=STRAIGHT)
    with pytest.raises(CalibrationError, match=r"no answer near the picture's edge"):
        calibrate_plane(found, small, k3)


def test_where_the_lens_is_a_guess_a_length_is_said_to_be_uncertain() -> None:
    rng = np.random.default_rng(65)
    centred = [seen(turned(25.0, 36.0 * number), (0.0, 0.0, 290.0), rng) for number in range(10)]
    fit = fit_lens(centred)
    found = seen(turned(5.0, 0.0), (0.0, 0.0, 250.0), rng)
    (warning,) = calibrate_plane(found, TARGET, lens_file(fit.lens, fit.covariance)).warnings

    assert "mostly by the lens: calibrate the camera again, with views" in warning
    assert "at the top" in warning or "at the bottom" in warning


@pytest.mark.parametrize("rule_mm", [99.0, 99.6, 100.0, 101.0])
def test_the_printed_rule_scales_the_pitch(rule_mm: float) -> None:
    charuco = Target(kind="charuco", columns=9, rows=6, pitch_mm=20.0, marker_mm=15.0)
    printed = scaled_by_rule(charuco, rule_mm)

    assert printed.pitch_mm == pytest.approx(0.2 * rule_mm)
    assert printed.marker_mm == pytest.approx(0.15 * rule_mm)


@pytest.mark.parametrize("rule_mm", [98.9, 101.1, 97.0, 94.0])
def test_a_sheet_that_was_scaled_to_the_page_is_refused(rule_mm: float) -> None:
    with pytest.raises(ConfigurationError, match=r"--rule-mm .* print it again at 100 %"):
        scaled_by_rule(TARGET, rule_mm)
