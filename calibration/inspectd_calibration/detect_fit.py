"""What the fits of corners and of dots share: the grid around a point, its pixels, the solver."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Points
from inspectd_calibration.detection import Detection
from inspectd_calibration.target import Target

Values = NDArray[np.float64]
# From unknowns (n, k): levels (n, m) and their derivatives (n, m, k). The first two unknowns are
# the way from the first guess to the point, px.
Model = Callable[[Values], tuple[Values, Values]]

_STEPS = 12
_CLOSE_ENOUGH_PX = 1e-4
_RIDGE = 1e-9


@dataclass(frozen=True, slots=True)
class Grid:
    """How the lens shows the target around each point: derivatives per pitch, (n, 2) px each.

    NaN in `along_row` or `along_column` where a point has no neighbour that way; what bends is
    taken for straight where too few points are known.
    """

    along_row: Points
    along_column: Points
    bend_row: Points
    bend_column: Points
    twist: Points

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which points have a neighbour both ways."""
        return np.asarray(np.isfinite(self.along_row + self.along_column).all(axis=1))

    def of(self, which: NDArray[np.bool_]) -> "Grid":
        """The same for some of the points."""
        ways = (self.along_row, self.along_column, self.bend_row, self.bend_column, self.twist)
        return Grid(*(way[which] for way in ways))


@dataclass(frozen=True, slots=True)
class Windows:
    """Pixels around each point: offsets from the first guess (n, m) px, levels and weights."""

    right: Values
    down: Values
    levels: Values
    weights: Values


def positions(found: Detection, target: Target) -> Points:
    """(rows, columns, 2) px of all points of the target; NaN for those that were not found."""
    at = np.full((target.rows * target.columns, 2), np.nan)
    at[found.ids] = found.points_px
    return at.reshape(target.rows, target.columns, 2)


def grid_around(found: Detection, target: Target) -> Grid:
    """Derivatives of the positions that were found."""
    grid = positions(found, target)
    row, bend_row = _way_and_bend(grid)
    column, bend_column = (_turned(v) for v in _way_and_bend(_turned(grid)))
    twist = _to_the_border(_to_the_border(_turned(_way_and_bend(_turned(row))[0]), 0), 1)
    ways = (row, column, bend_row, bend_column, np.nan_to_num(twist))
    return Grid(*(way.reshape(-1, 2)[found.ids] for way in ways))


def _turned(grid: Points) -> Points:
    return grid.transpose(1, 0, 2)


def _way_and_bend(grid: Points) -> tuple[Points, Points]:
    """First and second derivative along the rows of (rows, columns, 2), per pitch."""
    before, after = np.full_like(grid, np.nan), np.full_like(grid, np.nan)
    before[:, 1:], after[:, :-1] = grid[:, :-1], grid[:, 1:]
    ways = np.stack(((after - before) / 2.0, after - grid, grid - before))
    first = np.isfinite(ways).all(axis=-1).argmax(axis=0)
    way = np.take_along_axis(ways, first[None, ..., None], axis=0)[0]
    bend = after - 2.0 * grid + before
    bend = np.nan_to_num(_to_the_border(bend, axis=1))
    one_sided = np.where(first == 1, -0.5, np.where(first == 2, 0.5, 0.0))  # noqa: PLR2004
    return way + one_sided[..., None] * bend, bend


def _to_the_border(values: Values, axis: int) -> Values:
    """The first and the last along `axis` anew: as the two before them go on."""
    inner = values.take(range(1, values.shape[axis] - 1), axis)
    if inner.shape[axis] == 1:
        return np.repeat(inner, 3, axis)
    width = [(1, 1) if i == axis else (0, 0) for i in range(values.ndim)]
    return np.pad(inner, width, mode="reflect", reflect_type="odd")


def windows_around(grey: NDArray[np.uint8], points_px: Points, radius_px: float) -> Windows:
    """Pixels of round windows, which count by the share of them that is inside."""
    reach = int(np.ceil(radius_px))
    offsets = np.arange(-reach, reach + 1)
    right, down = (v.ravel() for v in np.meshgrid(offsets, offsets))
    nearest = np.rint(points_px).astype(np.intp)
    columns, rows = nearest[:, :1] + right, nearest[:, 1:] + down
    inside = (columns >= 0) & (columns < grey.shape[1]) & (rows >= 0) & (rows < grey.shape[0])
    levels = grey[rows.clip(0, grey.shape[0] - 1), columns.clip(0, grey.shape[1] - 1)]
    dx, dy = columns - points_px[:, :1], rows - points_px[:, 1:]
    weights = inside * (radius_px + 0.5 - np.hypot(dx, dy)).clip(0.0, 1.0)
    return Windows(dx, dy, levels.astype(np.float64), weights)


@dataclass(frozen=True, slots=True)
class Fitted:
    """Positions (n, 2) px; half contrast (n,) and the rms (n,) that remains, grey levels."""

    points_px: Points
    contrast: Values
    residual: Values


def fit(model: Model, windows: Windows, unknowns: Values) -> tuple[Values, Values]:
    """Unknowns (n, k) of least weighted squares, and the rms (n,) that remains.

    By Gauss and Newton, from a good guess.
    """
    for _ in range(_STEPS):
        levels, jacobian = model(unknowns)
        step = _solve(jacobian, windows.levels - levels, windows.weights)
        unknowns = unknowns + step
        if np.abs(step[:, :2]).max() < _CLOSE_ENOUGH_PX:
            break
    squares = windows.weights * (windows.levels - model(unknowns)[0]) ** 2
    return unknowns, np.sqrt(squares.sum(axis=1) / windows.weights.sum(axis=1))


def level_and_contrast(shape: Values, windows: Windows) -> tuple[Values, Values]:
    """Mean level and amplitude (n,) with which `shape` (n, m) comes nearest to the windows."""
    total = windows.weights.sum(axis=1)
    mean, middle = (
        (windows.weights * v).sum(axis=1, keepdims=True) / total[:, None]
        for v in (windows.levels, shape)
    )
    centred = windows.weights * (shape - middle)
    contrast = (centred * windows.levels).sum(axis=1) / (centred * shape).sum(axis=1)
    return mean[:, 0] - contrast * middle[:, 0], contrast


def _solve(jacobian: Values, missing: Values, weights: Values) -> Values:
    """The step of each point, (n, k), that weighted least squares takes."""
    weighted = np.swapaxes(jacobian * weights[..., None], 1, 2)
    normal = weighted @ jacobian
    # A window without contrast must not end the fit of the others.
    ridge = _RIDGE * np.eye(normal.shape[-1]) * (1.0 + np.einsum("nii->ni", normal)[:, None, :])
    return np.asarray(np.linalg.solve(normal + ridge, weighted @ missing[..., None])[..., 0])
