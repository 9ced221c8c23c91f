"""How blurred the edges of a target are."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Points
from inspectd_calibration.detect_fit import positions
from inspectd_calibration.detection import Detection
from inspectd_calibration.target import Target

# Between two points at which the picture is read: wider, and a sharp edge seems as soft as that.
_STEP_PX = 0.25
_FEWEST_SAMPLES = 41
# This share of them at either end is plain.
_PLAIN = 0.1
# Of the normal distribution, one standard deviation below and above its mean.
_QUANTILES = (0.158655, 0.841345)
_FEWEST_EDGES = 4


@dataclass(frozen=True, slots=True)
class Blur:
    """Standard deviation of the point spread across the target's upright and level edges, px.

    Two numbers that differ much tell of motion. An ideal sensor shows 0.3 px (its own pixel).
    """

    across_upright_px: float
    across_level_px: float

    @property
    def largest_px(self) -> float:
        """The worse of the two."""
        return max(self.across_upright_px, self.across_level_px)

    @property
    def smallest_px(self) -> float:
        """The better of the two."""
        return min(self.across_upright_px, self.across_level_px)

    @property
    def mean_px(self) -> float:
        """Of all edges."""
        return float(np.hypot(self.across_upright_px, self.across_level_px) / np.sqrt(2.0))


def edge_blur(grey: NDArray[np.uint8], found: Detection, target: Target) -> Blur:
    """Blur of a (rows, columns) picture at the edges of the target that was found in it.

    The mean profile across all edges of a direction is an edge spread function (ISO 12233); half
    the way from 16 to 84 % of its rise is taken, which is sigma if it is a Gauss curve's integral,
    and noise hardly touches. 0 where no edge is known.
    """
    grid = positions(found, target)
    reach = _reach(target)
    return Blur(
        _across(grey, grid, reach, dots=target.kind == "dots"),
        _across(grey, grid.transpose(1, 0, 2), reach, dots=target.kind == "dots"),
    )


def _reach(target: Target) -> float:
    """How far from an edge, in pitches, the sheet is plain on both sides."""
    if target.marker_mm is not None:
        return (target.pitch_mm - target.marker_mm) / (2.0 * target.pitch_mm)
    return 0.25 if target.kind == "dots" else 0.5


def _across(grey: NDArray[np.uint8], grid: Points, reach: float, *, dots: bool) -> float:
    """Standard deviation of the line spread along the rows of `grid`, (rows, columns, 2)."""
    if dots:
        step = grid[:, 1:] - grid[:, :-1]
        middles, steps = grid[:, :-1] + 0.25 * step, step
    else:
        # An edge runs from a point to the one below; across it lies the way to the next column.
        middles = (grid[:-1] + grid[1:]) / 2.0
        along = np.gradient(grid, axis=1)
        steps = (along[:-1] + along[1:]) / 2.0
    middles, steps = middles.reshape(-1, 2), steps.reshape(-1, 2)
    known = np.isfinite(middles).all(axis=1) & np.isfinite(steps).all(axis=1)
    if known.sum() < _FEWEST_EDGES:
        return 0.0
    return _line_spread_px(grey, middles[known], reach * steps[known])


def _line_spread_px(grey: NDArray[np.uint8], middles: Points, reaches: Points) -> float:
    reach_px = float(np.linalg.norm(reaches, axis=1).mean())
    share = np.linspace(-1.0, 1.0, max(_FEWEST_SAMPLES, 2 * round(reach_px / _STEP_PX) + 1))
    where = (middles[:, None] + share[None, :, None] * reaches[:, None]).astype(np.float32)
    profiles = cv2.remap(
        grey.astype(np.float32),
        where[..., 0],
        where[..., 1],
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    falling = profiles[:, -1] < profiles[:, 0]
    # Dark first: the bright side of a ChArUco edge ends at a marker.
    profiles[falling] = profiles[falling, ::-1]
    profile = np.maximum.accumulate(profiles.mean(axis=0))
    low, high = np.interp(_QUANTILES, _share_of_rise(profile), share)
    return float((high - low) / 2.0 * reach_px)


def _share_of_rise(profile: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 0 on the dark side to 1 on the bright one."""
    plain = round(_PLAIN * len(profile))
    dark, bright = profile[:plain].mean(), profile[-plain:].mean()
    return np.asarray((profile - dark) / max(bright - dark, np.finfo(np.float64).tiny))
