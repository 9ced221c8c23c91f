"""The picture along and across a path: a line straightened, whatever its bend."""

import cv2
import numpy as np

from inspectd.core.frame import Points
from inspectd.vision.background import SCALE, Departure, Plane
from inspectd.vision.normalise import WorkingPicture
from inspectd.vision.shape import normals

STEP_PX = 0.5  # from one position across to the next
_CUBIC = 3


def straightened(working: WorkingPicture, away: Departure, path: Points, reach_px: float) -> Plane:
    """(points of the path, positions across) float32: lightness less the background.

    `path`: (n, 2) float64 (column, row) in the picture, one point a pixel; positions run from
    -`reach_px` to `reach_px` in steps of `STEP_PX` to the right of the path's direction. Beyond
    its border the picture is mirrored, so that its noise goes on.
    """
    normal = normals(path)
    offsets = np.arange(-reach_px, reach_px + STEP_PX / 2, STEP_PX)
    x = (path[:, :1] + normal[:, :1] * offsets).astype(np.float32)
    y = (path[:, 1:] + normal[:, 1:] * offsets).astype(np.float32)
    rows, columns = working.lightness.shape
    left, top = (max(0, int(v.min()) - 1) for v in (x, y))
    right, bottom = min(columns, int(x.max()) + 3), min(rows, int(y.max()) + 3)
    left, top = min(left, columns - 1), min(top, rows - 1)
    box = working.lightness[top : max(bottom, top + 1), left : max(right, left + 1)]
    picture = cv2.remap(
        box.astype(np.float32),
        x - np.float32(left),
        y - np.float32(top),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    background = cv2.remap(
        away.background[0],
        (x - (SCALE - 1) / 2) / SCALE,
        (y - (SCALE - 1) / 2) / SCALE,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(picture * np.float32(1 / 255) - background, dtype=np.float32)


def resampled(path: Points) -> Points:
    """The path at one point a pixel of its length."""
    along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))))
    wanted = np.arange(0.0, along[-1] + 1e-9, 1.0)
    return np.column_stack([np.interp(wanted, along, path[:, k]) for k in (0, 1)])


def smoothed(points: Points, reach: int) -> Points:
    """Each point moved onto the cubic through its `reach` neighbours to both sides, (n, 2).

    Source: A. Savitzky and M. J. E. Golay, Anal. Chem. 36 (1964) 1627. A bend is not straightened
    by it, as by a mean; towards the ends the outermost cubic holds.
    """
    count = len(points)
    reach = min(reach, (count - 1) // 2)
    if reach <= _CUBIC:
        return points
    at = np.arange(-reach, reach + 1) / reach
    powers = np.vander(at, _CUBIC + 1, increasing=True)
    inverse = np.linalg.pinv(powers)
    inner = np.column_stack([np.convolve(c, inverse[0][::-1], mode="valid") for c in points.T])
    head = powers[:reach] @ (inverse @ points[: 2 * reach + 1])
    tail = powers[reach + 1 :] @ (inverse @ points[count - 2 * reach - 1 :])
    return np.vstack((head, inner, tail))
