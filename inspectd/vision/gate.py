"""What keeps a view from being judged at all: each doubt has its own reason."""

from collections.abc import Iterator

import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Aoi, Frame, View
from inspectd.core.recipe import PictureGate, Recipe
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.vision.background import Departure
from inspectd.vision.normalise import WorkingPicture
from inspectd.vision.regions import Candidates, hides_stains

SMALLEST_SIDE_PX = 32
MAX_ANOMALIES = 200


def refuse_view(view: View, recipe: Recipe, calibration: Calibration | None) -> tuple[Reason, ...]:
    """Why this view cannot be judged, before any pixel is looked at; empty where it can."""
    return (*_shots(view, recipe), *_calibration(view, calibration), *_pictures(view))


def refuse_exposure(shot: str, working: WorkingPicture, gate: PictureGate) -> tuple[Reason, ...]:
    """Why the exposure of one shot hides defects; empty where it does not."""
    reasons = []
    statistics = working.statistics
    if statistics.saturated_fraction > gate.max_saturated_fraction:
        text = (
            f"shot {shot}: {statistics.saturated_fraction:.1%} of the pixels are at full scale, "
            f"allowed {gate.max_saturated_fraction:.1%}: shorten the exposure or dim the light"
        )
        reasons.append(Reason(ReasonCode.PICTURE_SATURATED, text))
    if statistics.mean_level < gate.min_mean_level:
        text = (
            f"shot {shot}: mean level {statistics.mean_level:.3f} of full scale, at least "
            f"{gate.min_mean_level:.3f} needed: check the light and the lens cap"
        )
        reasons.append(Reason(ReasonCode.PICTURE_DARK, text))
    if not reasons and float(np.ptp(working.quarter)) == 0.0:
        text = f"shot {shot} is the same grey everywhere, which no sensor gives: check the camera"
        reasons.append(Reason(ReasonCode.PICTURE_INVALID, text))
    return tuple(reasons)


def refuse_surface(shot: str, found: Candidates, away: Departure) -> tuple[Reason, ...]:
    """Why this surface is not the one that the recipe was made for; empty where it may be."""
    reasons = []
    cause = "the surface, the light or the lens is not what the recipe was made for"
    if len(found.boxes) > MAX_ANOMALIES:
        text = f"shot {shot}: {len(found.boxes)} anomalies, at most {MAX_ANOMALIES}: {cause}"
        reasons.append(Reason(ReasonCode.TOO_MANY_ANOMALIES, text))
    if hides_stains(away):
        text = f"shot {shot}: the surface varies too much for a stain to stand out: {cause}"
        reasons.append(Reason(ReasonCode.TOO_MANY_ANOMALIES, text))
    return tuple(reasons)


def _shots(view: View, recipe: Recipe) -> Iterator[Reason]:
    found = [frame.shot for frame in view.frames]
    planned = [shot.name for shot in recipe.shots]
    if found != planned:
        text = f"the recipe plans the shots {', '.join(planned)}; got {', '.join(found) or 'none'}"
        yield Reason(ReasonCode.SHOT_MISSING, text)


def _calibration(view: View, calibration: Calibration | None) -> Iterator[Reason]:
    if calibration is None:
        yield Reason(
            ReasonCode.UNCALIBRATED,
            "no calibration: sizes in mm are unknown; calibrate the station",
        )
        return
    if calibration.camera_serial not in ("", view.camera_serial):
        text = (
            f"the calibration is of camera {calibration.camera_serial}, the picture of camera "
            f"{view.camera_serial or 'unknown'}: calibrate again"
        )
        yield Reason(ReasonCode.CALIBRATION_MISMATCH, text)
    if calibration.aoi not in (None, view.aoi):
        text = (
            f"the calibration holds for {_words(calibration.aoi)}, the picture shows "
            f"{_words(view.aoi)}: set the camera's AOI and binning back, or calibrate again"
        )
        yield Reason(ReasonCode.CALIBRATION_MISMATCH, text)
    for frame in view.frames:
        yield from _calibrated_size(frame, calibration)


def _calibrated_size(frame: Frame, calibration: Calibration) -> Iterator[Reason]:
    rows, columns = frame.pixels.shape[:2]
    wanted = (calibration.width_px or columns, calibration.height_px or rows)
    if wanted != (columns, rows):
        text = (
            f"shot {frame.shot} is {columns} x {rows} px, the calibration holds for "
            f"{wanted[0]} x {wanted[1]} px: calibrate again or set the camera's AOI back"
        )
        yield Reason(ReasonCode.CALIBRATION_MISMATCH, text)


def _words(aoi: Aoi | None) -> str:
    if aoi is None:
        return "an unknown part of the sensor"
    return (
        f"offset {aoi.offset_x_px}, {aoi.offset_y_px} px and binning "
        f"{aoi.binning_x} x {aoi.binning_y}"
    )


def _pictures(view: View) -> Iterator[Reason]:
    for frame in view.frames:
        rows, columns = frame.pixels.shape[:2]
        if min(rows, columns) < SMALLEST_SIDE_PX:
            text = (
                f"shot {frame.shot} is {columns} x {rows} px; at least "
                f"{SMALLEST_SIDE_PX} x {SMALLEST_SIDE_PX} px are needed"
            )
            yield Reason(ReasonCode.PICTURE_INVALID, text)
    if len({frame.pixels.shape[:2] for frame in view.frames}) > 1:
        sizes = ", ".join(f"{f.pixels.shape[1]} x {f.pixels.shape[0]}" for f in view.frames)
        yield Reason(ReasonCode.PICTURE_INVALID, f"the shots differ in size: {sizes} px")
