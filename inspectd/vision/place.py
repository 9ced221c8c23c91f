"""From how a part lies in pixels to how it lies in millimetres."""

import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.placement import Placement
from inspectd.vision.background import SCALE
from inspectd.vision.register import Registered


def placement(
    registered: Registered, quarter_shape: tuple[int, int], calibration: Calibration
) -> Placement:
    """Where the part lies in its plane. `quarter_shape`: (rows, columns) of the taught maps.

    Four places of the taught picture and where they are now, both through the calibration: so
    a tilted camera does not bend the part.
    """
    rows, columns = quarter_shape
    grid = [(c * columns, r * rows) for r in (0.25, 0.75) for c in (0.25, 0.75)]
    taught_px = np.asarray(grid, dtype=np.float64)
    seen_px = taught_px @ registered.motion[:, :2].T + registered.motion[:, 2]
    taught_mm, seen_mm = (calibration.to_mm(_full(px)) for px in (taught_px, seen_px))
    if not (np.isfinite(taught_mm).all() and np.isfinite(seen_mm).all()):
        return Placement(score=registered.score)
    return Placement.fitted(taught_mm, seen_mm, registered.score)


def _full(
    quarter_px: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Pixel positions at a quarter of the resolution, in the picture."""
    return quarter_px * SCALE + (SCALE - 1) / 2.0
