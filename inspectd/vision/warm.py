"""Compile every kernel before the first part, so that it is judged as fast as the thousandth."""

import numpy as np

from inspectd.vision.depth.normals import normals
from inspectd.vision.normalise import SMALLEST_SIDE_PX, linearise
from inspectd.vision.outlines import gap_mm, overlap
from inspectd.vision.texture import RADII, anomaly, gabor_energy

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
