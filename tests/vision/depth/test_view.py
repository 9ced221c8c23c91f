"""Dents of a view: by four lights, or by a depth picture, through the whole of `inspect`."""

from dataclasses import replace

import numpy as np
import pytest
from studies.dents import job, judged

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe, Shot
from inspectd.core.rules import DentRule
from inspectd.core.verdict import Decision, ReasonCode, ViewResult
from inspectd.simulate.defects import Defect as Drawn
from inspectd.simulate.dent import Dent
from inspectd.simulate.light import DIRECTED
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.scratch import Scratch
from inspectd.simulate.stain import Stain
from inspectd.simulate.surface import Surface
from inspectd.vision.depth.view import confirmed
from inspectd.vision.inspect import inspect

DENT = Dent((10.0, 8.0), 3.0, 0.14)


def part(*defects: Drawn, surface: Surface = Surface.BRUSHED) -> PartSpec:
    return PartSpec(surface=surface, defects=defects, width_px=400, height_px=320)


@pytest.mark.parametrize("surface", list(Surface))
def test_four_lights_show_a_dent_with_diameter_depth_and_volume(surface: Surface) -> None:
    result = judged(part(DENT, surface=surface), 5, job())
    (dent,) = result.defects
    assert dent.kind is DefectKind.DENT
    assert dent.diameter_mm == pytest.approx(3.0, abs=0.09)
    assert dent.depth_mm is not None
    assert dent.depth_uncertainty_mm is not None
    assert dent.volume_mm3 is not None
    assert abs(dent.depth_mm - 0.14) < dent.depth_uncertainty_mm
    assert abs(dent.volume_mm3 - 0.14 * np.pi / 8 * 9) < (dent.volume_uncertainty_mm3 or 0.0)
    assert np.mean(dent.contour_mm, axis=0) == pytest.approx([10.0, 8.0], abs=0.1)
    assert result.decision is Decision.FAIL
    assert "depth" in result.stages_ms


def test_a_known_finish_scales_the_depth_and_narrows_its_uncertainty() -> None:
    known = job(Recipe(dent=DentRule(depth_scale=0.5)))
    (dent,) = judged(part(DENT), 5, known).defects
    assert dent.depth_mm == pytest.approx(0.14, rel=0.2)
    assert dent.depth_uncertainty_mm == pytest.approx(0.2 * (dent.depth_mm or 0.0), rel=0.1)


def test_a_stain_has_no_depth_and_a_scratch_is_no_dent() -> None:
    stain = Stain((5.0, 8.0), 6.0, (0.6, 0.6, 0.6))
    scratch = Scratch((14.0, 8.0), 7.0, 0.25, 0.03, 60.0, 0.0, (0.6, 0.6, 0.6))
    kinds = {defect.kind for defect in judged(part(stain, scratch), 6, job()).defects}
    assert DefectKind.STAIN in kinds
    assert DefectKind.SCRATCH in kinds
    assert DefectKind.DENT not in kinds


def test_a_sound_part_passes() -> None:
    result = judged(part(surface=Surface.CAST), 7, job())
    assert result.decision is Decision.PASS


def test_one_shot_alone_measures_no_depth() -> None:
    spec = part(DENT, surface=Surface.PLASTIC)
    (dent,) = inspect(
        View((Frame(render_part(spec, 5), "main", 0),), "", simulated=True),
        Job(Recipe(), Calibration.from_scale(0.05)),
        lambda: 0,
    ).defects
    assert dent.kind is DefectKind.DENT
    assert dent.depth_mm is None


def test_lights_in_one_plane_give_no_verdict() -> None:
    full = job()
    assert full.calibration is not None
    shots = full.recipe.shots
    east, west = full.calibration.lights[1], full.calibration.lights[3]
    lights = (*full.calibration.lights[:1], east, west)
    flat = replace(
        full,
        recipe=full.recipe.model_copy(
            update={"shots": (shots[1], shots[3], Shot(name="again", light="east"))}
        ),
        calibration=full.calibration.model_copy(update={"lights": lights}),
    )
    spec = part(DENT)
    frames = tuple(
        Frame(render_part(replace(spec, light=light), 5), name, 0)
        for name, light in (("east", DIRECTED[1]), ("west", DIRECTED[3]), ("again", DIRECTED[1]))
    )
    result = inspect(View(frames, "", simulated=True), flat, lambda: 0)
    assert result.decision is Decision.NO_VERDICT
    assert result.reasons[0].code is ReasonCode.CALIBRATION_MISMATCH
    assert "one plane" in result.reasons[0].text


def test_a_saturated_frame_gives_no_verdict() -> None:
    spec = part(DENT)
    frames = [
        Frame(render_part(replace(spec, light=light), 5), light.name, 0) for light in DIRECTED
    ]
    frames[2] = replace(frames[2], pixels=np.full((320, 400), 255, np.uint8))
    result = inspect(View(tuple(frames), "", simulated=True), job(), lambda: 0)
    assert result.decision is Decision.NO_VERDICT
    assert result.reasons[0].code is ReasonCode.PICTURE_SATURATED


