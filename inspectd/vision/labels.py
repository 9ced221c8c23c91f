"""Where labels go: near what they name, inside the picture, over no other label and no defect."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Points

Box = tuple[int, int, int, int]  # left, top, width, height, in px

_NEAR_LABELS = 1.5  # a label farther from its defect, in its heights, would name another one


class Ground:
    """What of a picture is free, on a grid of cells of `cell_px`.

    `shape`: (rows, columns) of the picture.
    """

    def __init__(self, shape: tuple[int, ...], cell_px: int) -> None:
        self._cell_px = cell_px
        rows, columns = shape[0] // cell_px, shape[1] // cell_px
        self._taken = np.zeros((rows, columns), np.uint8)

    def take_outline(self, contour_px: Points) -> None:
        """No label is to lie on this (n, 2) outline of (column, row), nor in it."""
        if self._taken.size:
            corners = [np.floor(contour_px / self._cell_px).astype(np.int32)]
            cv2.fillPoly(self._taken, corners, 1)
            cv2.polylines(self._taken, corners, isClosed=True, color=1)

    def take(self, box: Box) -> None:
        """No other label is to lie on this box."""
        left, top, width, height = box
        cell = self._cell_px
        rows = slice(max(0, top) // cell, math.ceil(max(0, top + height) / cell))
        columns = slice(max(0, left) // cell, math.ceil(max(0, left + width) / cell))
        self._taken[rows, columns] = 1

    def place(self, size_px: tuple[int, int], contour_px: Points) -> Box | None:
        """Take the free box of (width, height) that is nearest to an outline; None: none is near.

        The box covers whole cells, so it is returned at the corner of one.
        """
        cell = self._cell_px
        wide, high = (math.ceil(side / cell) for side in size_px)
        free = self._free(wide, high)
        if not free.any():
            return None
        tops, lefts = np.nonzero(free)
        away, off = _distances(lefts, tops, (wide, high), contour_px / cell)
        best = int((away + 0.1 * off).argmin())
        if away[best] > _NEAR_LABELS * high:
            return None
        box = (int(lefts[best]) * cell, int(tops[best]) * cell, *size_px)
        self.take(box)
        return box

    def _free(self, wide: int, high: int) -> NDArray[np.bool_]:
        """At [row, column]: whether a box of so many cells with its upper left there is free."""
        rows, columns = self._taken.shape
        if high > rows or wide > columns:
            return np.zeros((0, 0), dtype=bool)
        total = cv2.integral(self._taken)
        held = total[high:, wide:] - total[:-high, wide:] - total[high:, :-wide]
        return np.asarray(held + total[:-high, :-wide] == 0)


def _distances(
    lefts: NDArray[np.intp], tops: NDArray[np.intp], size: tuple[int, int], contour: Points
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far n boxes are from the nearest corner of an outline, and their middles from its."""
    nearest = np.full(len(lefts), np.inf)
    for x, y in contour[:: max(1, len(contour) // 16)]:
        aside = np.maximum(np.maximum(lefts - x, x - (lefts + size[0])), 0.0)
        above = np.maximum(np.maximum(tops - y, y - (tops + size[1])), 0.0)
        nearest = np.minimum(nearest, np.hypot(aside, above))
    middle = contour.mean(axis=0)
    off = np.hypot(lefts + size[0] / 2 - middle[0], tops + size[1] / 2 - middle[1])
    return nearest, np.asarray(off, dtype=np.float64)
