"""The gate: a view that cannot be judged gets NO-VERDICT, and each doubt its own reason."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Aoi, Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe, Shot
from inspectd.core.verdict import Decision, ReasonCode, ViewResult
from inspectd.vision.gate import _dead_share
from inspectd.vision.inspect import inspect
from inspectd.vision.normalise import linearise

SCALE = Calibration.from_scale(0.05)


def surface(rows: int = 200, columns: int = 240, level: float = 120.0) -> NDArray[np.uint8]:
    noise = np.random.default_rng(3).normal(level, 2.0, (rows, columns))
    return np.clip(np.rint(noise), 0, 255).astype(np.uint8)


def view(*frames: tuple[str, Pixels], serial: str = "7") -> View:
    return View(tuple(Frame(pixels, shot, 5) for shot, pixels in frames), serial, simulated=False)


def judged(
    seen: View, calibration: Calibration | None = SCALE, recipe: Recipe | None = None
) -> ViewResult:
    return inspect(seen, Job(recipe or Recipe(), calibration), lambda: 0)


def assert_refused(result: ViewResult, code: ReasonCode, *words: str) -> None:
    assert result.decision is Decision.NO_VERDICT
    assert code in {reason.code for reason in result.reasons}
    text = " ".join(reason.text for reason in result.reasons)
    assert all(word in text for word in words)
    assert result.defects == ()


def test_a_sound_picture_gets_through() -> None:
    assert judged(view(("main", surface()))).decision is Decision.PASS


def test_without_calibration_there_is_no_verdict() -> None:
    assert_refused(judged(view(("main", surface())), None), ReasonCode.UNCALIBRATED)


def test_another_cameras_calibration_is_no_verdict() -> None:
    other = SCALE.model_copy(update={"camera_serial": "8"})
    assert_refused(
        judged(view(("main", surface())), other), ReasonCode.CALIBRATION_MISMATCH, "8", "7"
    )


@pytest.mark.parametrize("wrong", [{"width_px": 241}, {"height_px": 199}])
def test_a_calibration_for_another_picture_size_is_no_verdict(wrong: dict[str, int]) -> None:
    other = SCALE.model_copy(update=wrong)
    assert_refused(
        judged(view(("main", surface())), other), ReasonCode.CALIBRATION_MISMATCH, "240 x 200"
    )


def test_a_calibration_for_this_camera_and_size_gets_through() -> None:
    fitting = SCALE.model_copy(update={"camera_serial": "7", "width_px": 240, "height_px": 200})
    assert judged(view(("main", surface())), fitting).decision is Decision.PASS


@pytest.mark.parametrize("shots", [(), ("main", "main"), ("other",)])
def test_shots_other_than_planned_are_no_verdict(shots: tuple[str, ...]) -> None:
    seen = view(*((shot, surface()) for shot in shots))
    assert_refused(judged(seen), ReasonCode.SHOT_MISSING, "main")


def test_shots_of_different_sizes_are_no_verdict() -> None:
    recipe = Recipe(shots=(Shot(name="a"), Shot(name="b")))
    seen = view(("a", surface()), ("b", surface(rows=204)))
    assert_refused(judged(seen, recipe=recipe), ReasonCode.PICTURE_INVALID, "240 x 204")


@pytest.mark.parametrize("shape", [(1, 1), (31, 300), (300, 31)])
def test_a_picture_too_small_to_judge_is_no_verdict(shape: tuple[int, int]) -> None:
    assert_refused(judged(view(("main", surface(*shape)))), ReasonCode.PICTURE_INVALID)


def test_a_picture_without_content_is_no_verdict() -> None:
    same = np.full((200, 240), 128, np.uint8)
    assert_refused(judged(view(("main", same))), ReasonCode.PICTURE_INVALID)


def test_a_picture_of_one_grey_with_a_stray_pixel_is_no_verdict() -> None:
    same = np.full((200, 240), 128, np.uint8)
    same[100, 120] = 60
    assert_refused(judged(view(("main", same))), ReasonCode.PICTURE_INVALID, "same grey")


@pytest.mark.parametrize(
    "white",
    [
        np.full((200, 240), 255, np.uint8),
        np.full((200, 240), 4_095 << 4, np.uint16),
        np.full((200, 240), 65_535, np.uint16),
        np.full((200, 240, 3), 255, np.uint8),
    ],
    ids=["Mono8", "Mono12", "Mono16", "BGR8"],
)
def test_a_picture_all_white_or_all_black_is_no_verdict(white: Pixels) -> None:
    assert_refused(judged(view(("main", white))), ReasonCode.PICTURE_SATURATED, "100.0%")
    assert_refused(judged(view(("main", np.zeros_like(white)))), ReasonCode.PICTURE_DARK)


def test_a_saturated_picture_is_no_verdict() -> None:
    bright = surface()
    bright[:40] = 255
    assert_refused(judged(view(("main", bright))), ReasonCode.PICTURE_SATURATED, "20.0%", "5.0%")


@pytest.mark.parametrize(("rows", "refused"), [(10, False), (11, True)])
def test_the_recipe_says_how_much_may_be_saturated(rows: int, refused: bool) -> None:
    bright = surface()
    bright[:rows] = 255  # of 200, where a twentieth is allowed
    codes = {reason.code for reason in judged(view(("main", bright))).reasons}
    assert (ReasonCode.PICTURE_SATURATED in codes) is refused


@pytest.mark.parametrize(("level", "refused"), [(6.0, True), (10.0, True), (10.4, False)])
def test_a_picture_darker_than_the_recipe_says_is_no_verdict(level: float, refused: bool) -> None:
    result = judged(view(("main", surface(level=level))))
    assert (result.decision is Decision.NO_VERDICT) is refused
    assert (ReasonCode.PICTURE_DARK in {reason.code for reason in result.reasons}) is refused


@pytest.mark.parametrize(("count", "refused"), [(200, False), (201, True)])
def test_more_anomalies_than_any_part_has_are_no_verdict(count: int, refused: bool) -> None:
    spotted = surface(1000, 1000)
    places = itertools.product(range(30, 960, 60), range(30, 960, 60))
    for row, column in itertools.islice(places, count):
        spotted[row : row + 6, column : column + 6] = 20
    result = judged(view(("main", spotted)))
    assert (result.decision is Decision.NO_VERDICT) is refused
    if refused:
        assert_refused(result, ReasonCode.TOO_MANY_ANOMALIES, "201 anomalies", "at most 200")


def test_a_surface_on_which_a_stain_would_not_stand_out_is_no_verdict() -> None:
    blotches = np.random.default_rng(1).integers(20, 235, (25, 30)).astype(np.uint8)
    mottled = np.kron(blotches, np.ones((16, 16), np.uint8)).astype(np.uint8)
    assert_refused(judged(view(("main", mottled))), ReasonCode.TOO_MANY_ANOMALIES, "stand out")


def test_every_doubt_is_named() -> None:
    result = judged(view(("other", surface(10, 10))), None)
    codes = {reason.code for reason in result.reasons}
    assert codes == {ReasonCode.SHOT_MISSING, ReasonCode.UNCALIBRATED, ReasonCode.PICTURE_INVALID}


@pytest.mark.parametrize(
    ("holds_for", "seen", "refused"),
    [
        (None, Aoi(offset_x_px=8), False),
        (None, None, False),
        (Aoi(offset_x_px=8), Aoi(offset_x_px=8), False),
        (Aoi(), Aoi(), False),
        (Aoi(), Aoi(offset_x_px=1), True),
        (Aoi(), Aoi(offset_y_px=1), True),
        (Aoi(), Aoi(binning_x=2), True),
        (Aoi(), Aoi(binning_y=2), True),
        (Aoi(offset_x_px=8), Aoi(), True),
        (Aoi(), None, True),
    ],
)
def test_a_calibration_for_another_part_of_the_sensor_is_no_verdict(
    holds_for: Aoi | None, seen: Aoi | None, refused: bool
) -> None:
    calibration = SCALE.model_copy(update={"aoi": holds_for})
    result = judged(replace(view(("main", surface())), aoi=seen), calibration)
    if refused:
        assert_refused(result, ReasonCode.CALIBRATION_MISMATCH, "offset", "binning")
    else:
        assert result.decision is Decision.PASS


def _grey_noise(rows: int = 512, columns: int = 640) -> NDArray[np.uint8]:
    noise = np.random.default_rng(5).normal(128, 2, (rows, columns))
    return np.rint(noise).astype(np.uint8)


@pytest.mark.parametrize(
    "lost",
    [np.s_[300:, :], np.s_[100:170, :], np.s_[:, 200:300], np.s_[64:192, 64:192]],
    ids=["half", "rows", "columns", "block"],
)
def test_a_part_of_one_grey_without_noise_is_no_picture_of_a_part(
    lost: tuple[slice, slice],
) -> None:
    picture = _grey_noise()
    picture[10:20, 20:40] = 60
    picture[12:14, 400:420] = 240
    assert _dead_share(linearise(picture, 1.0)) == 0
    picture[lost] = 128
    assert _dead_share(linearise(picture, 1.0)) > 0


@pytest.mark.parametrize("end", [0, 255])
def test_what_is_clipped_is_not_taken_for_lost(end: int) -> None:
    picture = _grey_noise()
    picture[:, 400:] = end
    assert _dead_share(linearise(picture, 1.0)) == 0
