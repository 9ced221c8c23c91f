"""inspect: from the pictures of one part to class, size and decision of what they show."""

import itertools
import math
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.defect import DefectKind
from inspectd.core.fields import Correction, Fields
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe, Shot
from inspectd.core.verdict import Decision, ReasonCode, ViewResult
from inspectd.station.threads import Threads
from inspectd.vision.inspect import MAX_DEFECTS, inspect

Drawing = NDArray[np.uint8]


def judged(*pixels: Pixels, mm_per_px: float = 0.05) -> ViewResult:
    shots = tuple(Shot(name=f"shot{index}") for index in range(len(pixels)))
    frames = tuple(
        Frame(picture, shot.name, 100 + index)
        for index, (shot, picture) in enumerate(zip(shots, pixels, strict=True))
    )
    calibration = Calibration.from_scale(mm_per_px)
    return inspect(
        View(frames, "", simulated=True), Job(Recipe(shots=shots), calibration), lambda: 0
    )


def grained(drawing: Drawing) -> Drawing:
    """A drawing with the least noise that a sensor has: half of the pixels a level higher."""
    grain = np.random.default_rng(8).integers(0, 2, drawing.shape, np.uint8)
    return np.asarray(drawing + grain, dtype=np.uint8)


def sheet(rows: int = 400, columns: int = 500) -> Drawing:
    return np.full((rows, columns), 128, np.uint8)


def coloured_sheet(rows: int = 400, columns: int = 500) -> Drawing:
    return np.full((rows, columns, 3), 128, np.uint8)


def ruled(x: float, y: float, length_px: float, angle_deg: float, width_px: float) -> Drawing:
    """A sheet with a dark line of exact, fractional geometry: 1 px of soft edge all around."""
    rows, columns = np.mgrid[:400, :500].astype(float)
    cos, sin = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    along = (columns - x) * cos + (rows - y) * sin
    across = (rows - y) * cos - (columns - x) * sin
    outside = np.maximum(np.abs(along) - length_px / 2, np.abs(across) - width_px / 2)
    drawing = np.rint(128 - 70 * np.clip(0.5 - outside, 0, 1))
    return np.asarray(drawing, dtype=np.uint8)


@pytest.mark.parametrize("radius_px", [6, 8, 14, 20, 30])
@pytest.mark.parametrize("beside_px", [0, 20, 45])
def test_a_line_of_8_mm_with_a_knot_on_it_never_passes(radius_px: int, beside_px: int) -> None:
    drawn = ruled(250, 200, 160, 0, 4)
    drawn[drawn < 128] = 110
    cv2.circle(drawn, (250 + beside_px, 200), radius_px, 40, -1)
    noise = np.random.default_rng(1).normal(0, 1.3, drawn.shape)
    grainy = np.rint(drawn + noise).clip(0, 255).astype(np.uint8)
    assert judged(grainy).decision is not Decision.PASS


@pytest.mark.parametrize("mm_per_px", [0.05, 0.1])
def test_a_drawn_line_of_8_mm_is_a_scratch_too_long(mm_per_px: float) -> None:
    result = judged(
        ruled(250, 200, 8 / mm_per_px, 0, max(2.0, 0.2 / mm_per_px)), mm_per_px=mm_per_px
    )
    (scratch,) = result.defects
    assert scratch.kind is DefectKind.SCRATCH
    assert scratch.length_mm == pytest.approx(8.0, abs=0.15)
    assert scratch.width_mm == pytest.approx(0.2, abs=0.1)
    assert result.decision is Decision.FAIL
    assert result.reasons[0].code is ReasonCode.SCRATCH_TOO_LONG


