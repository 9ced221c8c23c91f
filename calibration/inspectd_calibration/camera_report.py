"""What is told of a camera's calibration: as JSON for a program, and as sections of a report."""

from typing import Any

import numpy as np

from inspectd.core.lens import Lens
from inspectd_calibration.camera import CameraResult
from inspectd_calibration.coverage import seen_share
from inspectd_calibration.plots_geometry import (
    coverage_map,
    distortion_map,
    residual_arrows,
    view_errors,
)
from inspectd_calibration.report import Picture, Section, Table, notes
from inspectd_calibration.target import Target

_UNITS = {"focal_x_px": "px", "focal_y_px": "px", "centre_x_px": "px", "centre_y_px": "px"}


def camera_json(result: CameraResult) -> dict[str, Any]:
    """For a program."""
    return {
        "rms_px": result.fit.rms_px,
        "width_px": result.used[0].width_px,
        "height_px": result.used[0].height_px,
        "lens": result.lens.model_dump(),
        "standard_uncertainties": result.standard_uncertainties,
        "views": [
            {"name": pose.name, "rms_px": pose.rms_px, "tilt_deg": pose.tilt_deg}
            for pose in result.fit.poses
        ],
        "dropped": [{"name": drop.name, "reason": drop.reason} for drop in result.dropped],
        "coverage": seen_share(result.coverage),
        "warnings": list(result.warnings),
    }


def lens_table(result: CameraResult) -> Table:
    """The nine numbers with their expanded uncertainties."""
    rows = []
    for name in Lens.model_fields:
        value = float(getattr(result.lens, name))
        expanded = 2.0 * result.standard_uncertainties[name]
        unit = _UNITS.get(name, "")
        digits = 2 if unit else 5
        text = name.removesuffix("_px").replace("_", " ")
        rows.append((text, f"{value:.{digits}f} {unit}", f"{expanded:.{digits}f} {unit}"))
    return Table(("", "value", "uncertainty (k = 2)"), tuple(rows))


def view_table(result: CameraResult) -> Table:
    """Every picture: its error and tilt, or why it was left out."""
    used = [
        (pose.name, f"{pose.rms_px:.3f}", f"{pose.tilt_deg:.0f}", "") for pose in result.fit.poses
    ]
    dropped = [(drop.name, "", "", f"left out: {drop.reason}") for drop in result.dropped]
    return Table(("picture", "RMS px", "tilt °", ""), (*used, *dropped))


def summary(result: CameraResult, target: Target) -> str:
    """One paragraph."""
    found = result.used[0]
    return (
        f"{len(result.used)} views of {target.words}, pictures of {found.width_px} x "
        f"{found.height_px} px, {len(result.dropped)} left out. The root mean square distance of a "
        f"point from where the lens should show it is {result.fit.rms_px:.3f} px."
    )


def camera_sections(result: CameraResult, target: Target) -> list[Section]:
    """The report."""
    size = (result.used[0].width_px, result.used[0].height_px)
    points = np.concatenate([found.points_px for found in result.used])
    residuals = np.concatenate([pose.residuals_px for pose in result.fit.poses])
    arrows = residual_arrows(points, residuals, *size)
    return [
        Section(
            "Lens",
            (
                summary(result, target),
                *notes(result.warnings),
            ),
            lens_table(result),
            (Picture(distortion_map(result.lens, *size), "By how much the lens moves a point."),),
        ),
        Section(
            "Views",
            (),
            view_table(result),
            (Picture(view_errors(result.fit.poses, result.fit.rms_px), "Error of each view."),),
        ),
        Section(
            "Residuals",
            ("Arrows without a pattern are noise. A pattern is something the lens model misses.",),
            pictures=(Picture(arrows, "Seen minus expected, enlarged."),),
        ),
        Section(
            "Coverage",
            (f"The views cover {seen_share(result.coverage):.0%} of the picture.",),
            pictures=(
                Picture(coverage_map(result.coverage, points, *size), "Where the target was seen."),
            ),
        ),
    ]
