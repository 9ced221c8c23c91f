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
    the illuminance uniformity and `minimum_over_maximum` the illuminance diversity in the terms of
    EN 12665, measured through camera and lens, so with the lens's vignetting in them.
    """

    cells: NDArray[np.float64]
    minimum_over_mean: float
    minimum_over_maximum: float


def uniformity(signal: NDArray[np.floating]) -> Uniformity:
    """Measure `signal`, (rows, columns) with at least 9 x 9 pixels, in linear DN above dark."""
    grid = cv2.resize(
        np.asarray(signal, dtype=np.float32), (CELLS, CELLS), interpolation=cv2.INTER_AREA
    )
    cells = np.asarray(grid, dtype=np.float64)
    cells = cells / cells.mean()
    return Uniformity(
        cells=cells,
        minimum_over_mean=float(cells.min()),
        minimum_over_maximum=float(cells.min() / cells.max()),
    )
