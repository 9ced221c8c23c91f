"""Pictures of a camera's and a plane's calibration, for the reports."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Points
from inspectd.core.lens import Lens
from inspectd_calibration.camera_fit import Pose

Map = NDArray[np.float64]

_WIDTH_INCH = 8.0
# The longest arrow is drawn this long, as a share of the picture's width.
_LONGEST_ARROW = 0.06
_CELLS = 48
_BAR_INCH = 0.22
_LABEL = {"facecolor": "white", "alpha": 0.7, "linewidth": 0.0, "pad": 1.0}


def residual_arrows(
    points_px: Points, residuals_px: Points, width_px: int, height_px: int
) -> Figure:
    """Where each point was seen, and how far from where it should be, much enlarged."""
    figure, axes = _picture(width_px, height_px)
    longest = float(np.percentile(np.linalg.norm(residuals_px, axis=1), 99.0))
    enlarged = _LONGEST_ARROW * width_px / max(longest, np.finfo(float).tiny)
    arrows = axes.quiver(
        *points_px.T,
        *(enlarged * residuals_px).T,
        angles="xy",
        scale_units="xy",
        scale=1.0,
        width=0.0015,
        color="tab:red",
    )
    axes.quiverkey(
        arrows,
        0.92,
        0.95,
        enlarged * longest,
        f"{longest:.2f} px",
        labelpos="W",
        coordinates="axes",
    )
    axes.plot(*points_px.T, ".", color="0.3", markersize=2)
    return figure


def coverage_map(
    counts: NDArray[np.int64], points_px: Points, width_px: int, height_px: int
) -> Figure:
    """By how many views each part of the picture is covered, and every point."""
    figure, axes = _picture(width_px, height_px)
    most = max(int(counts.max()), 1)
    image = axes.imshow(
        counts,
        extent=(-0.5, width_px - 0.5, height_px - 0.5, -0.5),
        cmap="Blues",
        vmin=0,
        vmax=most,
        interpolation="nearest",
    )
    steps = MaxNLocator(integer=True)
    figure.colorbar(image, ax=axes, label="views", shrink=0.8, ticks=steps)
    axes.plot(*points_px.T, ".", color="tab:orange", markersize=1.5)
    return figure


def view_errors(poses: Sequence[Pose], all_rms_px: float) -> Figure:
    """Every view's root mean square error."""
    figure = Figure(figsize=(_WIDTH_INCH, 1.2 + _BAR_INCH * len(poses)), layout="constrained")
    axes = figure.subplots()
    axes.barh([pose.name for pose in poses], [pose.rms_px for pose in poses], color="tab:blue")
    axes.axvline(all_rms_px, color="tab:red", label=f"all views: {all_rms_px:.3f} px")
    axes.set_xlabel("RMS of the points' distances, px")
    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.legend()
    return figure


def distortion_map(lens: Lens, width_px: int, height_px: int) -> Figure:
    """How far the lens moves each point of the picture."""
    x, y, points = _grid(width_px, height_px)
    moved = np.linalg.norm(points - lens.undistorted(points), axis=1)
    figure, axes = _picture(width_px, height_px)
    _contours(figure, axes, (x, y, moved.reshape(x.shape)), "distortion, px")
    axes.plot(lens.centre_x_px, lens.centre_y_px, "+", color="white", markersize=14)
    return figure


def scale_map(calibration: Calibration, width_px: int, height_px: int) -> Figure:
    """Local scale: how much the mm per px differ from the middle's, in percent."""
    x, y, points = _grid(width_px, height_px)
    scale = local_scale(calibration, points)
    middle = calibration.mm_per_px_at((width_px - 1) / 2.0, (height_px - 1) / 2.0)
    figure, axes = _picture(width_px, height_px)
    percent = 100.0 * (scale / middle - 1.0)
    label = f"mm/px against the middle's {middle:.5f}, %"
    _contours(figure, axes, (x, y, percent.reshape(x.shape)), label)
    return figure


def uncertainty_map(
    middles_px: Points, relative: NDArray[np.float64], width_px: int, height_px: int
) -> Figure:
    """Expanded relative uncertainty (k = 2) of lengths at (n, 2) places, interpolated between."""
    figure, axes = _picture(width_px, height_px)
    percent = 100.0 * relative
    x, y = middles_px.T
    contours = axes.tricontourf(x, y, percent, levels=12, cmap="viridis")
    figure.colorbar(contours, ax=axes, label="uncertainty of a length (k = 2), %", shrink=0.8)
    inner = (0.05 * width_px, 0.95 * width_px)
    for column, row, value in zip(x.clip(*inner), y, percent, strict=True):
        axes.annotate(f"{value:.3f}", (column, row), size=8, ha="center", va="center", bbox=_LABEL)
    return figure


def local_scale(calibration: Calibration, points_px: Points) -> NDArray[np.float64]:
    """Square root of the Jacobian's determinant at (n, 2) positions, mm per px."""
    right, down = np.array([0.5, 0.0]), np.array([0.0, 0.5])
    across = calibration.to_mm(points_px + right) - calibration.to_mm(points_px - right)
    along = calibration.to_mm(points_px + down) - calibration.to_mm(points_px - down)
    return np.asarray(np.sqrt(np.abs(across[:, 0] * along[:, 1] - across[:, 1] * along[:, 0])))


def _grid(width_px: int, height_px: int) -> tuple[Map, Map, Points]:
    x, y = np.meshgrid(
        np.linspace(0.0, width_px - 1.0, _CELLS), np.linspace(0.0, height_px - 1.0, _CELLS)
    )
    return x, y, np.column_stack((x.ravel(), y.ravel()))


def _contours(figure: Figure, axes: Axes, values: tuple[Map, Map, Map], label: str) -> None:
    contours = axes.contourf(*values, levels=14, cmap="viridis")
    figure.colorbar(contours, ax=axes, label=label, shrink=0.8)


def _picture(width_px: int, height_px: int) -> tuple[Figure, Axes]:
    height_inch = min(max(_WIDTH_INCH * height_px / width_px, 3.0), 2.0 * _WIDTH_INCH)
    figure = Figure(figsize=(_WIDTH_INCH, height_inch), layout="constrained")
    axes = figure.subplots()
    axes.set_xlim(-0.5, width_px - 0.5)
    axes.set_ylim(height_px - 0.5, -0.5)
    axes.set_aspect("equal")
    axes.set_xlabel("column, px")
    axes.set_ylabel("row, px")
    return figure, axes
