"""One order for the points of a grid that looks the same after a turn."""

import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Points


def upright(grid_px: Points, grey: NDArray[np.uint8] | None) -> Points:
    """Bring (rows, columns, 2) grid positions, found in any order, into the target's.

    Never mirrored: x to the right and y down turn the same way as in the picture. With `grey`, a
    chessboard's first square is black where a turn decides that. Of what is still possible, the
    way nearest to upright.
    """
    if _handedness(grid_px) < 0.0:
        grid_px = grid_px[::-1]
    turns = [grid_px, grid_px[::-1, ::-1]]
    if grid_px.shape[0] == grid_px.shape[1]:
        quarter = grid_px.transpose(1, 0, 2)[::-1]
        turns += [quarter, quarter[::-1, ::-1]]
    black = [turn for turn in turns if grey is None or _starts_black(turn, grey)] or turns
    return min(black, key=lambda turn: float(turn[0, 0].sum() - turn[-1, -1].sum()))


def _handedness(grid_px: Points) -> float:
    along_row, along_column = grid_px[0, -1] - grid_px[0, 0], grid_px[-1, 0] - grid_px[0, 0]
    return float(along_row[0] * along_column[1] - along_row[1] * along_column[0])


def _starts_black(grid_px: Points, grey: NDArray[np.uint8]) -> bool:
    """Whether the square of the first four points, and so the first of the sheet, is black."""
    middles = (grid_px[:-1, :-1] + grid_px[1:, 1:] + grid_px[1:, :-1] + grid_px[:-1, 1:]) / 4.0
    columns, rows = np.rint(middles).astype(np.intp).reshape(-1, 2).T
    levels = grey[rows.clip(0, grey.shape[0] - 1), columns.clip(0, grey.shape[1] - 1)]
    parity = np.indices(middles.shape[:2]).sum(axis=0).ravel() % 2
    return float(levels[parity == 0].mean()) < float(levels[parity == 1].mean())
