"""candidates and facing: what is looked at closely, and what belongs together."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inspectd.core.recipe import Vision
from inspectd.vision.background import Departure, departure
from inspectd.vision.normalise import linearise
from inspectd.vision.pairs import facing
from inspectd.vision.regions import Candidates, candidates
from inspectd.vision.texture import anomaly, gabor_energy


def surface() -> NDArray[np.uint8]:
    noise = np.random.default_rng(4).normal(128, 3, (400, 600))
    return np.asarray(np.rint(noise), dtype=np.uint8)


def looked_at(picture: NDArray[np.uint8], **vision: float) -> tuple[Candidates, Departure]:
    working = linearise(picture, 1.0)
    away = departure(working.half, picture)
    unusual = anomaly(gabor_energy(working.half, 10.0, 8))
    return candidates(unusual, away, Vision.model_validate(vision)), away


def test_noise_alone_has_no_candidates() -> None:
    assert len(looked_at(surface())[0].boxes) == 0


def test_a_thin_line_and_a_large_blob_are_one_candidate_each() -> None:
    picture = surface()
    cv2.line(picture, (50, 50), (250, 90), 90, 3)
    cv2.circle(picture, (450, 250), 60, 110, cv2.FILLED)
    found, _ = looked_at(picture)
    assert len(found.boxes) == 2
    assert {found.labels[70 // 4, 150 // 4], found.labels[250 // 4, 450 // 4]} == {1, 2}


def test_a_line_with_a_gap_is_one_candidate() -> None:
    picture = surface()
    cv2.line(picture, (50, 50), (150, 50), 70, 3)
    cv2.line(picture, (166, 50), (260, 50), 70, 3)
    assert len(looked_at(picture)[0].boxes) == 1


def test_a_defect_is_followed_to_where_it_hardly_shows() -> None:
    rows, columns = np.mgrid[:400, :600].astype(float)
    fading = np.clip(1 - np.abs(columns - 300) / 120, 0, None) * (np.abs(rows - 200) < 30)
    found, _ = looked_at(np.asarray(np.rint(surface() - 20 * fading), dtype=np.uint8))
    left, _, width, _ = found.boxes[0]
    assert len(found.boxes) == 1
    assert (4 * left, 4 * width) == (pytest.approx(200, abs=25), pytest.approx(200, abs=40))


def test_what_is_smaller_than_the_recipe_asks_for_is_no_candidate() -> None:
    picture = surface()
    cv2.circle(picture, (300, 200), 6, 20, cv2.FILLED)
    assert len(looked_at(picture)[0].boxes) == 1
    assert len(looked_at(picture, min_area_px=5_000)[0].boxes) == 0


def two_sides(first: int, second: int, apart_px: int = 70) -> NDArray[np.uint8]:
    picture = surface()
    for column, grey in ((250, first), (250 + apart_px, second)):
        cv2.rectangle(picture, (column, 160), (column + 16, 240), grey, cv2.FILLED)
    return picture


def test_a_bright_and_a_dark_side_face_each_other() -> None:
    assert facing(*looked_at(two_sides(180, 80))) == [(0, 1)]


def test_two_dark_sides_do_not() -> None:
    assert facing(*looked_at(two_sides(80, 80))) == []


def test_sides_far_apart_do_not() -> None:
    assert facing(*looked_at(two_sides(180, 80, apart_px=250))) == []
