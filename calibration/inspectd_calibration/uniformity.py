"""How evenly a light fills the field of view, from a picture of a flat white target."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

CELLS = 9


@dataclass(frozen=True, slots=True, eq=False)
class Uniformity:
    """Evenness of illumination on a grid of 9 x 9 cells.

    `cells`: (9, 9) float64, mean signal of each cell over the mean of all. `minimum_over_mean` is
    the illuminance uniformity U0 and `minimum_over_maximum` the illuminance diversity's inverse of
    EN 12665 (2018), section 3.2, measured through camera and lens, so with the lens's vignetting
    in it. `spread_percent`: standard deviation of the cells over their mean. `brighter_towards`:
    (right, down) share by which the signal grows from one side to the other.
    """

    cells: NDArray[np.float64]
    minimum_over_mean: float
    minimum_over_maximum: float
    spread_percent: float
    brighter_towards: tuple[float, float]


def uniformity(signal: NDArray[np.floating]) -> Uniformity:
    """Measure `signal`, (rows, columns) with at least 9 x 9 pixels, in linear DN above dark."""
    grid = cv2.resize(
        np.asarray(signal, dtype=np.float32), (CELLS, CELLS), interpolation=cv2.INTER_AREA
    )
    cells = np.asarray(grid, dtype=np.float64)
    cells = cells / cells.mean()
    across = (np.arange(CELLS) - 0.5 * (CELLS - 1)) / CELLS
    slope = 1.0 / (CELLS * float(across @ across))
    return Uniformity(
        cells=cells,
        minimum_over_mean=float(cells.min()),
        minimum_over_maximum=float(cells.min() / cells.max()),
        spread_percent=float(100.0 * cells.std()),
        brighter_towards=(
            float(slope * (cells @ across).sum()),
            float(slope * (across @ cells).sum()),
        ),
    )