@given(st.floats(170, 330), st.floats(170, 230), st.floats(0, 180), st.sampled_from([90.0, 160.0]))
@settings(max_examples=40, deadline=None)  # others may use the processor, too
@example(x=171.0, y=170.0, angle_deg=178.0, length_px=90.0)
def test_the_length_of_a_line_depends_on_neither_its_place_nor_its_direction(
    x: float, y: float, angle_deg: float, length_px: float
) -> None:
    (scratch,) = judged(ruled(x, y, length_px, angle_deg, 4.0)).defects
    assert scratch.kind is DefectKind.SCRATCH
    assert scratch.length_mm == pytest.approx(0.05 * length_px, abs=0.12)


@pytest.mark.parametrize("bend_deg", [60.0, 120.0, 180.0])
def test_a_bent_line_is_measured_along_its_bend(bend_deg: float) -> None:
    drawing = sheet()
    cv2.ellipse(drawing, (250, 200), (80, 80), 0, 0, bend_deg, 60, 4, cv2.LINE_AA)
    (scratch,) = judged(drawing).defects
    assert scratch.kind is DefectKind.SCRATCH
    round_caps_mm = 0.2
    assert scratch.length_mm == pytest.approx(
        4.0 * math.radians(bend_deg) + round_caps_mm, abs=0.15
    )


@pytest.mark.parametrize("mm_per_px", [0.05, 0.1])
@pytest.mark.parametrize("grey", [90, 110, 200])
def test_a_grey_disc_of_12_mm2_is_a_stain_too_large(mm_per_px: float, grey: int) -> None:
    drawing = sheet()
    radius = round(math.sqrt(12 / math.pi) / mm_per_px)
    cv2.circle(drawing, (250, 200), radius, grey, cv2.FILLED)
    result = judged(drawing, mm_per_px=mm_per_px)
    (stain,) = result.defects
    assert stain.kind is DefectKind.STAIN
    assert stain.area_mm2 == pytest.approx(math.pi * (radius * mm_per_px) ** 2, rel=0.03)
    assert stain.contrast == pytest.approx((grey - 128) / 255, abs=0.02)
    assert result.decision is Decision.FAIL


def test_a_stain_of_another_colour_but_the_same_lightness_is_found() -> None:
    drawing = coloured_sheet()
    cv2.circle(drawing, (250, 200), 40, (112, 136, 128), cv2.FILLED)
    (stain,) = judged(drawing).defects
    assert stain.kind is DefectKind.STAIN
    assert stain.area_mm2 == pytest.approx(math.pi * 4.0, rel=0.03)


def test_a_bowl_lit_from_one_side_is_a_dent() -> None:
    rows, columns = np.mgrid[:400, :500].astype(float)
    dx, dy = (columns - 250) / 30, (rows - 200) / 30
    drawing = np.rint(128 + np.where(np.hypot(dx, dy) < 1, 50 * dx, 0)).astype(np.uint8)
    result = judged(grained(drawing))
    (dent,) = result.defects
    assert dent.kind is DefectKind.DENT
    assert dent.diameter_mm == pytest.approx(3.0, abs=0.15)
    assert dent.depth_mm is None
    assert result.decision is Decision.FAIL


def test_a_hollow_much_longer_than_wide_is_no_dent() -> None:
    rows, columns = np.mgrid[:400, :500].astype(float)
    dx, dy = (columns - 250) / 70, (rows - 200) / 28
    drawing = np.rint(128 + np.where(np.hypot(dx, dy) < 1, 50 * dy, 0)).astype(np.uint8)
    (found,) = judged(grained(drawing)).defects
    assert found.kind is DefectKind.OTHER


@pytest.mark.parametrize(
    ("length_px", "kind"), [(30.0, DefectKind.STAIN), (60.0, DefectKind.SCRATCH)]
)
def test_a_bar_is_a_scratch_where_it_is_much_longer_than_wide(
    length_px: float, kind: DefectKind
) -> None:
    (found,) = judged(ruled(250, 200, length_px, 0, 10.0)).defects
    assert found.kind is kind


