"""Surface normals from several directed lights, pixel by pixel.

Levels are (lights, pixels) float32; NaN and negative ones do not count. Nothing is checked here:
`vision.depth.normals` does.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Line = NDArray[np.float32]
Lights = NDArray[np.float64]

_FEWEST = 3


@njit(nogil=True, cache=True, error_model="numpy")
def _solve(a: Lights, b: Lights, x: Lights) -> bool:
    """Solve the symmetric 3 x 3 system `a` x = `b` by Cramer's rule; False where it has no one."""
    c00 = a[1, 1] * a[2, 2] - a[1, 2] * a[1, 2]
    c01 = a[0, 2] * a[1, 2] - a[0, 1] * a[2, 2]
    c02 = a[0, 1] * a[1, 2] - a[0, 2] * a[1, 1]
    det = a[0, 0] * c00 + a[0, 1] * c01 + a[0, 2] * c02
    size = a[0, 0] * a[1, 1] * a[2, 2]
    if not det > 1e-9 * size:
        return False
    c11 = a[0, 0] * a[2, 2] - a[0, 2] * a[0, 2]
    c12 = a[0, 1] * a[0, 2] - a[0, 0] * a[1, 2]
    c22 = a[0, 0] * a[1, 1] - a[0, 1] * a[0, 1]
    x[0] = (c00 * b[0] + c01 * b[1] + c02 * b[2]) / det
    x[1] = (c01 * b[0] + c11 * b[1] + c12 * b[2]) / det
    x[2] = (c02 * b[0] + c12 * b[1] + c22 * b[2]) / det
    return True


@njit(nogil=True, cache=True, error_model="numpy")
def lambertian(
    levels: Line,
    lights: Lights,
    inverse: Lights,
    tolerance: float,
    alike: int,
    rounds: int,
    normals: Line,
) -> None:
    """Fill `normals` (3, pixels) float32 with albedo times unit normal; NaN where unknown.

    `levels`: (lights, pixels); `lights`: (lights, 3) unit directions; `inverse`: (3, lights), its
    pseudo-inverse. Where plain least squares leaves at most `tolerance` of the brightest level in
    every light, it stands; elsewhere `rounds` of re-weighting follow, in all but the first `alike`
    of which a light also weighs as its level.
    """
    count, pixels = levels.shape
    a = np.empty((3, 3))
    b = np.empty(3)
    g = np.empty(3)
    weight = np.empty(count)
    for i in range(pixels):
        brightest = 0.0
        usable = 0
        for k in range(count):
            level = levels[k, i]
            if level >= 0.0:
                usable += 1
                brightest = max(brightest, level)
        normals[0, i] = normals[1, i] = normals[2, i] = np.nan
        if usable < _FEWEST or brightest <= 0.0:
            continue
        rest = np.inf
        if usable == count:
            for j in range(3):
                total = 0.0
                for k in range(count):
                    total += inverse[j, k] * levels[k, i]
                g[j] = total
            rest = 0.0
            for k in range(count):
                model = lights[k, 0] * g[0] + lights[k, 1] * g[1] + lights[k, 2] * g[2]
                rest = max(rest, abs(levels[k, i] - model))
        solved = rest <= tolerance * brightest
        if not solved:
            for k in range(count):
                weight[k] = 0.0
                if levels[k, i] >= 0.0:
                    weight[k] = 1.0 if alike > 0 else levels[k, i]
            floor = tolerance * brightest
            for turn in range(rounds):
                a[:] = 0.0
                b[:] = 0.0
                for k in range(count):
                    if weight[k] > 0.0:
                        for j in range(3):
                            lit = weight[k] * lights[k, j]
                            b[j] += lit * levels[k, i]
                            for m in range(3):
                                a[j, m] += lit * lights[k, m]
                if not _solve(a, b, g):
                    break
                solved = True
                for k in range(count):
                    if levels[k, i] >= 0.0:
                        model = lights[k, 0] * g[0] + lights[k, 1] * g[1] + lights[k, 2] * g[2]
                        # A highlight weighs as the matt surface would, a shadow as it is.
                        sure = 1.0
                        if turn >= alike:
                            sure = min(levels[k, i], max(model, 0.0))
                        weight[k] = sure / max(abs(levels[k, i] - model), floor)
        if solved:
            for j in range(3):
                normals[j, i] = g[j]
