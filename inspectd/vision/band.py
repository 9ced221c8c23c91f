"""The picture along and across a path: a line straightened, whatever its bend."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Points
from inspectd.vision.background import SCALE, Departure, Plane
from inspectd.vision.normalise import WorkingPicture

STEP_PX = 0.5  # from one position across to the next


def straightened(
    working: WorkingPicture, away: Departure, path: Points, reach_px: float
) -> Plane:
    """(points of the path, positions across) float32: lightness less the background.

    `path`: (n, 2) float64 (column, row) in the picture, one point a pixel; positions run from
    -`reach_px` to `reach_px` in steps of `STEP_PX` to the right of the path's direction. Beyond
    the picture its border goes on.
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
        borderMode=cv2.BORDER_REPLICATE,
    )
    background = cv2.remap(
        away.background[0],
        (x - (SCALE - 1) / 2) / SCALE,
        (y - (SCALE - 1) / 2) / SCALE,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(picture * np.float32(1 / 255) - background, dtype=np.float32)


def normals(path: Points) -> Points:
    """Unit vectors across the path, (n, 2), at each of its points."""
    x, y = np.gradient(path, axis=0).T
    aside = np.column_stack((-y, x)) / np.maximum(np.hypot(x, y), 1e-9)[:, None]
    return np.asarray(aside, dtype=np.float64)


def resampled(path: Points) -> Points:
    """The path at one point a pixel of its length."""
    along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))))
    wanted = np.arange(0.0, along[-1] + 1e-9, 1.0)
    return np.column_stack([np.interp(wanted, along, path[:, k]) for k in (0, 1)])


def smoothed(values: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Gaussian smoothing along the first axis, the ends straightened out and not drawn in."""
    reach = min(int(3 * sigma), len(values) - 1)
    if reach < 1:
        return values
    head = 2 * values[0] - values[reach:0:-1]
    tail = 2 * values[-1] - values[-2 : -reach - 2 : -1]
    padded = np.concatenate((head, values, tail))
    at = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (at / sigma) ** 2)
    kernel /= kernel.sum()
    columns = padded.reshape(len(padded), -1).T
    smooth = np.stack([np.convolve(column, kernel, mode="valid") for column in columns], axis=1)
    return np.asarray(smooth.reshape(values.shape), dtype=np.float64)
