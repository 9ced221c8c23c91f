"""From slopes to heights."""

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def integrate(slope_x: Field, slope_down: Field, pitch_mm: float) -> Field:
    """The heights, mm, whose slopes come nearest to these in the least-squares sense.

    `slope_x`, `slope_down`: dz/dx and dz/drow, (rows, columns) float32, finite. The border is
    free: a cosine basis fulfils the Neumann condition, nothing is wrapped around. Mean 0.
    T. Simchony, R. Chellappa, M. Shao, "Direct analytical methods for solving Poisson equations in
    computer vision problems", IEEE PAMI 12 (1990).
    """
    rows, columns = slope_x.shape
    # cv2.dct asks for even sizes.
    even = ((0, rows % 2), (0, columns % 2))
    x, down = np.pad(slope_x, even, "edge"), np.pad(slope_down, even, "edge")
    # Differences between neighbours; each is the mean of the slopes at both.
    right = 0.5 * (x[:, :-1] + x[:, 1:])
    below = 0.5 * (down[:-1] + down[1:])
    divergence = np.zeros(x.shape, np.float32)
    divergence[:, :-1] += right
    divergence[:, 1:] -= right
    divergence[:-1] += below
    divergence[1:] -= below
    spectrum = cv2.dct(divergence)
    over_rows, over_columns = (2.0 * np.cos(np.pi * np.arange(n) / n) - 2.0 for n in x.shape)
    laplacian = over_rows[:, None] + over_columns[None, :]
    laplacian[0, 0] = 1.0
    spectrum = np.asarray(spectrum / laplacian, dtype=np.float32)
    spectrum[0, 0] = 0.0
    heights = cv2.idct(spectrum)[:rows, :columns] * np.float32(pitch_mm)
    return np.asarray(heights - heights.mean(), dtype=np.float32)
