"""The stated uncertainty of a length: each source has the size it should, and covers the truth."""

from dataclasses import replace

import numpy as np
import pytest
from inspectd_calibration.camera_file import LensFile
from inspectd_calibration.camera_fit import fit_lens
from inspectd_calibration.plane import calibrate_plane
from inspectd_calibration.target import Target
from inspectd_calibration.uncertainty import (
    FLATNESS,
    PITCH,
    PLACES,
    POINTS,
    Variant,
    length_uncertainty,
    pitch_variant,
    short_lengths,
    worst_at_places,
)
from numpy.typing import NDArray
from support.seen_targets import HEIGHT_PX, TARGET, WIDTH_PX, pixels, seen, turned, views

from inspectd.core.calibration import Calibration, Origin

SCALE = Calibration.from_scale(0.1)
FROM, TO = np.array([[10.0, 10.0], [0.0, 0.0]]), np.array([[110.0, 10.0], [300.0, 400.0]])
ORIGIN = Origin(
    made_at="2026-01-01T00:00:00+00:00", made_by="", software_version="", target="", pictures={}
)


def test_the_pitch_gives_every_length_its_own_relative_uncertainty() -> None:
    told = length_uncertainty(SCALE, [pitch_variant(SCALE, 0.0006)], FROM, TO)

    assert told.length_mm == pytest.approx([10.0, 50.0])
    assert told.expanded_mm == pytest.approx([0.006, 0.03])
    assert told.relative == pytest.approx([0.0006, 0.0006])


def test_independent_sources_add_in_squares() -> None:
    once = pitch_variant(SCALE, 0.0006).calibration
    both = [Variant(PITCH, once), Variant(POINTS, once)]
    told = length_uncertainty(SCALE, both, FROM, TO)

    assert told.relative == pytest.approx([0.0006 * np.sqrt(2.0)] * 2)
    assert told.by_source_mm[POINTS] == pytest.approx([0.006, 0.03])
    assert told.by_source_mm[FLATNESS] == pytest.approx([0.0, 0.0])


def test_short_lengths_lie_in_the_picture_and_begin_with_the_named_places() -> None:
    start, end = short_lengths(WIDTH_PX, HEIGHT_PX)
    middles = ((start + end) / 2.0).reshape(-1, 4, 2).mean(axis=1)

    assert ((start >= 0.0) & (end <= [WIDTH_PX - 1.0, HEIGHT_PX - 1.0])).all()
    assert len(np.unique(middles.round(3), axis=0)) == len(middles) == 25
    centre, top_left, _, bottom_left, bottom_right = middles[: len(PLACES)]
    assert centre == pytest.approx([511.5, 383.5])
    assert top_left[0] < 30.0 > top_left[1]
    assert bottom_left[0] < 30.0
    assert bottom_left[1] > 730.0
    assert bottom_right[0] > 990.0


def test_the_worst_direction_counts_at_each_place() -> None:
    relative = np.arange(100.0)

    assert worst_at_places(relative) == {
        place: 4.0 * number + 3.0 for number, place in enumerate(PLACES)
    }


@pytest.fixture(scope="module")
def lens_files() -> list[LensFile]:
    """Eight calibrations of the same camera, each of its own views."""
    fits = [fit_lens(views(14, np.random.default_rng([41, seed]))) for seed in range(8)]
    return [
        LensFile(
            width_px=WIDTH_PX,
            height_px=HEIGHT_PX,
            lens=fit.lens,
            covariance=tuple(tuple(row) for row in fit.covariance.tolist()),
            origin=ORIGIN,
        )
        for fit in fits
    ]


