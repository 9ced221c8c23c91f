"""What of the picture is judged at all, in millimetres: the taught part without its rims and holes.

What lies beyond is not looked at, so that a scratch which runs into it ends there for whoever only
looks at what was found.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Points
from inspectd.vision.background import SCALE
from inspectd.vision.kernels.outline import border_gap, holds

_TOLERANCE_PX = 0.5  # of quarter resolution, of the simplified border
_STEPS = 32  # of a gap between two outlines


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """`borders_mm`: (n, 2) float64 corners each; what an odd number of them surrounds is judged."""

    borders_mm: tuple[Points, ...]

    def reaches_border(self, outline: Points, reach_mm: float) -> bool:
        """Whether what is not judged begins within a reach of an outline."""
        return any(border_gap(border, outline, reach_mm) <= reach_mm for border in self.borders_mm)

    def judged_gap_mm(self, one: Points, other: Points) -> float:
        """How far two outlines are apart, on the straight line between their nearest corners.

        Only what is judged of it counts: across a hole it is the surface on both sides.
        """
        apart = np.hypot(*(one[:, None] - other[None]).transpose(2, 0, 1))
        a, b = np.unravel_index(int(apart.argmin()), apart.shape)
        share = (np.arange(_STEPS) + 0.5)[:, None] / _STEPS
        between = one[a] + share * (other[b] - one[a])
        judged = sum(self._judges(float(x), float(y)) for x, y in between)
        return float(apart[a, b]) * judged / _STEPS

    def _judges(self, x: float, y: float) -> bool:
        return sum(bool(holds(border, x, y)) for border in self.borders_mm) % 2 == 1


def ground_of(inside: NDArray[np.uint8], calibration: Calibration) -> Ground:
    """The ground where `inside` is 1: (rows, columns) uint8 at a quarter of the resolution.

    A border that lies beyond what the lens can tell is left out.
    """
    contours, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    borders = []
    for contour in contours:
        corners = cv2.approxPolyDP(contour, _TOLERANCE_PX, closed=True).reshape(-1, 2)
        border = calibration.to_mm(corners.astype(np.float64) * SCALE + (SCALE - 1) / 2.0)
        if np.isfinite(border).all():
            borders.append(np.ascontiguousarray(border))
    return Ground(tuple(borders))
