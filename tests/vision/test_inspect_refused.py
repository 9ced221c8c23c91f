"""inspect: what no one can judge gets NO-VERDICT, and what may be a defect does not pass."""

import cv2
import numpy as np
import pytest

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, ReasonCode, ViewResult
from inspectd.vision.inspect import inspect


def judged(pixels: Pixels) -> ViewResult:
    view = View((Frame(pixels, "main", 0),), "", simulated=True)
    return inspect(view, Job(Recipe(), Calibration.from_scale(0.05)), lambda: 0)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((40, 65_536), np.uint8),
        np.zeros((40, 40), np.float32),
        np.full((40, 40), np.nan, np.float64),
        np.zeros((40, 40, 4), np.uint8),
        np.zeros((40, 40, 3), np.uint16),
    ],
)
def test_pixels_that_nobody_can_judge_give_no_verdict(pixels: Pixels) -> None:
    result = judged(pixels)
    assert result.decision is Decision.NO_VERDICT
    assert result.reasons[0].code is ReasonCode.PICTURE_INVALID


def test_nothing_but_noise_gives_no_verdict() -> None:
    rng = np.random.default_rng(1)
    result = judged(rng.integers(0, 256, (400, 500), dtype=np.uint8))
    assert result.decision is Decision.NO_VERDICT
    assert "noise" in result.reasons[0].text


def test_a_wide_scratch_that_is_like_a_stain_does_not_pass() -> None:
    drawn = np.full((400, 500), 128, np.uint8)
    cv2.line(drawn, (200, 200), (312, 200), 80, 34)
    result = judged(drawn)
    assert result.decision in {Decision.REVIEW, Decision.FAIL}
