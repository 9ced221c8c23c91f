"""The gate: a view that cannot be judged gets NO-VERDICT, and each doubt its own reason."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Frame, View
from inspectd.core.recipe import Recipe, Shot
from inspectd.core.verdict import Decision, ReasonCode, ViewResult
from inspectd.vision.inspect import inspect

SCALE = Calibration.from_scale(0.05)


def surface(rows: int = 200, columns: int = 240, level: float = 120.0) -> NDArray[np.uint8]:
    noise = np.random.default_rng(3).normal(level, 2.0, (rows, columns))
    return np.clip(np.rint(noise), 0, 255).astype(np.uint8)


def view(*frames: tuple[str, NDArray[np.uint8]], serial: str = "7") -> View:
    return View(tuple(Frame(pixels, shot, 5) for shot, pixels in frames), serial, simulated=False)


def judged(
    seen: View, calibration: Calibration | None = SCALE, recipe: Recipe | None = None
) -> ViewResult:
    return inspect(seen, recipe or Recipe(), calibration, lambda: 0)


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


def test_a_saturated_picture_is_no_verdict() -> None:
    bright = surface()
    bright[:40] = 255
    assert_refused(judged(view(("main", bright))), ReasonCode.PICTURE_SATURATED, "20.0%", "5.0%")


def test_a_dark_picture_is_no_verdict() -> None:
    assert_refused(judged(view(("main", surface(level=6.0)))), ReasonCode.PICTURE_DARK)


def test_more_anomalies_than_any_part_has_are_no_verdict() -> None:
    spotted = surface(1000, 1000)
    spotted[30::60, 30::60] = 250
    for row in range(30, 1000, 60):
        for column in range(30, 1000, 60):
            spotted[row : row + 6, column : column + 6] = 20
    assert_refused(judged(view(("main", spotted))), ReasonCode.TOO_MANY_ANOMALIES, "anomalies")


def test_a_surface_on_which_a_stain_would_not_stand_out_is_no_verdict() -> None:
    blotches = np.random.default_rng(1).integers(20, 235, (25, 30)).astype(np.uint8)
    mottled = np.kron(blotches, np.ones((16, 16), np.uint8)).astype(np.uint8)
    assert_refused(judged(view(("main", mottled))), ReasonCode.TOO_MANY_ANOMALIES, "stand out")


def test_every_doubt_is_named() -> None:
    result = judged(view(("other", surface(10, 10))), None)
    codes = {reason.code for reason in result.reasons}
    assert codes == {ReasonCode.SHOT_MISSING, ReasonCode.UNCALIBRATED, ReasonCode.PICTURE_INVALID}
