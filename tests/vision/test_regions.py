"""candidates and facing: what is looked at closely, and what belongs together."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inspectd.core.recipe import Vision
from inspectd.vision.background import Departure, departure
from inspectd.vision.lines import NO_SEEDS
from inspectd.vision.normalise import linearise
from inspectd.vision.pairs import facing
from inspectd.vision.regions import Candidates, candidates, hides_stains
from inspectd.vision.texture import anomaly, gabor_energy


def surface() -> NDArray[np.uint8]:
    noise = np.random.default_rng(4).normal(128, 3, (400, 600))
    return np.asarray(np.rint(noise), dtype=np.uint8)


def looked_at(picture: NDArray[np.uint8], **vision: float) -> tuple[Candidates, Departure]:
    working = linearise(picture, 1.0)
    away = departure(working)
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


def test_what_no_pixel_shows_of_a_wide_stain_their_mean_does() -> None:
    rng = np.random.default_rng(4)
    rough = cv2.GaussianBlur(rng.normal(0, 60, (800, 1200)), (0, 0), 2.0) + 128
    picture = np.asarray(np.rint(rough), dtype=np.uint8)
    assert len(looked_at(picture)[0].boxes) == 0
    stain = cv2.circle(np.zeros_like(picture), (600, 400), 80, 14, cv2.FILLED)
    found, away = looked_at(np.asarray(picture - stain, dtype=np.uint8))
    assert np.abs(away.difference[0]).max() < 7.0 * away.noise[0]
    assert len(found.boxes) == 1
    assert found.labels[100, 150] == 1


def test_what_is_smaller_than_the_recipe_asks_for_is_no_candidate() -> None:
    picture = surface()
    cv2.circle(picture, (300, 200), 6, 20, cv2.FILLED)
    assert len(looked_at(picture)[0].boxes) == 1
    assert len(looked_at(picture, min_area_px=5_000)[0].boxes) == 0


def flat(noise: float = 0.01) -> Departure:
    """A surface of middle grey, 400 x 600 px, without any departure."""
    background = np.full((1, 100, 150), 0.5, np.float32)
    return Departure(background, np.zeros_like(background), np.array([noise], np.float32))


def unusual(*squares: tuple[int, int], min_area_px: int = 1_024) -> Candidates:
    """What is made of textured squares of 32 x 32 px at these (row, column) of the picture."""
    scores = np.zeros((100, 150), np.float32)
    for row, column in squares:
        scores[row // 4 : row // 4 + 8, column // 4 : column // 4 + 8] = 100.0
    return candidates(scores, flat(), Vision(min_area_px=min_area_px))


def test_the_least_area_counts_pixels_of_the_picture() -> None:
    assert len(unusual((80, 80), min_area_px=1_024).boxes) == 1
    assert len(unusual((80, 80), min_area_px=1_025).boxes) == 0


@pytest.mark.parametrize(("gap_px", "count"), [(24, 1), (28, 2)])
def test_small_gaps_are_bridged_and_no_others(gap_px: int, count: int) -> None:
    assert len(unusual((80, 80), (80, 112 + gap_px)).boxes) == count


@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize(
    ("noise", "contrast", "count"),
    [(0.01, 0.069, 0), (0.01, 0.071, 1), (0.0001, 0.0115, 0), (0.0001, 0.0125, 1)],
)
def test_a_departure_counts_beyond_7_standard_deviations_and_where_it_can_be_seen(
    noise: float, contrast: float, count: int, sign: float
) -> None:
    away = flat(noise)
    away.difference[0, 40:50, 40:50] = sign * contrast
    found = candidates(np.zeros((100, 150), np.float32), away, Vision())
    assert len(found.boxes) == count


def test_what_departs_clearly_takes_along_what_departs_by_4_standard_deviations() -> None:
    away = flat(0.01)
    away.difference[0, 40:50, 40:50] = 0.08
    away.difference[0, 40:50, 50:60] = 0.041
    away.difference[0, 40:50, 60:70] = 0.039
    away.difference[0, 70:80, 40:50] = 0.041
    (box,) = candidates(np.zeros((100, 150), np.float32), away, Vision()).boxes
    assert box.tolist() == [40, 40, 20, 10]


@pytest.mark.parametrize(("noise", "hidden"), [(0.042, False), (0.044, True)])
def test_a_stain_that_takes_most_of_the_light_must_stand_out(noise: float, hidden: bool) -> None:
    assert hides_stains(flat(noise)) is hidden


def test_sides_of_very_different_size_do_not_face_each_other() -> None:
    assert facing(*drawn((slice(20, 40), slice(10, 14)), (slice(20, 27), slice(20, 23))))
    assert not facing(*drawn((slice(20, 40), slice(10, 14)), (slice(20, 26), slice(20, 23))))


def test_two_pieces_of_one_line_do_not_face_each_other() -> None:
    assert not facing(*drawn((slice(0, 20), slice(10, 16)), (slice(22, 42), slice(10, 16))))


def drawn(*sides: tuple[slice, slice]) -> tuple[Candidates, Departure]:
    """Candidates of exactly these rows and columns, bright and dark in turn."""
    away = flat()
    labels = np.zeros((100, 150), np.int32)
    for index, side in enumerate(sides):
        labels[side] = index + 1
        away.difference[0][side] = -0.1 if index % 2 else 0.1
    boxes = [(c.start, r.start, c.stop - c.start, r.stop - r.start) for r, c in sides]
    return Candidates(labels, np.array(boxes, np.int32), NO_SEEDS, len(boxes)), away


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
