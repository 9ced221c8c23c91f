"""Whether the picture runs one way only: the structure tensor along a path.

Source: J. Bigun and G. H. Granlund, "Optimal orientation detection of linear symmetry", ICCV 1987.
"""

import cv2
import numpy as np

from inspectd.vision.background import Plane
from inspectd.vision.band import STEP_PX

_SIGMA_PX = 1.5
_BEYOND_PX = 3.0
_SURFACE_FROM_PX = 12.0


def coherence(planes: Plane, width_px: float) -> float:
    """1 where levels change across the path only, 0 where as much along it, -1 along it only.

    `planes`: `band.straightened`, so that a bend in the path is none here; `width_px` of the line
    in its middle. What the surface beside it does is taken off, since noise changes both ways.
    """
    smooth = cv2.GaussianBlur(planes, (0, 0), sigmaX=_SIGMA_PX / STEP_PX, sigmaY=_SIGMA_PX)
    smooth = np.asarray(smooth, dtype=np.float64)
    along, across = np.gradient(smooth, axis=0), np.gradient(smooth, STEP_PX, axis=1)
    away_px = STEP_PX * np.abs(np.arange(planes.shape[1]) - planes.shape[1] // 2)
    on, beside = away_px <= width_px / 2.0 + _BEYOND_PX, away_px > _SURFACE_FROM_PX
    power = [
        max(float((way[:, on] ** 2).mean() - (way[:, beside] ** 2).mean()), 0.0)
        for way in (across, along)
    ]
    return (power[0] - power[1]) / max(sum(power), 1e-12)