def covered(
    lens: LensFile, target: Target, rng: np.random.Generator, bent_mm: NDArray[np.float64] | None
) -> tuple[float, float, float]:
    """Of lengths on one plane: the share whose error is within what is stated, and more.

    Then the mean square of error over stated uncertainty, and the error's 95th percentile, mm.
    """
    stretch = 1.0 + rng.normal(0.0, target.pitch_uncertainty_relative / 2.0)
    printed = target.model_copy(update={"pitch_mm": target.pitch_mm * stretch})
    rotation = turned(rng.uniform(0.0, 20.0), rng.uniform(0.0, 360.0))
    centre = (0.0, 0.0, 250.0)
    found = seen(rotation, centre, rng, target=printed, off_plane_mm=bent_mm)
    result = calibrate_plane(replace(found, points_mm=target.points_mm), target, lens)
    ends = rng.uniform([-55.0, -40.0], [55.0, 40.0], (2, 40, 2))
    start, end = (np.column_stack((e, np.zeros(40))) @ rotation.T + centre for e in ends)
    told = length_uncertainty(result.calibration, result.variants, pixels(start), pixels(end))
    error_mm = np.abs(told.length_mm - np.linalg.norm(ends[1] - ends[0], axis=1))
    share = float(np.mean(error_mm <= told.expanded_mm))
    against = float(np.mean((error_mm / told.expanded_mm) ** 2))
    return share, against, float(np.percentile(error_mm, 95.0))


def flat(_: np.random.Generator) -> None:
    return None


def bowed(rng: np.random.Generator) -> NDArray[np.float64]:
    """A sheet that stands off its plane by up to 0.1 mm, each amount as likely as any other."""
    x, y = ((TARGET.points_mm - TARGET.points_mm.mean(axis=0)) / 60.0).T
    height = np.einsum("i,ij->j", rng.normal(0.0, 1.0, 3), np.array([x * x, x * y, y * y]))
    level = np.column_stack((x, y, np.ones_like(x)))
    height -= level @ np.linalg.lstsq(level, height, rcond=None)[0]
    return np.asarray(height / np.abs(height).max() * rng.uniform(-0.1, 0.1))


@pytest.mark.parametrize(
    ("pitch_uncertainty", "flatness_mm", "bend", "least"),
    [(0.0, 0.0, flat, 0.88), (0.0005, 0.0, flat, 0.85), (0.0, 0.1, bowed, 0.88)],
)
def test_the_stated_uncertainty_covers_the_truth(
    lens_files: list[LensFile],
    pitch_uncertainty: float,
    flatness_mm: float,
    bend: object,
    least: float,
) -> None:
    assert callable(bend)
    changes = {"pitch_uncertainty_relative": pitch_uncertainty, "flatness_mm": flatness_mm}
    target = TARGET.model_copy(update=changes)
    planes = []
    for number in range(16):
        rng = np.random.default_rng([42, number])
        planes.append(covered(lens_files[number % 8], target, rng, bend(rng)))
    shares, against, errors_mm = np.array(planes).T

    # 95.4 % is meant; of 16 planes, whose lengths share their errors, it is known to about 3 %.
    assert shares.mean() >= least
    # A half is meant. It must not be hidden behind a large uncertainty either.
    assert 0.25 < np.sqrt(against.mean()) < 0.8
    # 0.05 % of a field of 170 mm.
    assert np.percentile(errors_mm, 95.0) < 0.0005 * 170.0


def test_noise_makes_a_length_more_uncertain_in_proportion(lens_files: list[LensFile]) -> None:
    exact = TARGET.model_copy(update={"pitch_uncertainty_relative": 0.0})
    sizes = []
    for noise_px in (0.05, 0.5):
        found = seen(
            turned(10.0, 20.0), (0, 0, 250.0), np.random.default_rng(43), noise_px=noise_px
        )
        told = calibrate_plane(found, exact, lens_files[0]).uncertainty
        sizes.append(told.by_source_mm[POINTS])

    assert np.median(sizes[1] / sizes[0]) == pytest.approx(10.0, rel=0.05)


def test_where_no_target_was_seen_a_length_is_more_uncertain(lens_files: list[LensFile]) -> None:
    small = Target(kind="chessboard", columns=5, rows=4, pitch_mm=10.0)
    found = seen(turned(0.0, 0.0), (-40.0, -25.0, 250.0), np.random.default_rng(44), target=small)
    places = calibrate_plane(found, small, lens_files[0]).relative_at_places

    assert places["bottom right"] > 1.5 * places["top left"]
