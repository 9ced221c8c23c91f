"""Edges: whether an outline is a true border or only a level line through soft shading."""

import cv2
import numpy as np

from inspectd.core.frame import Points
from inspectd.vision.background import Plane
from inspectd.vision.shape import feret_diameter

# A border rises from surface to defect within a third of the defect's diameter; the flank of a
# Gaussian bell, the softest shading there is, takes twice that.
_RISES_PER_DIAMETER = 3.0
_LEVELS = 200.0  # of 255 between the surface and the defect
_SOBEL_GAIN = 8.0  # of the 3 x 3 kernel, per level and pixel
_LOW_SHARE = 0.5  # hysteresis (Canny, 1986)
_NEAR_PX = 2


def edge_support(likeness: Plane, outline: Points) -> float:
    """Share of an outline that lies on a Canny edge, 0 to 1.

    `likeness`: (rows, columns) float32, 0 on the surface, 1 on the defect, smooth over a pixel or
    more; `outline`: (n, 2) float64 (column, row).
    """
    levels = np.clip(likeness * _LEVELS + (255.0 - _LEVELS) / 2, 0, 255).astype(np.uint8)
    high = _SOBEL_GAIN * _LEVELS * _RISES_PER_DIAMETER / max(feret_diameter(outline), 1.0)
    edges = cv2.Canny(levels, _LOW_SHARE * high, high, L2gradient=True)
    near = cv2.dilate(edges, np.ones((2 * _NEAR_PX + 1,) * 2, np.uint8))
    rows, columns = likeness.shape
    x = np.clip(np.rint(outline[:, 0]), 0, columns - 1).astype(np.intp)
    y = np.clip(np.rint(outline[:, 1]), 0, rows - 1).astype(np.intp)
    return float(np.count_nonzero(near[y, x])) / len(outline)
