"""The bound on the work: from the candidates alone, and never a PASS."""

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Frame, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, ReasonCode
from inspectd.vision.budget import refuse_work
from inspectd.vision.inspect import inspect
from inspectd.vision.lines import NO_SEEDS
from inspectd.vision.regions import Candidates

ROWS, COLUMNS = 200, 300


def found(*boxes: tuple[int, int, int, int], filled: bool = False) -> Candidates:
    """Candidates with these boxes, of their upper left pixel or all of their boxes."""
    labels = np.zeros((ROWS, COLUMNS), np.int32)
    for number, (left, top, width, height) in enumerate(boxes, 1):
        high, wide = (height, width) if filled else (1, 1)
        labels[top : top + high, left : left + wide] = number
    listed = np.array(boxes, dtype=np.int32).reshape(-1, 4)
    return Candidates(labels, listed, NO_SEEDS, len(listed))


def test_nothing_found_is_nothing_to_do() -> None:
    assert refuse_work("main", found()) == ()


def test_one_line_from_corner_to_corner_is_looked_at() -> None:
    assert refuse_work("main", found((0, 0, COLUMNS, ROWS))) == ()


def test_eight_lines_along_all_of_the_picture_are_looked_at() -> None:
    assert refuse_work("main", found(*[(20, 24 * i, 260, 6) for i in range(8)])) == ()


def test_many_small_ones_are_looked_at() -> None:
    boxes = [(3 * (i % 90), 3 * (i // 90), 2, 2) for i in range(200)]
    assert refuse_work("main", found(*boxes)) == ()


@pytest.mark.parametrize(
    ("candidates", "words"),
    [
        (found(*[(1, 1, 200, 150)] * 7), "7 anomalies with the surface around them are 5.9"),
        (found(*[(i, 0, 1, 1) for i in range(201)]), "201 anomalies, at most 200"),
        (found((0, 0, 150, ROWS), filled=True), "anomalies cover 50% of the picture"),
    ],
)
def test_too_much_work_is_told(candidates: Candidates, words: str) -> None:
    (reason,) = refuse_work("left", candidates)
    assert reason.code is ReasonCode.TOO_MANY_ANOMALIES
    assert reason.rule == "crowded.outcome"
    assert reason.text.startswith("shot left: ")
    assert words in reason.text


def test_a_part_with_eight_long_scratches_fails_whoever_looks_first() -> None:
    picture = np.full((512, 612), 128, np.uint8)
    for k in range(8):
        cv2.line(picture, (40, 50 + 52 * k), (570, 60 + 52 * k), 90, 3, cv2.LINE_AA)
    noisy = picture + np.random.default_rng(3).normal(0, 2, picture.shape)
    pixels = np.rint(noisy.clip(0, 255)).astype(np.uint8)
    view = View((Frame(pixels, "main", 0),), "", simulated=False)
    job = Job(Recipe(), Calibration.from_scale(0.05))

    def last_first(work: Sequence[Callable[[], Any]]) -> list[Any]:
        return [do() for do in reversed(work)][::-1]

    result = inspect(view, job, lambda: 0)
    assert result.decision is Decision.FAIL
    assert len(result.defects) == 8
    assert inspect(view, job, lambda: 0, last_first).defects == result.defects


def crowded() -> NDArray[np.uint8]:
    """Crossing lines all over."""
    rng = np.random.default_rng(3)
    picture = np.full((800, 1000), 128, np.uint8)
    for _ in range(40):
        ends = rng.integers(0, (1000, 800), (2, 2)).tolist()
        cv2.line(picture, ends[0], ends[1], 80, 3, cv2.LINE_AA)
    return np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("outcome", "decision"), [("no_verdict", Decision.NO_VERDICT), ("fail", Decision.FAIL)]
)
def test_a_crowded_picture_gets_what_the_recipe_says_without_being_looked_at(
    outcome: str, decision: Decision
) -> None:
    recipe = Recipe.model_validate({"crowded": {"outcome": outcome}})
    view = View((Frame(crowded(), "main", 0),), "", simulated=False)
    result = inspect(view, Job(recipe, Calibration.from_scale(0.05)), lambda: 0)
    assert result.decision is decision
    assert {reason.code for reason in result.reasons} == {ReasonCode.TOO_MANY_ANOMALIES}
    assert "classify" not in result.stages_ms