def test_a_shadow_without_a_border_is_no_stain() -> None:
    rows, columns = np.mgrid[:400, :500].astype(float)
    bell = np.exp(-((columns - 250) ** 2 + (rows - 200) ** 2) / (2 * 40.0**2))
    result = judged(np.rint(128 - 40 * bell).astype(np.uint8))
    assert {defect.kind for defect in result.defects} == {DefectKind.OTHER}


@pytest.mark.parametrize("grey", [90, 200])
def test_small_defects_are_listed_and_tolerated(grey: int) -> None:
    drawing = sheet()
    cv2.circle(drawing, (250, 200), 20, grey, cv2.FILLED)
    result = judged(drawing)
    assert result.decision is Decision.PASS
    assert len(result.defects) == 1


def test_a_stain_that_the_pictures_edge_cuts_off_is_for_review() -> None:
    drawing = sheet()
    cv2.circle(drawing, (0, 200), 20, 90, cv2.FILLED)
    result = judged(drawing)
    assert result.defects[0].cut
    assert result.decision is Decision.REVIEW


@pytest.mark.parametrize(("length_px", "radius"), [(150, 20), (60, 45), (150, 45)])
def test_of_two_defects_that_touch_neither_hides_the_other(length_px: int, radius: int) -> None:
    drawing = sheet()
    cv2.line(drawing, (100, 200), (100 + length_px, 200), 60, 4)
    cv2.circle(drawing, (100 + length_px + radius - 3, 200), radius, 90, cv2.FILLED)
    result = judged(drawing)
    assert result.decision is Decision.FAIL
    assert len(result.defects) == 2
    covered = np.ptp(np.vstack([defect.contour_px for defect in result.defects])[:, 0])
    assert covered == pytest.approx(length_px + 2 * radius, rel=0.1)


def test_of_three_defects_that_touch_every_one_is_found() -> None:
    drawing = sheet()
    cv2.line(drawing, (100, 200), (220, 200), 60, 4)
    for column in (77, 243):
        cv2.circle(drawing, (column, 200), 25, 90, cv2.FILLED)
    kinds = sorted(defect.kind for defect in judged(drawing).defects)
    assert kinds == [DefectKind.SCRATCH, DefectKind.STAIN, DefectKind.STAIN]


@pytest.mark.parametrize("count", [4, 6])
def test_a_tangle_that_cannot_be_taken_apart_is_listed_whole_and_nothing_of_it_twice(
    count: int,
) -> None:
    drawing = sheet()
    for index in range(count):
        column = 60 + 62 * index
        cv2.circle(drawing, (column, 200), 20, 170 if index % 2 else 90, cv2.FILLED)
        if index < count - 1:
            cv2.line(drawing, (column + 20, 200), (column + 42, 200), 60, 4)
    result = judged(grained(drawing))
    assert result.decision is not Decision.PASS
    outlines = [defect.contour_px for defect in result.defects]
    assert len(set(outlines)) == len(outlines)
    covered = np.ptp(np.vstack(outlines)[:, 0])
    assert covered > 0.95 * (62 * (count - 1) + 40)


def test_a_frame_of_thin_lines_is_not_taken_for_something_small() -> None:
    drawing = sheet()
    cv2.rectangle(drawing, (40, 40), (460, 360), 70, 3)
    result = judged(drawing)
    assert result.decision is not Decision.PASS
    assert max(defect.diameter_mm for defect in result.defects) > 10.0


def test_sixteen_bit_pictures_give_the_same_sizes() -> None:
    drawing = ruled(250, 200, 160, 30, 4)
    (narrow,), (wide,) = judged(drawing).defects, judged(drawing.astype(np.uint16) * 257).defects
    assert wide.length_mm == pytest.approx(narrow.length_mm, abs=0.01)


def test_a_defect_seen_in_two_shots_is_listed_once() -> None:
    weak, strong = ruled(250, 200, 150, 30, 4), ruled(250, 200, 160, 30, 4)
    result = judged(weak, strong)
    (scratch,) = result.defects
    assert scratch.shot == "shot1"
    assert scratch.length_mm == pytest.approx(8.0, abs=0.15)


