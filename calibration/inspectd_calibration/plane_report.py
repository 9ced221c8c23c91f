"""What is told of a plane's calibration: as JSON for a program, and as sections of a report."""

from typing import Any

import numpy as np

from inspectd_calibration.coverage import views_over_field
from inspectd_calibration.plane import PlaneResult
from inspectd_calibration.plots_geometry import (
    coverage_map,
    local_scale,
    residual_arrows,
    scale_map,
    uncertainty_map,
)
from inspectd_calibration.report import Picture, Section, Table, notes
from inspectd_calibration.uncertainty import SOURCES, short_lengths

METHOD = (
    "Linear propagation (JCGM 100:2008, GUM, 5.1.2) with numerical sensitivities (5.1.3), k = 2. "
    "It is of the calibration alone: each edge of a measured part adds its own."
)


def plane_json(result: PlaneResult) -> dict[str, Any]:
    """For a program."""
    relative = result.uncertainty.relative
    return {
        "rms_px": result.rms_px,
        "noise_px": result.fit.noise_px,
        "points": len(result.found.points_px),
        "tilt_deg": result.tilt_deg,
        "distance_mm": result.distance_mm,
        "coverage": result.seen_share,
        "mm_per_px": scale_at_places(result),
        "length_uncertainty_relative": result.calibration.length_uncertainty_relative,
        "length_uncertainty_at": result.relative_at_places,
        "length_uncertainty_method": METHOD,
        "length_uncertainty_by_source": {
            source: float((values / result.uncertainty.length_mm)[int(np.argmax(relative))])
            for source, values in result.uncertainty.by_source_mm.items()
        },
        "warnings": list(result.warnings),
    }


def scale_at_places(result: PlaneResult) -> dict[str, float]:
    """Local mm per px at centre and corners."""
    middles = _middles(result)[: len(result.relative_at_places)]
    scales = local_scale(result.calibration, middles).tolist()
    return dict(zip(result.relative_at_places, scales, strict=True))


def place_table(result: PlaneResult) -> Table:
    """Scale and uncertainty at centre and corners."""
    rows = tuple(
        (place, f"{scale:.5f}", f"{100.0 * result.relative_at_places[place]:.3f} %")
        for place, scale in scale_at_places(result).items()
    )
    return Table(("place", "mm/px", "uncertainty of a length (k = 2)"), rows)


def source_table(result: PlaneResult) -> Table:
    """The uncertainty budget where it is worst."""
    worst = int(np.argmax(result.uncertainty.relative))
    length_mm = result.uncertainty.length_mm[worst]
    rows = [
        (source, f"{100.0 * result.uncertainty.by_source_mm[source][worst] / length_mm:.4f} %")
        for source in SOURCES
    ]
    total = f"{100.0 * result.uncertainty.relative[worst]:.4f} %"
    return Table(("source", "expanded (k = 2)"), (*rows, ("all together", total)))


def summary(result: PlaneResult) -> str:
    """One paragraph."""
    distance = "" if result.distance_mm is None else f", {result.distance_mm:.1f} mm from the lens"
    return (
        f"{result.target.words}: {len(result.found.points_px)} points, "
        f"{result.rms_px:.3f} px RMS from a plane; tilted by {result.tilt_deg:.1f} degrees"
        f"{distance}; the target fills {result.seen_share:.0%} of the picture."
    )


def plane_sections(result: PlaneResult) -> list[Section]:
    """The report."""
    found = result.found
    size = (found.width_px, found.height_px)
    middles = _middles(result)
    by_place = result.uncertainty.relative.reshape(-1, 4).max(axis=1)
    counts = views_over_field([found])
    arrows = residual_arrows(found.points_px, result.fit.residuals_px, *size)
    return [
        Section(
            "Plane",
            (summary(result), *notes(result.warnings)),
            place_table(result),
            (Picture(scale_map(result.calibration, *size), "Local scale."),),
        ),
        Section(
            "Uncertainty of a length",
            (METHOD,),
            source_table(result),
            (
                Picture(
                    uncertainty_map(middles, by_place, *size),
                    "Expanded relative uncertainty of a short length, in its worst direction.",
                ),
            ),
        ),
        Section(
            "Residuals",
            ("Arrows without a pattern are noise. A pattern is distortion or a bent sheet.",),
            pictures=(Picture(arrows, "Seen minus expected, enlarged."),),
        ),
        Section(
            "Coverage",
            (f"The target fills {result.seen_share:.0%} of the picture.",),
            pictures=(
                Picture(coverage_map(counts, found.points_px, *size), "Where the target was seen."),
            ),
        ),
    ]


def _middles(result: PlaneResult) -> np.ndarray[Any, np.dtype[np.float64]]:
    starts, ends = short_lengths(result.found.width_px, result.found.height_px)
    return np.asarray(((starts + ends) / 2.0).reshape(-1, 4, 2).mean(axis=1))
