"""Scales: what a wavelength in mm is in pixels, and whether there is a filter for it."""

import numpy as np
import pytest

from inspectd.core.calibration import Calibration
from inspectd.core.recipe import Vision
from inspectd.core.scales import LONGEST_PX, SHORTEST_PX, wavelengths_px, why_no_filter


def test_without_millimetres_the_wavelength_in_pixels_holds() -> None:
    assert wavelengths_px(Vision(), Calibration.from_scale(0.05), 640, 480) == (10.0,)


def test_every_wavelength_in_millimetres_is_converted_by_the_calibration() -> None:
    vision = Vision(wavelengths_mm=(0.5, 1.0))
    found = wavelengths_px(vision, Calibration.from_scale(0.05), 640, 480)
    assert found == pytest.approx((10.0, 20.0))


def test_under_tilt_the_scale_in_the_middle_of_the_picture_counts() -> None:
    tilted = Calibration(homography=(0.05, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0, 2e-4, 1.0))
    vision = Vision(wavelengths_mm=(0.5,))
    local = tilted.mm_per_px_at(319.5, 239.5)
    assert wavelengths_px(vision, tilted, 640, 480) == pytest.approx((0.5 / local,))
    assert local != pytest.approx(0.05, rel=0.01)


@pytest.mark.parametrize(
    ("wavelength_mm", "good"), [(0.29, False), (0.31, True), (1.99, True), (2.01, False)]
)
def test_wavelengths_from_6_to_40_px_have_a_filter(wavelength_mm: float, good: bool) -> None:
    vision = Vision(wavelengths_mm=(0.5, wavelength_mm))
    why = why_no_filter(vision, Calibration.from_scale(0.05), 640, 480)
    assert (why == "") is good
    assert good or "0.3 to 2 mm" in why


def test_the_bounds_are_those_of_the_wavelength_in_pixels() -> None:
    bounds = Vision.model_json_schema()["properties"]["wavelength_px"]
    assert (bounds["minimum"], bounds["maximum"]) == (SHORTEST_PX, LONGEST_PX)


def test_where_the_lens_has_no_answer_there_is_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Calibration, "mm_per_px_at", lambda *_: float(np.nan))
    assert why_no_filter(Vision(wavelengths_mm=(0.5,)), Calibration.from_scale(0.05), 640, 480)
