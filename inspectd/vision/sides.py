"""The two sides of a line: where its mean profile rises out of the surface's own scatter.

A groove in slanting light has a strong flank and a weak one. Half of the whole profile's height
would take the strong one for all of the line.
"""

import numpy as np
from numpy.typing import NDArray

from inspectd.vision.background import Plane
from inspectd.vision.band import STEP_PX
from inspectd.vision.robust import median_and_sigma

_SHARE = 0.15  # of the profile's peak
_SIGMAS = 5.0  # of what lies beside
_FLANK_PX = 2.0  # a blurred edge has risen to its full height so far inside
_PAUSE_PX = 1.5  # from a bright flank to a dark one
_REACH_PX = 10.0  # half of the widest line and its flanks
_USUAL_TIMES = 4.0  # the power of a knot on a line, which is left out
_HALF = 0.5


def sides_px(planes: Plane, beside_px: float) -> tuple[float, float]:
    """Where a line begins and ends across, px from the middle of `planes`.

    `planes`: (points along, positions across), `band.straightened`, the line about in the middle;
    farther from it than `beside_px` is surface only. Each side is where the profile has half of the
    height of its own flank.
    """
    middle = planes.shape[1] // 2
    reach, clear = round(_REACH_PX / STEP_PX), round(beside_px / STEP_PX)
    near = slice(middle - reach, middle + reach + 1)
    power = (planes[:, near] ** 2).sum(axis=1)
    mean = planes[power <= _USUAL_TIMES * np.median(power)].mean(axis=0, dtype=np.float64)
    level, scatter = median_and_sigma(np.r_[mean[: middle - clear], mean[middle + clear + 1 :]])
    height = np.abs(mean[near] - level)
    peak = int(height.argmax())
    least = max(_SHARE * height[peak], min(_SIGMAS * scatter, _HALF * height[peak]))
    left = peak - _side(height[peak::-1], least)
    right = peak + _side(height[peak:], least)
    return STEP_PX * (left - reach), STEP_PX * (right - reach)


def _side(height: NDArray[np.float64], least: float) -> float:
    """How many steps outwards from the first of `height` the profile's side lies."""
    flank, pause = round(_FLANK_PX / STEP_PX), round(_PAUSE_PX / STEP_PX)
    last = 0
    for place, value in enumerate(height):
        if value >= least:
            last = place
        elif place - last > pause:
            break
    half = _HALF * float(height[max(0, last - flank) : last + 1].max())
    while last + 1 < len(height) and height[last] >= half:
        last += 1
    while last > 0 and height[last] < half:
        last -= 1
    if last + 1 >= len(height):
        return float(last)
    fall = height[last] - height[last + 1]
    return last + float(np.clip((height[last] - half) / max(fall, 1e-12), 0.0, 1.0))
