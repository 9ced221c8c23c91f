"""A recipe that asks for what is too small to be seen is told, and passes nothing."""

from typing import Any

import numpy as np
import pytest

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Frame, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, ReasonCode
from inspectd.vision.blind import refuse_blind
from inspectd.vision.inspect import inspect

SHAPE = (400, 600)
FINE = Calibration.from_scale(0.05)


def test_the_default_recipe_sees_what_it_asks_for_at_a_usual_scale() -> None:
    assert refuse_blind(Recipe(), FINE, SHAPE) == ()


@pytest.mark.parametrize(
    ("recipe", "key"),
    [
        ({"scratch": {"max_length_mm": 0.2}}, "scratch.max_length_mm 0.2"),
        ({"dent": {"max_diameter_mm": 0.2}}, "dent.max_diameter_mm 0.2"),
        ({"stain": {"max_area_mm2": 0.04}}, "stain.max_area_mm2 0.04"),
        ({"other": {"max_area_mm2": 1e-9}}, "other.max_area_mm2 1e-09"),
        ({"scratch": {"max_length_mm": 1e-300}}, "scratch.max_length_mm 1e-300"),
        ({"vision": {"min_area_px": 500}}, "scratch.max_length_mm 5"),
        (
            {
                "zones": [
                    {
                        "name": "face",
                        "polygon_mm": [[0, 0], [9, 0], [9, 9]],
                        "dent": {"max_diameter_mm": 0.1},
                    }
                ]
            },
            "zones.face.dent.max_diameter_mm 0.1",
        ),
    ],
)
def test_a_limit_below_what_is_taken_for_noise_is_no_verdict(
    recipe: dict[str, Any], key: str
) -> None:
    pixels = np.random.default_rng(0).normal(128, 2, SHAPE).astype(np.uint8)
    view = View((Frame(pixels, "main", 0),), "", simulated=False)
    result = inspect(view, Job(Recipe.model_validate(recipe), FINE), lambda: 0)
    assert result.decision is Decision.NO_VERDICT
    (reason,) = result.reasons
    assert reason.code is ReasonCode.RECIPE_MISMATCH
    assert reason.text.startswith(f"{key}: ")


def test_a_coarse_picture_hides_what_a_fine_one_shows() -> None:
    assert refuse_blind(Recipe(), Calibration.from_scale(1.0), SHAPE) != ()


@pytest.mark.parametrize(("mm_per_px", "seen"), [(2.0 / 12.0, True), (0.17, False), (0.2, False)])
def test_a_dents_limit_of_too_few_pixels_is_refused(mm_per_px: float, seen: bool) -> None:
    reasons = refuse_blind(Recipe(), Calibration.from_scale(mm_per_px), SHAPE)
    assert [reason.rule for reason in reasons] == ([] if seen else ["dent.max_diameter_mm"])
    assert all("finer picture" in reason.text for reason in reasons)


@pytest.mark.parametrize("mm_per_px", [1e30, 1e150, 1e300])
def test_an_absurd_scale_is_no_verdict_and_no_crash(mm_per_px: float) -> None:
    pixels = np.random.default_rng(0).normal(128, 2, SHAPE).astype(np.uint8)
    pixels[100:140, 100:140] = 60
    matrix = (mm_per_px, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0, 0.0, 1.0)
    view = View((Frame(pixels, "main", 0),), "", simulated=False)
    result = inspect(view, Job(Recipe(), Calibration(homography=matrix)), lambda: 0)
    assert result.decision is Decision.NO_VERDICT
