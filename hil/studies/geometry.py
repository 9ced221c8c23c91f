#!/usr/bin/env python3
"""Study: how right lengths on the plane are, and whether the stated uncertainty covers the truth.

Cameras with random lenses are calibrated from rendered views of a chessboard, by the same code as
`inspectd calibrate camera` and `calibrate plane`. Then random lengths on the plane, anywhere in
the picture, are told by the calibration and compared with the truth.

    python hil/studies/geometry.py --cameras 40

Of each camera: three planes seen by its lens, with a perfect target and with five whose pitch is
wrong by chance as their certificate states; and three planes seen by the same camera with a lens
free of distortion, calibrated without --lens.
"""

import argparse
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from inspectd_calibration.blur import edge_blur
from inspectd_calibration.camera import calibrate_camera
from inspectd_calibration.camera_file import LensFile
from inspectd_calibration.camera_views import SeenView
from inspectd_calibration.detect import as_grey, detect
from inspectd_calibration.detection import Detection
from inspectd_calibration.plane import calibrate_plane
from inspectd_calibration.target import Target
from inspectd_calibration.uncertainty import length_uncertainty
from numpy.typing import NDArray

from inspectd.core.calibration import Origin
from inspectd.core.frame import Pixels
from inspectd.core.lens import Lens
from inspectd.simulate.board import project, render_board

Matrix = NDArray[np.float64]

WIDTH_PX, HEIGHT_PX = 800, 600
TARGET = Target(
    kind="chessboard", columns=13, rows=9, pitch_mm=10.0, pitch_uncertainty_relative=0.0
)
PITCH_UNCERTAINTY = 0.0005
VIEWS, PLANES, LENGTHS = 14, 3, 60
# All lengths of a target share the error of its pitch: of each plane so many targets are printed.
PITCHES = 5
# The field is 160 mm wide, whatever the lens: the board fills three quarters of it.
_DISTANCE_PER_FOCAL_PX = 0.2
_NOISE, _BLUR_PX = 2.0, 0.7
_ORIGIN = Origin(
    made_at="2026-01-01T00:00:00+00:00",
    made_by="study",
    software_version="",
    target=TARGET.words,
    pictures={},
)
SERIES = ("lens, perfect target", "lens, pitch off by chance", "plane only, no distortion")


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the board is rendered."""

    rotation: Matrix
    translation_mm: Matrix


@dataclass(frozen=True, slots=True, eq=False)
class Lengths:
    """Of n lengths of one plane: told minus true and stated uncertainty, mm; the field's width."""

    series: str
    tilt_deg: float
    error_mm: Matrix
    expanded_mm: Matrix
    field_mm: float


def study(cameras: int, seed: int) -> Iterator[Lengths]:
    """Every plane of every camera."""
    for number in range(cameras):
        rng = np.random.default_rng([seed, number])
        lens = _random_lens(rng)
        yield from through_lens(lens, rng)
        yield from plane_only(lens, rng)


def through_lens(lens: Lens, rng: np.random.Generator) -> Iterator[Lengths]:
    """A camera's lens is calibrated, then planes seen by it."""
    views = []
    for number in range(VIEWS):
        pixels = _render(lens, _view(lens, rng), rng)
        found = detect(pixels, TARGET, f"{number}.png")
        views.append(SeenView(found, edge_blur(as_grey(pixels), found, TARGET).largest_px))
    lens_file = calibrate_camera(views).lens_file(_ORIGIN)
    for _ in range(PLANES):
        pose = _pose(float(rng.uniform(0.0, 20.0)), lens, rng, np.zeros(3))
        found = detect(_render(lens, pose, rng), TARGET, "plane.png")
        yield _told(SERIES[0], (found, TARGET, lens_file), (lens, pose), rng)
        for _ in range(PITCHES):
            yield _told(SERIES[1], (*_pitch_off(found, rng), lens_file), (lens, pose), rng)


def plane_only(lens: Lens, rng: np.random.Generator) -> Iterator[Lengths]:
    """Planes seen by the same camera, its lens free of distortion and not calibrated."""
    straight = lens.model_copy(update=dict.fromkeys(("k1", "k2", "p1", "p2", "k3"), 0.0))
    for _ in range(PLANES):
        pose = _pose(float(rng.uniform(0.0, 20.0)), lens, rng, np.zeros(3))
        found = detect(_render(straight, pose, rng), TARGET, "plane.png")
        yield _told(SERIES[2], (found, TARGET, None), (straight, pose), rng)


def figures(planes: Iterable[Lengths]) -> dict[str, dict[str, float]]:
    """Of each series: 95th percentile of the error in percent of the field, and coverage."""
    by_series: dict[str, list[Lengths]] = {}
    for plane in planes:
        by_series.setdefault(plane.series, []).append(plane)
    return {series: _figures(of_series) for series, of_series in by_series.items()}


def _figures(planes: list[Lengths]) -> dict[str, float]:
    of_field = np.concatenate([np.abs(plane.error_mm) / plane.field_mm for plane in planes])
    covered = [float(np.mean(np.abs(p.error_mm) <= p.expanded_mm)) for p in planes]
    return {
        "planes": float(len(planes)),
        "error_p95_percent_of_field": 100.0 * float(np.percentile(of_field, 95.0)),
        "error_largest_percent_of_field": 100.0 * float(of_field.max()),
        "covered_percent": 100.0 * float(np.mean(covered)),
        # Lengths of one plane share its errors: the planes are what is independent.
        "covered_standard_error_percent": 100.0 * float(np.std(covered) / np.sqrt(len(covered))),
    }


