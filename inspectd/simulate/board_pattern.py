"""What is printed on a calibration target, and how much of an area of it is white."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
# Mean of a piecewise constant field around points x, y (mm), each over a box w, h (mm).
Pattern = Callable[[Values, Values, Values, Values], Values]

# Modules of a marker of DICT_5X5_1000 with its black border.
_MODULES = 7
_DOT_RADIUS_SHARE = 0.25


class Board(Protocol):
    """A flat target, as `inspectd_calibration.target.Target` describes it."""

    @property
    def kind(self) -> str:
        """The words chessboard, charuco or dots."""
        ...

    @property
    def columns(self) -> int:
        """Points in a row."""
        ...

    @property
    def rows(self) -> int:
        """Points in a column."""
        ...

    @property
    def pitch_mm(self) -> float:
        """Distance of neighbouring points."""
        ...

    @property
    def marker_mm(self) -> float | None:
        """Side of a ChArUco marker."""
        ...


def pattern_of(board: Board) -> Pattern:
    """Share of white, 0 to 1, of boxes on the board: x right, y down, (0, 0) its first point.

    The white margin has no end. Of the same mean and the same variance along an edge's normal as
    the true footprint, a box shows straight edges where they are.
    """
    if board.kind == "dots":
        return _dots(board)
    if board.kind == "chessboard":
        return _squares(board)
    return _charuco(board)


def _squares(board: Board) -> Pattern:
    """Black where column and row of the square are both even or both odd; the first is black."""
    odd = np.indices((board.rows + 1, board.columns + 1)).sum(axis=0) % 2
    table = np.pad(odd, 1, constant_values=1).astype(np.float64)
    pitch_mm = board.pitch_mm

    def white(x: Values, y: Values, w: Values, h: Values) -> Values:
        # The first square ends at the first point.
        boxes = _Boxes(x / pitch_mm + 1.0, y / pitch_mm + 1.0, w / pitch_mm, h / pitch_mm)
        return _mean_of_cells(table, boxes)

    return white


def _charuco(board: Board) -> Pattern:
    """A chessboard with a marker amid each white square, numbered row by row, as OpenCV does."""
    assert board.marker_mm is not None
    squares = _squares(board)
    markers = _marker_tables(board)
    pitch_mm, module_mm = board.pitch_mm, board.marker_mm / _MODULES
    margin_mm = (board.pitch_mm - board.marker_mm) / 2.0

    def white(x: Values, y: Values, w: Values, h: Values) -> Values:
        column, row = (np.floor(v / pitch_mm) for v in (x, y))
        boxes = _Boxes(
            (x - column * pitch_mm - margin_mm) / module_mm,
            (y - row * pitch_mm - margin_mm) / module_mm,
            w / module_mm,
            h / module_mm,
        )
        # The squares are counted from the one above and left of the first point; one more for none.
        column, row = (c.astype(np.intp) + 2 for c in (column, row))
        which = (row.clip(0, board.rows + 2), column.clip(0, board.columns + 2))
        marker = _mean_of_cells(markers, boxes, which)
        return np.asarray(squares(x, y, w, h) - (1.0 - marker))

    return white


def _marker_tables(board: Board) -> Values:
    """White modules, 1, of every square's marker with a white border: (rows, columns, 9, 9)."""
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_1000)
    tables = np.ones((board.rows + 3, board.columns + 3, _MODULES + 2, _MODULES + 2))
    number = 0
    for row, column in np.ndindex(board.rows + 1, board.columns + 1):
        if (row + column) % 2:
            bits = cv2.aruco.generateImageMarker(dictionary, number, _MODULES)
            tables[row + 1, column + 1, 1:-1, 1:-1] = bits > 0
            number += 1
    return tables


@dataclass(frozen=True, slots=True)
class _Boxes:
    """Middles and sizes of boxes in cells."""

    u: Values
    v: Values
    width: Values
    height: Values


def _mean_of_cells(
    table: Values,
    boxes: _Boxes,
    which: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None,
) -> Values:
    """Mean of unit cells over boxes that are at most as large as one.

    `table`: (..., rows, columns) of the cells with a border around them; cell 0 is the first
    after the border, which goes on without end. `which` picks a table for each box.
    """
    columns, column_weights = _shares(boxes.u, boxes.width, table.shape[-1])
    rows, row_weights = _shares(boxes.v, boxes.height, table.shape[-2])
    total = np.zeros_like(boxes.u)
    for row, row_weight in zip(rows, row_weights, strict=True):
        for column, column_weight in zip(columns, column_weights, strict=True):
            at = (row, column) if which is None else (*which, row, column)
            total += row_weight * column_weight * table[at]
    return total


def _shares(
    at: Values, width: Values, cells: int
) -> tuple[tuple[NDArray[np.intp], ...], tuple[Values, ...]]:
    """The two cells that an interval lies in, with its shares in them."""
    first, last = np.floor(at - width / 2.0), np.floor(at + width / 2.0)
    share = np.where(last > first, (at + width / 2.0 - last) / width, 0.0)
    indices = tuple((i.astype(np.intp) + 1).clip(0, cells - 1) for i in (first, last))
    return indices, (1.0 - share, share)


def _dots(board: Board) -> Pattern:
    """Black discs, half a pitch wide."""
    pitch_mm, radius_mm = board.pitch_mm, _DOT_RADIUS_SHARE * board.pitch_mm

    def white(x: Values, y: Values, w: Values, h: Values) -> Values:
        column = np.rint(x / pitch_mm).clip(0, board.columns - 1)
        row = np.rint(y / pitch_mm).clip(0, board.rows - 1)
        distance = np.hypot(x - column * pitch_mm, y - row * pitch_mm) - radius_mm
        return np.asarray((0.5 + distance / np.sqrt(w * h)).clip(0.0, 1.0))

    return white
