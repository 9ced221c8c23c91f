"""What colour a defect is of, compared with the surface around it."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Pixels, Points
from inspectd.vision.ciede import Lab, delta_e_2000

_COLOUR_NDIM = 3
_RIM_PX = 3  # to both sides of an outline, where neither colour is pure
_RING_PX = 12  # of surface beyond


def colour_of(
    pixels: Pixels, contour_px: Points, surface: Lab | None = None
) -> tuple[float, float] | None:
    """CIEDE2000 to the surface, and CIELAB hue angle in degrees; None in a grey picture.

    `pixels` as in `core.frame.Frame`, taken as sRGB under D65; `contour_px`: (n, 2) float64
    (column, row). `surface`: (3,) L*, a*, b* of what the surface should be, where that was taught;
    else the surface around the outline is compared with. None, too, where no pixel is left.
    """
    if pixels.ndim != _COLOUR_NDIM:
        return None
    reach = _RIM_PX + _RING_PX
    rows, columns = pixels.shape[:2]
    low = np.maximum(np.floor(contour_px.min(axis=0)).astype(int) - reach, 0)
    high = np.minimum(np.ceil(contour_px.max(axis=0)).astype(int) + reach + 1, (columns, rows))
    box = pixels[low[1] : high[1], low[0] : high[0]]
    inside = np.zeros(box.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.rint(contour_px - low).astype(np.int32)], 1)
    core = np.asarray(cv2.erode(inside, _disc(_RIM_PX)), dtype=np.uint8)
    ring = np.asarray(
        cv2.dilate(inside, _disc(reach)) - cv2.dilate(inside, _disc(_RIM_PX)), dtype=np.uint8
    )
    core = core if core.any() else inside
    if not core.any() or (surface is None and not ring.any()):
        return None
    own = _mean_lab(box, core)
    around = _mean_lab(box, ring) if surface is None else surface
    hue = math.degrees(math.atan2(float(own[2]), float(own[1]))) % 360.0
    return float(delta_e_2000(own, around)), hue


def _mean_lab(box: Pixels, mask: NDArray[np.uint8]) -> Lab:
    """CIELAB of the mean colour under a mask."""
    mean = box[mask > 0].mean(axis=0, dtype=np.float64) / float(np.iinfo(box.dtype).max)
    lab = cv2.cvtColor(mean.astype(np.float32).reshape(1, 1, 3), cv2.COLOR_BGR2Lab)
    return np.asarray(lab, dtype=np.float64).reshape(3)


def _disc(radius: int) -> NDArray[np.uint8]:
    size = (2 * radius + 1,) * 2
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size), dtype=np.uint8)