def test_defects_of_different_shots_are_all_listed() -> None:
    stained = sheet()
    cv2.circle(stained, (100, 300), 40, 90, cv2.FILLED)
    result = judged(ruled(250, 150, 160, 10, 4), stained)
    assert {defect.kind for defect in result.defects} == {DefectKind.SCRATCH, DefectKind.STAIN}


def test_of_very_many_defects_the_worst_are_listed_and_the_rest_counted_as_truncated() -> None:
    drawing = sheet(1000, 1000)
    centres = list(itertools.product(range(60, 960, 100), range(60, 960, 100)))
    for index, (x, y) in enumerate(centres):
        cv2.circle(drawing, (x, y), 12 if index < 20 else 8, 90, cv2.FILLED)
    result = judged(drawing)
    assert len(centres) > MAX_DEFECTS == len(result.defects)
    assert result.truncated
    assert sum(defect.area_mm2 > 0.05**2 * math.pi * 10**2 for defect in result.defects) == 20


def test_stages_are_timed_by_the_clock_handed_in() -> None:
    clock = itertools.count(0, 1_000_000)
    view = View((Frame(ruled(250, 200, 160, 0, 4), "main", 9),), "", simulated=True)
    result = inspect(view, Job(Recipe(), Calibration.from_scale(0.05)), lambda: next(clock))
    assert list(result.stages_ms) == [
        "gate", "normalise", "lines", "background", "texture", "regions", "classify", "dents",
        "measure", "decide",
    ]  # fmt: skip
    assert all(spent >= 1.0 for spent in result.stages_ms.values())
    assert result.vision_ms > sum(result.stages_ms.values())


