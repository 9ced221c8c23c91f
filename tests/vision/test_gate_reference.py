"""The gate with a reference: what is not as taught is NO-VERDICT; what may vary is judged."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from support.taught import (
    HEIGHT_PX,
    WIDTH_PX,
    judged,
    outlined,
    reference,
    with_level,
)

from inspectd.core.frame import Pixels
from inspectd.core.recipe import PictureGate, Recipe
from inspectd.core.reference import Reference
from inspectd.core.verdict import Decision, ReasonCode, ViewResult
from inspectd.simulate.defects import Defect, Dent, Scratch, Stain
from inspectd.simulate.render import render_part

MIDDLE_MM = (12.8, 10.5)


def assert_refused(result: ViewResult, code: ReasonCode, *words: str) -> None:
    assert result.decision is Decision.NO_VERDICT
    text = next(reason.text for reason in result.reasons if reason.code is code)
    assert all(word in text for word in words)


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.9])
@pytest.mark.parametrize("angle_deg", [0.0, 45.0, 100.0, -170.0])
def test_a_good_part_passes_at_any_angle_and_in_any_light(angle_deg: float, factor: float) -> None:
    spec = with_level(outlined(angle_deg, 0.6, -0.5), factor)
    result = judged(render_part(spec, int(angle_deg) + 500))
    assert result.decision is Decision.PASS, result.reasons


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.9])
@pytest.mark.parametrize(
    ("defect", "code"),
    [
        (
            Scratch(MIDDLE_MM, 8.0, 0.3, 0.03, 30.0, 0.0, (0.6, 0.6, 0.6)),
            ReasonCode.SCRATCH_TOO_LONG,
        ),
        (Stain(MIDDLE_MM, 15.0, (0.6, 0.62, 0.6), (), 0.1), ReasonCode.STAIN_TOO_LARGE),
        (Dent(MIDDLE_MM, 3.5, 0.16), ReasonCode.DENT_TOO_WIDE),
    ],
)
def test_a_bad_part_fails_at_any_angle_and_in_any_light(
    defect: Defect, code: ReasonCode, factor: float
) -> None:
    for seed, angle_deg in enumerate((10.0, 130.0)):
        spec = with_level(outlined(angle_deg), factor)
        result = judged(render_part(replace(spec, defects=(defect,)), seed))
        assert result.decision is Decision.FAIL
        assert code in {reason.code for reason in result.reasons}


def blurred(sigma_px: float) -> Pixels:
    sharp = render_part(outlined(25.0), 3)
    return np.asarray(cv2.GaussianBlur(sharp, (0, 0), sigma_px), dtype=np.uint8)


def test_a_blurred_picture_is_told_by_its_focus() -> None:
    pixels = blurred(2.0)
    assert_refused(judged(pixels), ReasonCode.PICTURE_BLURRED, "sharpness", "80%")


def test_motion_is_told_with_its_direction() -> None:
    kernel = np.full((11, 1), 1 / 11, np.float32)
    pixels = np.asarray(cv2.filter2D(render_part(outlined(25.0), 3), -1, kernel), dtype=np.uint8)
    assert_refused(judged(pixels), ReasonCode.PICTURE_MOTION, "degrees", "exposure")


def test_the_recipe_says_how_sharp_a_picture_must_be() -> None:
    pixels = blurred(1.0)
    strict, lax = (Recipe(picture=PictureGate(min_focus=share)) for share in (0.97, 0.1))
    codes = {reason.code for reason in judged(pixels, recipe=strict).reasons}
    assert ReasonCode.PICTURE_BLURRED in codes
    codes = {reason.code for reason in judged(pixels, recipe=lax).reasons}
    assert ReasonCode.PICTURE_BLURRED not in codes


def test_light_that_has_faded_is_told() -> None:
    pixels = render_part(with_level(outlined(25.0), 0.35), 3)
    assert_refused(judged(pixels), ReasonCode.ILLUMINATION_DRIFT, "0.3", "times the light")


def test_light_from_another_side_is_told() -> None:
    ramp = np.linspace(0.55, 1.45, WIDTH_PX)[None]
    pixels = np.clip(render_part(outlined(25.0), 3) * ramp, 0, 250).astype(np.uint8)
    assert_refused(judged(pixels), ReasonCode.ILLUMINATION_DRIFT, "across the picture")


def test_an_empty_belt_is_no_part() -> None:
    belt = np.random.default_rng(1).normal(36.0, 1.0, (HEIGHT_PX, WIDTH_PX))
    assert_refused(judged(belt.astype(np.uint8)), ReasonCode.PART_MISSING, "no part")


def test_another_part_is_told() -> None:
    spec = outlined(25.0)
    assert spec.outline is not None
    other = replace(spec.outline, width_mm=8.0, height_mm=8.0, holes_mm=())
    pixels = render_part(replace(spec, outline=other), 3)
    assert_refused(judged(pixels), ReasonCode.PART_WRONG, "another part")


def test_a_mirrored_part_does_not_pass() -> None:
    """Its holes would be stains within their limit."""
    result = judged(np.asarray(render_part(outlined(25.0), 3)[:, ::-1], dtype=np.uint8))
    assert result.decision is not Decision.PASS
    assert ReasonCode.PART_WRONG in {reason.code for reason in result.reasons}


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_part_without_one_of_its_holes_does_not_pass(missing: int) -> None:
    spec = outlined(-60.0)
    assert spec.outline is not None
    holes = tuple(hole for n, hole in enumerate(spec.outline.holes_mm) if n != missing)
    pixels = render_part(replace(spec, outline=replace(spec.outline, holes_mm=holes)), 3)
    assert_refused(judged(pixels), ReasonCode.PART_WRONG, "1 of the part's holes")


def test_another_part_is_measured_but_never_passes() -> None:
    """Or a gauge could not be measured on a station that knows its parts."""
    gauge = np.random.default_rng(1).normal(120.0, 1.0, (HEIGHT_PX, WIDTH_PX)).astype(np.uint8)
    cv2.line(gauge, (150, 200), (310, 200), 60, 4)
    result = judged(gauge)
    assert result.decision is Decision.NO_VERDICT
    assert [defect.length_mm for defect in result.defects] == [pytest.approx(8.0, abs=0.3)]


def test_a_part_that_reaches_beyond_the_picture_does_not_pass() -> None:
    result = judged(render_part(outlined(0.0, 6.5, 0.0), 3))
    assert result.decision is Decision.NO_VERDICT
    assert {reason.code for reason in result.reasons} & {
        ReasonCode.PART_MISSING,
        ReasonCode.PART_WRONG,
    }


def no_verdict(pixels: Pixels, taught: Reference) -> str:
    result = judged(pixels, taught)
    assert result.decision is Decision.NO_VERDICT
    return " ".join(r.text for r in result.reasons if r.code is ReasonCode.REFERENCE_MISMATCH)


def test_a_reference_for_other_pictures_is_no_verdict() -> None:
    pixels = render_part(outlined(), 3)
    head = reference().head
    other = Reference(head.model_copy(update={"width_px": WIDTH_PX + 4}), reference().shots)
    assert "the reference was taught with" in no_verdict(pixels, other)
    assert "was not taught" in no_verdict(pixels, Reference(head, {}))
    assert "colour" in no_verdict(np.asarray(np.dstack([pixels] * 3), np.uint8), reference())


def test_every_measure_is_told_and_a_number() -> None:
    result = judged(render_part(outlined(33.0), 3))
    names = {name.removeprefix("main/") for name in result.measures}
    assert names == {
        "saturated_fraction",
        "dark_fraction",
        "mean_level",
        "focus",
        "edge_contrast",
        "structure",
        "light_ratio",
        "light_gradient",
        "registration_score",
        "likeness",
        "holes_unlike",
        "angle_deg",
        "visible_share",
    }
    assert np.isfinite(list(result.measures.values())).all()


def test_a_refused_picture_has_its_measures_too() -> None:
    assert "main/focus" in judged(render_part(with_level(outlined(), 0.35), 3)).measures
