"""From how a part lies in pixels to how it lies in millimetres."""

import math

import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Points
from inspectd.core.placement import IN_PLACE, Placement
from inspectd.vision.background import SCALE
from inspectd.vision.register import UNMOVED, Registered


def placement(
    registered: Registered, quarter_shape: tuple[int, int], calibration: Calibration
) -> Placement | None:
    """Where the part lies in its plane. `quarter_shape`: (rows, columns) of the taught maps.

    Four places of the taught picture and where they are now, both through the calibration: so
    a tilted camera does not bend the part. None where that knows no place for one of them.
    """
    if registered is UNMOVED:
        return IN_PLACE
    rows, columns = quarter_shape
    grid = [(c * columns, r * rows) for r in (0.25, 0.75) for c in (0.25, 0.75)]
    taught_px = np.asarray(grid, dtype=np.float64)
    seen_px = taught_px @ registered.motion[:, :2].T + registered.motion[:, 2]
    taught_mm, seen_mm = (calibration.to_mm(_full(px)) for px in (taught_px, seen_px))
    if not (np.isfinite(taught_mm).all() and np.isfinite(seen_mm).all()):
        return None
    return fitted(taught_mm, seen_mm)


def fitted(part_mm: Points, plane_mm: Points) -> Placement:
    """The placement that lays `part_mm` on `plane_mm`, (n, 2) each, by least squares.

    Source: W. Kabsch, "A solution for the best rotation to relate two sets of vectors", Acta
    Cryst. A32 (1976), in the plane.
    """
    middle, target = part_mm.mean(axis=0), plane_mm.mean(axis=0)
    a, b = part_mm - middle, plane_mm - target
    cross = float(np.sum(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]))
    turn_deg = math.degrees(math.atan2(cross, float(np.sum(a * b))))
    x, y = target - Placement(turn_deg).to_frame(middle[None])[0]
    return Placement(turn_deg, (float(x), float(y)))


def _full(quarter_px: Points) -> Points:
    """Pixel positions at a quarter of the resolution, in the picture."""
    return quarter_px * SCALE + (SCALE - 1) / 2.0
