"""Where in the picture the target was seen: elsewhere a calibration only guesses."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd_calibration.detection import Detection

_COLUMNS = 64
_ZONE_ROWS = ("top", "", "bottom")
_ZONE_COLUMNS = ("left", "", "right")
_BLANK = 0.25


def views_over_field(detections: Sequence[Detection]) -> NDArray[np.int64]:
    """By how many views each cell of the picture is covered: (rows, 64) int64.

    A view covers the convex hull of its points. The cells are square.
    """
    width_px, height_px = detections[0].width_px, detections[0].height_px
    cell_px = width_px / _COLUMNS
    counts = np.zeros((max(round(height_px / cell_px), 1), _COLUMNS), np.int64)
    for found in detections:
        hull = cv2.convexHull(((found.points_px + 0.5) / cell_px - 0.5).astype(np.float32))
        mask = np.zeros(counts.shape, np.uint8)
        cv2.fillConvexPoly(mask, np.round(hull).astype(np.int32), (1,))
        counts += mask
    return counts


def seen_share(counts: NDArray[np.int64]) -> float:
    """The share of the picture that any view covers."""
    return float(np.mean(counts > 0))


def blank_zones(counts: NDArray[np.int64]) -> tuple[str, ...]:
    """Which ninths of the picture are covered by less than a quarter: "top left", "centre"..."""
    blank = []
    for row, band in enumerate(np.array_split(counts, 3)):
        for column, zone in enumerate(np.array_split(band, 3, axis=1)):
            if seen_share(zone) < _BLANK:
                blank.append(_zone(row, column))
    return tuple(blank)


def zone_at(column_share: float, row_share: float) -> str:
    """The name of the ninth of the picture at a place given in shares of its sides, 0 to 1."""
    row, column = (min(int(3.0 * share), 2) for share in (row_share, column_share))
    return _zone(row, column)


def _zone(row: int, column: int) -> str:
    return f"{_ZONE_ROWS[row]} {_ZONE_COLUMNS[column]}".strip() or "centre"
