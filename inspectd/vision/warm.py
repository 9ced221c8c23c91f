"""Compile every kernel before the first part, so that it is judged as fast as the thousandth."""

import numpy as np

from inspectd.core.reference import Reference
from inspectd.vision.background import departure
from inspectd.vision.depth.normals import normals
from inspectd.vision.faint_dents import faint_dents
from inspectd.vision.kernels import ridge
from inspectd.vision.lines import line_seeds
from inspectd.vision.normalise import SMALLEST_SIDE_PX, linearise
from inspectd.vision.outlines import gap_mm, overlap
from inspectd.vision.statistics import faint_lines, see
from inspectd.vision.texture import RADII, anomaly, gabor_energy
from inspectd.vision.track import Scene, clearness, followed

_AROUND = np.array([[0.6, 0.0, 0.8], [-0.6, 0.0, 0.8], [0.0, 0.6, 0.8]])


def warm_up() -> None:
    """Run every kernel for every pixel format of `core.frame.Frame` and every Gabor support.

    Some 10 s when nothing is cached yet, below a second afterwards. A cache is kept for each CPU
    type, beside the package or in NUMBA_CACHE_DIR.
    """
    side = SMALLEST_SIDE_PX
    formats = (
        np.zeros((side, side), np.uint8),
        np.zeros((side, side), np.uint16),
        np.zeros((side, side, 3), np.uint8),
    )
    for pixels in formats:
        half = linearise(pixels, 1.0).half
    outline = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    gap_mm(outline, outline + 2.0)
    overlap(outline, outline, 0.0)
    for radius in RADII:
        anomaly(gabor_energy(half, 2.0 * radius, 4))
    normals(np.ones((3, 1), np.float32), _AROUND)
    _warm_up_lines()
    _warm_up_dents()


def warm_reference(reference: Reference) -> None:
    """Lay every taught part on itself: what is prepared once for all parts is prepared now."""
    for shot in reference.shots.values():
        faint_lines(shot.lightness, shot, see(shot.lightness, shot))


def _warm_up_lines() -> None:
    """A faint line to find and to follow, by its sum and by its ridge."""
    drawn = np.full((192, 384), 120, np.uint8)
    drawn[94:98, 40:344] = 60
    working = linearise(drawn, 1.0)
    scene = Scene(working, departure(working), line_seeds(working.quarter))
    clearness(scene, scene.seeds.ends_px)
    followed(scene, scene.seeds.ends_px[0], -1.0)
    half = working.half
    points = np.empty((*half.shape, 5), np.float32)
    ridge.ridge_points(half, points)
    ridge.follow(points, 48, 47, 1.0, 0.0, np.empty((4, 2)))
    ridge.best_way(half, 1.0, 1, np.empty(len(half), np.int64))


def _warm_up_dents() -> None:
    """A bowl to be compared with one."""
    drawn = np.full((96, 96), 120, np.uint8)
    drawn[40:48, 40:56], drawn[48:56, 40:56] = 60, 180
    working = linearise(drawn, 1.0)
    faint_dents(working, departure(working), 8.0)
