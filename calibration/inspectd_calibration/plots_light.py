"""Figures of light and sensor for the reports; matplotlib without pyplot, so without any state."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from inspectd_calibration.colour import ColourFit
from inspectd_calibration.colour_chart import COLUMNS, NAMES, REFERENCE_LAB, ROWS
from inspectd_calibration.colour_space import lab_to_linear_srgb, srgb_encoded
from inspectd_calibration.photon_transfer import SensorCheck
from inspectd_calibration.sphere import LightDirection
from inspectd_calibration.uniformity import Uniformity

_LARGEST_SIDE_PX = 800
_WHITE_TEXT_FROM = 0.7  # of the colour scale: darker cells


def photon_transfer_figure(check: SensorCheck) -> Figure:
    """Variance over mean with the fitted gain, and the deviations from a straight line."""
    figure = Figure(figsize=(10.0, 4.2), layout="constrained")
    transfer, linearity = figure.subplots(1, 2)
    signal = np.array([point.signal_dn for point in check.points])
    variance = np.array([point.photon_variance_dn2 for point in check.points])
    shown = signal > 0.0
    transfer.plot(signal[shown], variance[shown], "o", ms=4, color="tab:blue", label="measured")
    line = np.array([signal[shown].min(), check.saturation_signal_dn])
    gain = check.system_gain_dn_per_e
    transfer.plot(line, gain * line, color="tab:red", label=f"K = {gain:.4g} DN/e⁻")
    transfer.axvline(check.saturation_signal_dn, ls=":", color="0.4", label="saturation")
    transfer.set(xlabel="mean above dark, DN", ylabel="temporal variance above dark, DN²")
    transfer.set_title("Photon transfer")
    transfer.legend()
    exposure, deviation = np.array(check.linearity_deviations_percent).T
    linearity.axhline(0.0, color="0.6", lw=1)
    linearity.plot(exposure, deviation, "o-", ms=4, color="tab:blue")
    largest = max(0.1, 1.2 * float(np.abs(deviation).max()))
    linearity.set(xlabel="exposure time, µs", ylabel="deviation, %", ylim=(-largest, largest))
    linearity.set_title(f"Linearity: LE = {check.linearity_error_percent:.2g} %")
    return figure


def field_figure(relative_signal: NDArray[np.float32], light: Uniformity) -> Figure:
    """The flat field over its median, and the light in 9 x 9 cells."""
    figure = Figure(figsize=(10.0, 4.2), layout="constrained")
    picture, cells = figure.subplots(1, 2)
    step = max(1, max(relative_signal.shape) // _LARGEST_SIDE_PX)
    rows, columns = relative_signal.shape
    shown = picture.imshow(
        relative_signal[::step, ::step], cmap="viridis", extent=(0, columns, rows, 0)
    )
    picture.set(xlabel="column, px", ylabel="row, px", title="Flat field over its median")
    figure.colorbar(shown, ax=picture, shrink=0.8)
    _draw_cells(cells, light)
    return figure


def uniformity_figure(lights: Mapping[str, Uniformity]) -> Figure:
    """Evenness of each light, 9 x 9 cells a light."""
    columns = min(4, len(lights))
    rows = -(-len(lights) // columns)
    figure = Figure(figsize=(3.4 * columns + 0.6, 3.2 * rows), layout="constrained")
    axes = np.asarray(figure.subplots(rows, columns, squeeze=False)).ravel()
    for axis, (name, light) in zip(axes, lights.items(), strict=False):
        _draw_cells(axis, light)
        axis.set_title(f"{name}: min/mean {light.minimum_over_mean:.2f}")
    for axis in axes[len(lights) :]:
        axis.set_visible(False)
    return figure


def directions_figure(lights: Sequence[LightDirection]) -> Figure:
    """The lights as the camera sees them: azimuth around, 0 at the right; elevation inwards."""
    figure = Figure(figsize=(5.5, 5.5), layout="constrained")
    axis = figure.add_subplot(projection="polar")
    for light in lights:
        at = np.radians(light.azimuth_deg), 90.0 - light.elevation_deg
        axis.plot(*at, "o", color="tab:orange", mec="0.2")
        axis.annotate(light.name, at, xytext=(6, 4), textcoords="offset points")
    axis.set_ylim(0.0, 90.0)
    axis.set_yticks([30.0, 60.0, 90.0], labels=["60°", "30°", "0°"])
    axis.set_title("Lights: azimuth, and elevation above the part")
    return figure


def colour_figure(fit: ColourFit) -> Figure:
    """Every patch as it should be (left half) and as it comes out; differences patch by patch."""
    figure = Figure(figsize=(10.0, 4.2), layout="constrained")
    chart, bars = figure.subplots(1, 2, width_ratios=(1.1, 1.0))
    wanted = srgb_encoded(lab_to_linear_srgb(REFERENCE_LAB)).reshape(ROWS, COLUMNS, 1, 3)
    made = srgb_encoded(fit.patches_srgb).reshape(ROWS, COLUMNS, 1, 3)
    halves = np.concatenate((wanted, made), axis=2).reshape(ROWS, 2 * COLUMNS, 3)
    chart.imshow(halves, extent=(0, COLUMNS, ROWS, 0))
    for edge in range(COLUMNS + 1):
        chart.axvline(edge, color="black", lw=4)
    for edge in range(ROWS + 1):
        chart.axhline(edge, color="black", lw=4)
    chart.set(xticks=[], yticks=[], title="Left half: as it should be; right half: corrected")
    places = np.arange(len(NAMES))
    bars.barh(places, fit.balanced, height=0.8, color="0.8", label="white balance only")
    bars.barh(places, fit.corrected, height=0.5, color="tab:blue", label="corrected")
    bars.set_yticks(places, NAMES, fontsize=7)
    bars.invert_yaxis()
    bars.set(xlabel="CIEDE2000", title="Colour difference")
    bars.legend()
    return figure


def _draw_cells(axis: Axes, light: Uniformity) -> None:
    half = max(0.02, float(np.abs(light.cells - 1.0).max()))
    axis.imshow(light.cells, cmap="RdBu_r", vmin=1.0 - half, vmax=1.0 + half)
    for (row, column), value in np.ndenumerate(light.cells):
        colour = "white" if abs(value - 1.0) > _WHITE_TEXT_FROM * half else "black"
        axis.text(
            column, row, f"{100 * value:.0f}", ha="center", va="center", fontsize=7, color=colour
        )
    axis.set(xticks=[], yticks=[], title="Light, % of its mean")
