"""Where the part lies in the picture: between the calibrated plane and the part's own axes."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Points


@dataclass(frozen=True, slots=True)
class Placement:
    """How far a part is turned and moved against the one that its zones were drawn on.

    A point (x, y) of the part in mm lies at R (x, y) + `shift_mm` of the calibrated plane; R turns
    by `rotation_deg` from the x axis towards the y axis. The identity, where nobody looks for the
    part: its axes are those of the plane.
    """

    rotation_deg: float = 0.0
    shift_mm: tuple[float, float] = (0.0, 0.0)

    def to_part(self, points_mm: Points) -> Points:
        """(n, 2) float64 positions in the calibrated plane, in the part's own axes."""
        return np.asarray((points_mm - np.asarray(self.shift_mm)) @ self._matrix, dtype=np.float64)

    def to_frame(self, points_mm: Points) -> Points:
        """(n, 2) float64 positions on the part, in the calibrated plane: undoes `to_part`."""
        return np.asarray(points_mm @ self._matrix.T + np.asarray(self.shift_mm), dtype=np.float64)

    @property
    def _matrix(self) -> NDArray[np.float64]:
        turn = math.radians(self.rotation_deg)
        return np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])


# Where nobody looks for the part.
IN_PLACE = Placement()