def depth_picture(diameter_mm: float = 3.0, noise_um: float = 1.0) -> Pixels:
    """A tilted, bent plate with a dent of 0.14 mm; a level is 1 µm, a pixel 0.05 mm."""
    y, x = np.mgrid[:320, :400] * 0.05
    radius = diameter_mm / 2.0
    away = np.hypot(x - 10.0, y - 8.0)
    bowl = 140.0 * np.clip(1.0 - (away / radius) ** 2, 0.0, None)
    noise = np.random.default_rng(1).normal(0.0, noise_um, x.shape)
    heights = 9_000.0 + 30.0 * x - 20.0 * y + 0.8 * x * x - bowl + noise
    return np.asarray(np.rint(heights), dtype=np.uint16)


def looked_at(pixels: Pixels, um_per_level: float = 1.0) -> ViewResult:
    recipe = Recipe(shots=(Shot(name="depth", depth_um_per_level=um_per_level),))
    frame = Frame(pixels, "depth", 0)
    return inspect(
        View((frame,), "", simulated=True), Job(recipe, Calibration.from_scale(0.05)), lambda: 0
    )


@pytest.mark.parametrize("diameter_mm", [1.5, 3.0, 6.0])
def test_a_depth_picture_shows_a_dent_under_tilt_and_bend(diameter_mm: float) -> None:
    (dent,) = looked_at(depth_picture(diameter_mm)).defects
    assert dent.kind is DefectKind.DENT
    assert dent.diameter_mm == pytest.approx(diameter_mm, abs=max(0.1, 0.03 * diameter_mm))
    assert dent.depth_mm == pytest.approx(0.14, rel=0.06)
    assert dent.volume_mm3 == pytest.approx(0.14 * np.pi / 8 * diameter_mm**2, rel=0.12)


def test_a_sensor_that_measures_distances_shows_the_same_dent() -> None:
    (up,) = looked_at(depth_picture()).defects
    (down,) = looked_at(20_000 - depth_picture(), um_per_level=-1.0).defects
    assert down.diameter_mm == pytest.approx(up.diameter_mm, abs=0.01)
    assert down.depth_mm == pytest.approx(up.depth_mm, rel=0.01)


def test_a_hill_in_a_depth_picture_is_an_anomaly_and_does_not_pass_unseen() -> None:
    result = looked_at(depth_picture(6.0), um_per_level=-1.0)
    (hill,) = result.defects
    assert hill.kind is DefectKind.OTHER
    assert hill.depth_mm is None
    assert hill.diameter_mm == pytest.approx(6.0, abs=0.18)
    assert result.decision is Decision.REVIEW


def test_a_hill_nearly_as_wide_as_a_dent_may_be_is_for_review_for_it_may_be_one() -> None:
    result = looked_at(depth_picture(2.3), um_per_level=-1.0)
    assert result.decision is Decision.REVIEW
    assert "may hold a dent" in result.reasons[0].text


def test_a_hill_much_smaller_than_a_dent_may_be_passes() -> None:
    assert looked_at(depth_picture(1.2), um_per_level=-1.0).decision is Decision.PASS


def test_a_smooth_depth_picture_passes() -> None:
    sound = depth_picture(3.0)
    sound[:] = depth_picture(0.01)
    assert looked_at(sound).decision is Decision.PASS


def test_small_holes_in_a_depth_picture_are_passed_over() -> None:
    pixels = depth_picture()
    rng = np.random.default_rng(2)
    pixels[rng.random(pixels.shape) < 0.03] = 0
    (dent,) = looked_at(pixels).defects
    assert dent.diameter_mm == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize(
    ("hole", "words"),
    [
        (np.s_[100:160, 300:360], "a dent beyond the limit could hide there"),
        (np.s_[:, 200:], "unknown in 50%"),
        (np.s_[:, :], "unknown in 100%"),
    ],
)
def test_unknown_heights_that_could_hide_a_dent_give_no_verdict(
    hole: tuple[slice, slice], words: str
) -> None:
    pixels = depth_picture()
    pixels[hole] = 0
    result = looked_at(pixels)
    assert result.decision is Decision.NO_VERDICT
    assert result.reasons[0].code is ReasonCode.PICTURE_INVALID
    assert words in result.reasons[0].text


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((320, 400), np.uint8),
        np.zeros((320, 400, 3), np.uint8),
        np.full((320, 400), np.nan, np.float32),
        np.full((320, 400), np.inf, np.float64),
    ],
)
def test_what_is_no_16_bit_depth_picture_gives_no_verdict(pixels: Pixels) -> None:
    result = looked_at(pixels)
    assert result.decision is Decision.NO_VERDICT
    assert result.reasons[0].code is ReasonCode.PICTURE_INVALID
    assert "16 bits" in result.reasons[0].text


