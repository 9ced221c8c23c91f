"""What was found of a target in one picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Points


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """Points of a target in one picture, in the same order.

    `name`: the picture's, for reports. `ids` (n,) int64: index into `Target.points_mm`; a
    chessboard or dot grid has them all, a ChArUco board those that were seen. `points_px` (n, 2)
    float64, sub-pixel, (0, 0) the middle of the first pixel. `points_mm` (n, 2) float64: the same
    on the target.
    """

    name: str
    width_px: int
    height_px: int
    ids: NDArray[np.int64]
    points_px: Points
    points_mm: Points