def _random_lens(rng: np.random.Generator) -> Lens:
    focal_px = float(rng.uniform(1_100.0, 1_500.0))
    return Lens(
        focal_x_px=focal_px,
        focal_y_px=focal_px * float(rng.uniform(0.999, 1.001)),
        centre_x_px=WIDTH_PX / 2.0 + float(rng.uniform(-15.0, 15.0)),
        centre_y_px=HEIGHT_PX / 2.0 + float(rng.uniform(-15.0, 15.0)),
        k1=float(rng.uniform(-0.25, 0.15)),
        k2=float(rng.uniform(-0.1, 0.1)),
        p1=float(rng.uniform(-0.001, 0.001)),
        p2=float(rng.uniform(-0.001, 0.001)),
    )


def _pose(tilt_deg: float, lens: Lens, rng: np.random.Generator, middle_mm: Matrix) -> Pose:
    """Tilted about a random axis, its middle at `middle_mm` (3,) from where it fills the field."""
    angle = float(rng.uniform(0.0, 2.0 * np.pi))
    axis = np.radians(tilt_deg) * np.array([np.cos(angle), np.sin(angle), 0.0])
    roll = np.array([0.0, 0.0, np.radians(rng.uniform(-5.0, 5.0))])
    rotation = np.asarray(cv2.Rodrigues(axis)[0] @ cv2.Rodrigues(roll)[0], np.float64)
    middle = np.append(TARGET.points_mm.mean(axis=0), 0.0)
    there = middle_mm + np.array([0.0, 0.0, _DISTANCE_PER_FOCAL_PX * lens.focal_x_px])
    return Pose(rotation, there - rotation @ middle)


def _view(lens: Lens, rng: np.random.Generator) -> Pose:
    """One view for the lens: tilted, anywhere in the picture, all squares in it."""
    corner = TARGET.points_mm[[0, -1]] + TARGET.pitch_mm * np.array([[-1.0, -1.0], [1.0, 1.0]])
    outline = np.array([[x, y] for x in corner[:, 0] for y in corner[:, 1]])
    while True:
        away_mm = rng.uniform([-40.0, -30.0, 0.0], [40.0, 30.0, 80.0])
        pose = _pose(float(rng.uniform(15.0, 40.0)), lens, rng, away_mm)
        if _in_picture(project(outline, lens, pose.rotation, pose.translation_mm)):
            return pose


def _in_picture(points_px: Matrix) -> bool:
    return bool(((points_px >= 0.0) & (points_px <= [WIDTH_PX - 1.0, HEIGHT_PX - 1.0])).all())


def _render(lens: Lens, pose: Pose, rng: np.random.Generator) -> Pixels:
    return render_board(
        TARGET,
        lens,
        pose.rotation,
        pose.translation_mm,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        blur_px=_BLUR_PX,
        noise=_NOISE,
        rng=rng,
    )


def _pitch_off(found: Detection, rng: np.random.Generator) -> tuple[Detection, Target]:
    """The same board taken for one whose pitch is wrong, within what its certificate states."""
    stretch = 1.0 + float(rng.normal(0.0, PITCH_UNCERTAINTY / 2.0))
    changes: dict[str, Any] = {
        "pitch_mm": TARGET.pitch_mm * stretch,
        "pitch_uncertainty_relative": PITCH_UNCERTAINTY,
    }
    return (
        replace(found, points_mm=stretch * found.points_mm),
        TARGET.model_copy(update=changes),
    )


def _told(
    series: str,
    seen: tuple[Detection, Target, LensFile | None],
    truth: tuple[Lens, Pose],
    rng: np.random.Generator,
) -> Lengths:
    lens, pose = truth
    result = calibrate_plane(*seen)
    field_mm = WIDTH_PX * result.calibration.mm_per_px_at(WIDTH_PX / 2.0, HEIGHT_PX / 2.0)
    start_mm, end_mm = _lengths_in_picture(lens, pose, field_mm, rng)
    told = length_uncertainty(
        result.calibration,
        result.variants,
        project(start_mm, lens, pose.rotation, pose.translation_mm),
        project(end_mm, lens, pose.rotation, pose.translation_mm),
    )
    error_mm = told.length_mm - np.linalg.norm(end_mm - start_mm, axis=1)
    return Lengths(series, result.tilt_deg, error_mm, told.expanded_mm, field_mm)


def _lengths_in_picture(
    lens: Lens, pose: Pose, field_mm: float, rng: np.random.Generator
) -> tuple[Matrix, Matrix]:
    """Ends of random lengths on the board's plane, both seen in the picture."""
    ends: list[Matrix] = []
    middle = TARGET.points_mm.mean(axis=0)
    while len(ends) < LENGTHS:
        both = middle + rng.uniform(-0.6, 0.6, (2, 2)) * field_mm
        at = project(both, lens, pose.rotation, pose.translation_mm)
        if _in_picture(at):
            ends.append(both)
    pairs = np.array(ends)
    return pairs[:, 0], pairs[:, 1]


def main() -> None:
    """Run the study and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began_s = time.monotonic()
    for series, values in figures(study(options.cameras, options.seed)).items():
        print(series)  # noqa: T201 - a script for people
        for name, value in values.items():
            print(f"  {name:32} {value:.4g}")  # noqa: T201
    print(f"{time.monotonic() - began_s:.0f} s")  # noqa: T201


if __name__ == "__main__":
    main()