@pytest.mark.parametrize("shape", [(0, 0), (0, 400), (31, 400)])
def test_a_region_without_size_gives_no_verdict(shape: tuple[int, int]) -> None:
    result = looked_at(np.zeros(shape, np.uint16))
    assert result.decision is Decision.NO_VERDICT


@pytest.mark.parametrize("level", [1, 30_000, 65_535])
def test_one_height_everywhere_is_no_measurement(level: int) -> None:
    assert looked_at(np.full((320, 400), level, np.uint16)).decision is Decision.NO_VERDICT


def shading(
    shot: str, kind: DefectKind = DefectKind.DENT, diameter_mm: float = 0.9, *, cut: bool = False
) -> Defect:
    half = diameter_mm / 2.0
    outline = ((5.0 - half, 5.0), (5.0, 5.0 + half), (5.0 + half, 5.0), (5.0, 5.0 - half))
    sizes = (diameter_mm, diameter_mm, diameter_mm, 0.5 * diameter_mm**2, None, 0.05, 0.05)
    return Defect(kind, *sizes, 0.02, shot, outline, outline, cut=cut)


def test_a_small_dent_that_one_light_alone_shows_is_an_anomaly() -> None:
    (found,) = confirmed([shading("north")], job())
    assert found.kind is DefectKind.OTHER
    assert found.diameter_mm == 0.9


@pytest.mark.parametrize(
    "shown",
    [
        [shading("north", diameter_mm=2.0)],  # too near the limit
        [shading("north"), shading("east")],  # two lights show it
        [shading("north", cut=True, diameter_mm=1.3)],
        [shading("north", cut=True), shading("east", DefectKind.OTHER)],
        [shading("north", DefectKind.SCRATCH, cut=True)],
        [shading("north", DefectKind.STAIN, cut=True)],
    ],
)
def test_what_may_be_a_defect_stays_what_it_is(shown: list[Defect]) -> None:
    assert confirmed(shown, job()) == shown


def test_a_small_bit_at_the_edge_that_one_light_alone_shows_is_nothing() -> None:
    assert confirmed([shading("north", DefectKind.OTHER, cut=True)], job()) == []


def test_without_calibrated_lights_all_stays_as_it_was_seen() -> None:
    plain = Job(job().recipe, Calibration.from_scale(0.05))
    shown = [shading("north"), shading("east", DefectKind.OTHER, cut=True)]
    assert confirmed(shown, plain) == shown


def test_a_dent_under_a_stripe_of_unknown_heights_does_not_pass() -> None:
    pixels = depth_picture(2.4)
    pixels[:, 191:210] = 0
    result = looked_at(pixels)
    assert result.decision is Decision.NO_VERDICT
    assert "could hide there" in result.reasons[0].text


def test_every_other_row_unknown_is_half_of_the_picture_unknown() -> None:
    pixels = depth_picture()
    pixels[::2] = 0
    result = looked_at(pixels)
    assert result.decision is Decision.NO_VERDICT
    assert "unknown in 50%" in result.reasons[0].text


def test_heights_at_full_scale_are_unknown_and_hide_no_dent() -> None:
    pixels = depth_picture()
    pixels[np.random.default_rng(3).random(pixels.shape) < 0.01] = 65_535
    (dent,) = looked_at(pixels).defects
    assert dent.diameter_mm == pytest.approx(3.0, abs=0.1)
    pixels[:, 300:] = 65_535
    assert looked_at(pixels).decision is Decision.NO_VERDICT


def test_a_groove_in_a_depth_picture_is_a_scratch_as_long_as_it_is() -> None:
    pixels = depth_picture(0.01)
    pixels[150:160, 60:300] -= 60
    result = looked_at(pixels)
    (groove,) = result.defects
    assert groove.kind is DefectKind.SCRATCH
    assert abs(groove.length_mm - 12.0) < groove.uncertainty_mm
    assert result.decision is Decision.FAIL


def test_what_is_no_bowl_in_a_depth_picture_is_an_anomaly() -> None:
    pixels = depth_picture(0.01)
    pixels[100:180, 100:240] -= 60
    pixels[150:180, 140:240] += 60
    result = looked_at(pixels)
    assert {found.kind for found in result.defects} == {DefectKind.OTHER}
    assert result.decision is Decision.REVIEW


def test_a_dent_that_the_edge_of_a_depth_picture_cuts_in_half_does_not_pass() -> None:
    pixels = depth_picture(2.4)[:, 198:]
    result = looked_at(pixels)
    assert any(found.cut for found in result.defects)
    assert result.decision in {Decision.REVIEW, Decision.FAIL}


def test_a_deep_dent_whose_rim_is_uncertain_does_not_pass_as_a_small_anomaly() -> None:
    deep = PartSpec(
        surface=Surface.PLASTIC,
        defects=(Dent((20.0, 17.0), 2.2, 0.2),),
        width_px=800,
        height_px=700,
    )
    result = judged(deep, 5, job())
    assert result.decision in {Decision.REVIEW, Decision.FAIL}
