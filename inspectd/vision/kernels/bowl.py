"""How alike a piece of a picture is to the shading of a bowl: many places and sizes in one call."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Plane = NDArray[np.float32]


@njit(nogil=True, cache=True, fastmath={"contract", "nsz", "reassoc"})
def likest(
    patch: Plane,
    radii: NDArray[np.float64],
    steps: NDArray[np.int64],
    rim_share: float,
    around: float,
) -> tuple[float, float, float, float, float]:
    """The best bowl: column and row from the middle, radius, height at its rim, correlation.

    In light from any side a bowl's brightness is a slope over its disc, which fades out at the rim
    over `rim_share` of the radius and three quarters of a pixel; compared with the patch as far as
    `around` radii. Places: `steps` from the middle, both ways. `patch`: (n, n) float32, large
    enough for all of them.
    """
    middle = len(patch) // 2
    best_x, best_y, best_radius, height, best = 0.0, 0.0, 0.0, 0.0, 0.0
    for radius in radii:
        reach = math.ceil(around * radius + 0.5)
        side = 2 * reach + 1
        inside, weight = np.empty((side, side), np.float32), np.empty((side, side), np.float32)
        norm, total = 0.0, 0.0
        for row in range(side):
            for column in range(side):
                x, y = column - reach, row - reach
                away = math.hypot(x, y)
                share = min(max((radius - away) / (rim_share * radius + 0.7) + 0.5, 0.0), 1.0)
                inside[row, column] = share
                weight[row, column] = min(max(around * radius - away + 0.5, 0.0), 1.0)
                norm += share * share * x * x
                total += weight[row, column]
        for down in steps:
            for aside in steps:
                across = along = mean = power = np.float32(0.0)
                for row in range(side):
                    y = np.float32(row - reach)
                    line, first = patch[middle + down + row - reach], middle + aside - reach
                    for column in range(side):
                        value = line[first + column]
                        shaded = inside[row, column] * value
                        across += shaded * np.float32(column - reach)
                        along += shaded * y
                        counted = weight[row, column] * value
                        mean += counted
                        power += counted * value
                power -= mean * mean / total
                slope = math.hypot(float(across), float(along))
                alike = slope / math.sqrt(max(float(power), 1e-12) * norm)
                if alike > best:
                    best_x, best_y, best_radius, best = aside, down, radius, alike
                    height = radius * slope / norm
    return best_x, best_y, best_radius, height, best