def test_a_result_carries_the_last_frames_time() -> None:
    result = judged(sheet() + ruled(250, 200, 99, 0, 4) // 9, ruled(250, 200, 99, 0, 4))
    assert result.received_ns == 101


@pytest.mark.parametrize("simulated", [True, False])
def test_a_result_says_whether_its_pictures_were_simulated(simulated: bool) -> None:
    view = View((Frame(ruled(250, 200, 99, 0, 4), "main", 9),), "", simulated=simulated)
    result = inspect(view, Job(Recipe(), Calibration.from_scale(0.05)), lambda: 0)
    assert result.simulated is simulated


@given(
    arrays(np.uint8, st.sampled_from([(32, 32), (33, 47), (64, 50, 3), (97, 61)])),
    st.sampled_from([0.01, 0.05, 0.5]),
)
@settings(max_examples=60, deadline=None)
def test_no_picture_whatever_raises(pixels: Drawing, mm_per_px: float) -> None:
    result = judged(pixels, mm_per_px=mm_per_px)
    assert result.decision in set(Decision) - {Decision.NONE}
    assert result.decision is Decision.PASS or result.reasons


@given(st.integers(0, 2**32 - 1), st.integers(32, 200), st.integers(32, 200), st.integers(0, 12))
@settings(max_examples=40, deadline=None)
def test_no_drawing_whatever_raises(seed: int, rows: int, columns: int, strokes: int) -> None:
    rng = np.random.default_rng(seed)
    drawing = rng.normal(128, rng.uniform(0, 20), (rows, columns)).clip(0, 255).astype(np.uint8)
    for _ in range(strokes):
        ends = rng.integers(-20, 220, 4).tolist()
        cv2.line(drawing, ends[:2], ends[2:], int(rng.integers(256)), int(rng.integers(1, 30)))
    result = judged(drawing)
    assert result.decision is Decision.PASS or result.reasons


@pytest.fixture
def two_threads() -> Iterator[Threads]:
    threads = Threads(2)
    yield threads
    threads.close()


@pytest.mark.parametrize("colour", [False, True])
def test_two_threads_say_the_same_as_one_to_the_last_bit(
    two_threads: Threads, colour: bool
) -> None:
    rng = np.random.default_rng(3)
    drawing = np.rint(rng.normal(128, 3, (611, 1_403))).astype(np.uint8)
    cv2.line(drawing, (100, 100), (420, 180), 60, 3)
    cv2.circle(drawing, (900, 400), 40, 90, -1)
    pixels = np.dstack((drawing, drawing // 2, drawing)) if colour else drawing
    view = View((Frame(pixels, "main", 9),), "", simulated=True)
    job = Job(Recipe(), Calibration.from_scale(0.05))
    alone = inspect(view, job, lambda: 0)
    assert len(alone.defects) == 2
    for _ in range(5):
        assert inspect(view, job, lambda: 0, two_threads) == alone


def _named(correction: Correction | None) -> Job:
    """What a calibration with fields makes of it."""
    calibration = Calibration.from_scale(0.05).model_copy(
        update={"fields": "f.npz", "fields_sha256": "0" * 64}
    )
    return Job(Recipe(), calibration, correction)


def _even(shape: tuple[int, ...], full_scale_dn: int = 255) -> Fields:
    return Fields(np.zeros(shape, np.float32), np.ones(shape, np.float32), full_scale_dn)


@pytest.mark.parametrize(
    "correction",
    [None, _even((400, 501)).correction(), _even((400, 500), 65_535).correction()],
    ids=["unread", "of another size", "of another bit depth"],
)
def test_fields_that_do_not_fit_give_no_verdict(correction: Correction | None) -> None:
    view = View((Frame(ruled(250, 200, 20, 0, 4), "main", 9),), "", simulated=True)
    result = inspect(view, _named(correction), lambda: 0)
    assert result.decision is Decision.NO_VERDICT
    assert [reason.code for reason in result.reasons] == [ReasonCode.CALIBRATION_MISMATCH]


@pytest.mark.parametrize("colour", [False, True])
def test_what_lies_on_the_lens_is_no_stain_when_the_fields_know_it(colour: bool) -> None:
    rows, columns = np.mgrid[:400, :500]
    gain = np.ones((400, 500), np.float32)
    gain[np.hypot(rows - 200, columns - 250) < 40] = 1.25
    sound = np.random.default_rng(2).normal(128, 2, gain.shape)
    seen = np.rint(sound / gain).astype(np.uint8)
    if colour:
        seen, gain = np.dstack([seen] * 3), np.dstack([gain] * 3)
    view = View((Frame(seen, "main", 9),), "", simulated=True)
    fields = Fields(np.zeros(gain.shape, np.float32), gain, 255)
    assert inspect(view, _named(fields.correction()), lambda: 0).decision is Decision.PASS
    bare = Job(Recipe(), Calibration.from_scale(0.05))
    assert inspect(view, bare, lambda: 0).defects


@pytest.mark.parametrize("wavelength_mm", [0.2, 2.5])
def test_a_wavelength_that_no_filter_has_gives_no_verdict(wavelength_mm: float) -> None:
    recipe = Recipe.model_validate({"vision": {"wavelengths_mm": [0.5, wavelength_mm]}})
    view = View((Frame(ruled(250, 200, 160, 0, 4), "main", 9),), "", simulated=True)
    result = inspect(view, Job(recipe, Calibration.from_scale(0.05)), lambda: 0)
    assert result.decision is Decision.NO_VERDICT
    assert result.reasons[0].code is ReasonCode.RECIPE_MISMATCH
    assert "0.3 to 2 mm" in result.reasons[0].text


def test_a_wavelength_in_mm_is_the_same_as_its_pixels() -> None:
    view = View((Frame(ruled(250, 200, 160, 0, 4), "main", 9),), "", simulated=True)
    calibration = Calibration.from_scale(0.05)
    in_px, in_mm = (
        Recipe.model_validate({"vision": vision})
        for vision in ({"wavelength_px": 12.0}, {"wavelengths_mm": [0.6]})
    )
    assert inspect(view, Job(in_px, calibration), lambda: 0) == inspect(
        view, Job(in_mm, calibration), lambda: 0
    )
