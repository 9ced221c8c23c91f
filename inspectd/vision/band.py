"""The picture along and across a path: a line straightened, whatever its bend."""

from functools import lru_cache

import numpy as np

from inspectd.core.frame import Points
from inspectd.vision.background import SCALE, Departure, Plane
from inspectd.vision.kernels import path as kernels
from inspectd.vision.normalise import WorkingPicture

STEP_PX = 0.5  # from one position across to the next
_CUBIC = 3


def straightened(working: WorkingPicture, away: Departure, path: Points, reach_px: float) -> Plane:
    """(points of the path, positions across) float32: lightness less the background.

    `path`: (n, 2) float64 (column, row) in the picture, one point a pixel; positions run from
    -`reach_px` to `reach_px` in steps of `STEP_PX` to the right of the path's direction. Beyond
    its border the picture is mirrored, so that its noise goes on.
    """
    offsets = np.arange(-reach_px, reach_px + STEP_PX / 2, STEP_PX)
    straight = np.empty((len(path), len(offsets)), np.float32)
    seen = working.lightness.view()
    seen.flags.writeable = False  # numba would compile anew for any other kind
    path = np.ascontiguousarray(path)
    kernels.straighten(seen, away.background[0], SCALE, path, offsets, straight)
    return straight


def resampled(path: Points) -> Points:
    """The path at one point a pixel of its length."""
    return kernels.resampled(np.ascontiguousarray(path))


def smoothed(points: Points, reach: int) -> Points:
    """Each point moved onto the cubic through its `reach` neighbours to both sides, (n, 2).

    Source: A. Savitzky and M. J. E. Golay, Anal. Chem. 36 (1964) 1627. A bend is not straightened
    by it, as by a mean; towards the ends the outermost cubic holds.
    """
    count = len(points)
    reach = min(reach, (count - 1) // 2)
    if reach <= _CUBIC:
        return points
    return kernels.smoothed(np.ascontiguousarray(points), *_cubic(reach))


@lru_cache(maxsize=32)
def _cubic(reach: int) -> tuple[Points, Points]:
    """The terms of a cubic at 2 `reach` + 1 places, and their pseudo-inverse."""
    powers = np.vander(np.arange(-reach, reach + 1) / reach, _CUBIC + 1, increasing=True)
    return np.ascontiguousarray(powers), np.ascontiguousarray(np.linalg.pinv(powers))
