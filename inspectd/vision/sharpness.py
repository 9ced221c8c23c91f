"""How sharp a picture is, and in which direction it is not.

Where the picture changes most over four pixels, what share of that change does its steepest step of
one pixel bring? Blur lowers it; brightness does not, and noise hardly, as only the largest changes
are asked. Four directions are asked each for itself: motion blurs along one. A sample of rows is
enough.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SPAN = 4  # pixels
_BANDS = 48  # of five rows each, evenly over the picture
# Along the columns of a row, down and to the right, down, down and to the left.
_DIRECTIONS = ((0, 1), (1, 1), (1, 0), (1, -1))
# A change counts that is so many times the root mean square of all. Of noise it is one in 1,000.
_LARGE = 3.3
# Below so many times the picture's usual change there are no edges, but noise and texture only.
_EDGE = 8.0
_FEWEST = 32
_TINY = 1e-3


@dataclass(frozen=True, slots=True)
class Sharpness:
    """`focus`: share of the largest changes that lies in one pixel; 1 is a step, 0.25 a ramp.

    `contrast`: those changes in units of the usual one; below `EDGES` there is nothing to judge
    sharpness by. `anisotropy_x`, `_y`: a vector towards twice the sharpest direction (a direction
    is the same after half a turn), as long as the logarithm of the focus differs.
    """

    focus: float
    contrast: float
    anisotropy_x: float
    anisotropy_y: float

    @property
    def can_be_told(self) -> bool:
        """Whether the picture has edges to judge its sharpness by."""
        return self.contrast >= _EDGE


def sharpness(lightness: NDArray[np.uint8]) -> Sharpness:
    """Measure a picture, (rows, columns) of at least 8 x 8."""
    tops = np.unique(np.linspace(0, lightness.shape[0] - _SPAN - 1, _BANDS).astype(int))
    bands = lightness[tops[:, None] + np.arange(_SPAN + 1)].astype(np.int16)
    shares, contrasts = [], []
    for down, right in _DIRECTIONS:
        share, contrast = _steepest(bands, down, right)
        shares.append(share)
        contrasts.append(contrast)
    told = [share for share, contrast in zip(shares, contrasts, strict=True) if contrast >= _EDGE]
    usable = told or shares
    focus = math.exp(sum(map(math.log, usable)) / len(usable))
    vector = sum(
        math.log(share / focus) * complex(math.cos(turn), math.sin(turn))
        for share, turn in zip(shares, (0.0, math.pi / 2, math.pi, -math.pi / 2), strict=True)
    )
    return Sharpness(focus, max(contrasts), vector.real / 2.0, vector.imag / 2.0)


def _steepest(bands: NDArray[np.int16], down: int, right: int) -> tuple[float, float]:
    """Share of the steepest step in the largest changes, and how large those are.

    `bands`: (bands, 5, columns).
    """
    columns = bands.shape[2] - abs(_SPAN * right)
    start = max(0, -_SPAN * right)
    profile = [
        bands[:, step * down, start + step * right : start + step * right + columns]
        for step in range(_SPAN + 1)
    ]
    change = np.abs(profile[-1] - profile[0])
    sample = change[::2, ::8]
    usual = float(np.median(sample)) + 1.0
    large = change > max(_LARGE * math.sqrt(float(np.mean(sample.astype(np.float32) ** 2))), 1.0)
    if np.count_nonzero(large) < _FEWEST:
        return 1.0, 0.0
    values = np.stack([points[large] for points in profile]).astype(np.float32)
    steps = np.abs(np.diff(values, axis=0)).max(axis=0)
    whole = change[large]
    share = float(np.minimum(steps, whole).sum() / whole.sum())
    return max(share, _TINY), float(np.median(whole)) / usual
