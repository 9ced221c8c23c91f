#!/usr/bin/env python3
"""Study: how right the points of a target are that `inspectd calibrate` finds.

Targets are rendered with known lens, tilt, blur and noise; every point is compared with where it
truly is. The last column is what OpenCV's usual way leaves on the same chessboards and ChArUco
boards (cornerSubPix in a window of 11 px), or the grid finder's own centres for dots.

    python hil/studies/detection.py --views 40
"""

import argparse
import sys
from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from inspectd_calibration.detect import as_grey, detect
from inspectd_calibration.detect_dots import find_dots
from inspectd_calibration.target import Target
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Pixels, Points
from inspectd.core.lens import Lens
from inspectd.simulate.board import project, render_board

WIDTH_PX, HEIGHT_PX = 640, 480
TARGETS = (
    Target(kind="chessboard", columns=9, rows=6, pitch_mm=20.0),
    Target(kind="charuco", columns=9, rows=6, pitch_mm=20.0, marker_mm=14.0),
    Target(kind="dots", columns=9, rows=6, pitch_mm=20.0),
)
# Focal length in px, radial distortion, and nearest distance in mm that shows all of a target.
LENSES = {"narrow": (900.0, -0.2, 360.0), "wide": (400.0, -0.28, 160.0)}
NOISES = (0.0, 2.0, 5.0)
_TILT_RAD = np.radians(20.0)
_BLURS_PX = (0.5, 1.2)
_USUAL_WINDOW_PX = 5


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", type=int, default=40, help="Pictures per line of the table.")
    views = parser.parse_args().views
    _say(("target", "lens", "noise", "views", "rms px", "p95 px", "usual rms px"))
    for target in TARGETS:
        for lens in LENSES:
            for noise in NOISES:
                _print_line(target, lens, noise, views)


def _print_line(target: Target, lens: str, noise: float, views: int) -> None:
    rng = np.random.default_rng(1)
    errors, usual, seen = [], [], 0
    for pixels, true_px in _pictures(target, lens, noise, views, rng):
        try:
            found = detect(pixels, target, "view")
        except CalibrationError:
            continue
        seen += 1
        errors.append(np.linalg.norm(found.points_px - true_px[found.ids], axis=1))
        others = _usual(as_grey(pixels), target, found.points_px)
        usual.append(np.linalg.norm(others - true_px[found.ids], axis=1))
    if not errors:
        _say((target.kind, lens, f"{noise:g}", str(seen), "none was found"))
        return
    every, other = np.concatenate(errors), np.concatenate(usual)
    rms, usual_rms = (float(np.sqrt((e**2).mean())) for e in (every, other))
    p95 = float(np.percentile(every, 95))
    figures = (f"{value:.4f}" for value in (rms, p95, usual_rms))
    _say((target.kind, lens, f"{noise:g}", str(seen), *figures))


def _say(words: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{word:<12}" for word in words).rstrip() + "\n")


def _pictures(
    target: Target, name: str, noise: float, views: int, rng: np.random.Generator
) -> Iterator[tuple[Pixels, Points]]:
    focal_px, k1, nearest_mm = LENSES[name]
    lens = Lens(
        focal_x_px=focal_px,
        focal_y_px=1.005 * focal_px,
        centre_x_px=322.3,
        centre_y_px=238.1,
        k1=k1,
    )
    middle = np.append(target.points_mm.mean(axis=0), 0.0)
    for _ in range(views):
        tilt = rng.uniform(-_TILT_RAD, _TILT_RAD, 3)
        rotation = np.asarray(cv2.Rodrigues(tilt)[0], dtype=np.float64)
        away = np.array([*rng.uniform(-5.0, 5.0, 2), nearest_mm * rng.uniform(1.05, 1.3)])
        translation_mm = away - rotation @ middle
        pixels = render_board(
            target,
            lens,
            rotation,
            translation_mm,
            width_px=WIDTH_PX,
            height_px=HEIGHT_PX,
            blur_px=float(rng.uniform(*_BLURS_PX)),
            noise=noise,
            rng=rng,
        )
        yield pixels, project(target.points_mm, lens, rotation, translation_mm)


def _usual(grey: NDArray[np.uint8], target: Target, points_px: Points) -> Points:
    """Where OpenCV's usual functions put the same points."""
    if target.kind == "dots":
        return find_dots(grey, target)[1]
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 60, 1e-4)
    start = points_px.astype(np.float32)[:, None].copy()
    window = (_USUAL_WINDOW_PX, _USUAL_WINDOW_PX)
    corners = cv2.cornerSubPix(grey, start, window, (-1, -1), criteria)
    return np.asarray(corners.reshape(-1, 2), dtype=np.float64)


if __name__ == "__main__":
    main()
