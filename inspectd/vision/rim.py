"""The rim of a round dent: where its slope has fallen to half.

One pixel of a rough surface says little; the mean around the whole circle says much. Under a
directed light the shading of a bowl goes round it like a cosine, under a dome it is the same all
around: the first or the zeroth harmonic over the angle is the slope's profile along the radius.
"""

import math

import cv2
import numpy as np

from inspectd.core.frame import Points
from inspectd.vision.background import Plane
from inspectd.vision.shape import sides

_ROUND = 1.35  # sides of the smallest rectangle around; anything longer is no circle
_REACH = 1.8  # radii of the rough outline that are looked at
_STEPS_PER_PX = 2
_MOST_TURNS = 720
_HALF = 0.5
_CORNERS = 64


def round_rim(plane: Plane, rough: Points) -> Points:
    """The circle on which the shading in `plane` has fallen to half, near the outline `rough`.

    `plane`: (rows, columns) float32 difference from the surface; `rough`: (n, 2) float64 (column,
    row). What is not round keeps its outline.
    """
    short, long = sides(rough)
    if long > _ROUND * max(short, 1.0):
        return rough
    (x, y), radius = cv2.minEnclosingCircle(rough.astype(np.float32))
    profile = _shading(plane, (x, y), _REACH * radius)
    rim = _half_fall(profile, radius)
    if rim is None or not 1 / _REACH < rim / radius < _REACH:
        return rough
    angle = np.linspace(0.0, math.tau, _CORNERS, endpoint=False)
    return np.column_stack((x + rim * np.cos(angle), y + rim * np.sin(angle)))


def _shading(plane: Plane, centre: tuple[float, float], reach_px: float) -> Plane:
    """Amplitude along the radius, `_STEPS_PER_PX` to the pixel, of the stronger harmonic."""
    turns = min(max(16, round(math.tau * reach_px)), _MOST_TURNS)
    angle = np.arange(turns) * (math.tau / turns)
    distance = np.arange(max(4, round(_STEPS_PER_PX * reach_px)))[:, None] / _STEPS_PER_PX
    polar = cv2.remap(
        plane,
        (centre[0] + distance * np.cos(angle)).astype(np.float32),
        (centre[1] + distance * np.sin(angle)).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    ring = polar @ np.exp(1j * angle) * (2.0 / turns)
    weight = distance.ravel()
    towards = np.angle((ring * weight).sum())
    first = (ring * np.exp(-1j * towards)).real
    zeroth = polar.mean(axis=1)
    zeroth = zeroth * np.sign((zeroth * weight).sum())
    stronger = first if (first**2 @ weight) > (zeroth**2 @ weight) else zeroth
    return np.asarray(stronger, dtype=np.float32)


def _half_fall(profile: Plane, rough_px: float) -> float | None:
    """Radius in px where the profile, beyond its peak, has fallen to half of it."""
    near = profile[: round(1.25 * rough_px * _STEPS_PER_PX)]
    peak = int(near.argmax())
    if profile[peak] <= 0.0:
        return None
    level = _HALF * float(profile[peak])
    below = np.flatnonzero(profile[peak:] < level)
    if not below.size or peak + int(below[0]) < 1:
        return None
    outside = peak + int(below[0])
    fall = float(profile[outside - 1] - profile[outside])
    return (outside - 1 + (float(profile[outside - 1]) - level) / max(fall, 1e-9)) / _STEPS_PER_PX
