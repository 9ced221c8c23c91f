"""What keeps a view from being judged at all: each doubt has its own reason."""

import cmath
import math
from collections.abc import Iterator

import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Aoi, Frame, Pixels, View
from inspectd.core.recipe import PictureGate, Recipe
from inspectd.core.reference import Reference, ShotReference
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.vision.background import Departure
from inspectd.vision.clipping import refuse_clipped
from inspectd.vision.normalise import WorkingPicture
from inspectd.vision.regions import hides_stains
from inspectd.vision.robust import median
from inspectd.vision.sharpness import Sharpness
from inspectd.vision.statistics import Seen

SMALLEST_SIDE_PX = 32
_MONO_DIMENSIONS = 2
_DARKEST = 1.0 / 1_024.0
# A picture with less than this share of the taught structure shows no part at all.
_EMPTY = 0.4
# Share of the part; the rest is what turning by a fraction of a pixel makes of its border.
_VISIBLE = 0.99
# Noise of a pixel over the mean level. A scratch takes or adds some 0.3 of the level; of 1,279
# pictures of steel and tiles none had more than 0.1.
_NOISIEST = 0.3
_NOISE_ROWS = 64
_BLANK_SAMPLE = 4_096
_ONE_PIXEL = 4  # of the quarter, which one pixel of the picture reaches
_STRAY = 0.001  # of a picture of one grey everywhere may differ
# A block of 32 x 32 px, of which every eighth row and column is asked.
_DEAD_SAMPLES = 4
_DEAD_BLOCKS = 4
# Share of the picture's range that counts as its black or its white.
_NEAR_END = 0.02
_MEDIAN_TO_SIGMA = 1.4826 / math.sqrt(2.0)  # of the difference of two pixels, to one of them
# Sharpness lost along one direction more than along the others, natural logarithm.
_DIRECTED = 0.08


def refuse_view(
    view: View,
    recipe: Recipe,
    calibration: Calibration | None,
    reference: Reference | None = None,
) -> tuple[Reason, ...]:
    """Why this view cannot be judged, before any pixel is looked at; empty where it can."""
    return (
        *_shots(view, recipe),
        *_calibration(view, calibration),
        *_reference(view, recipe, reference),
        *_pictures(view),
    )


def refuse_exposure(
    shot: str, pixels: Pixels, working: WorkingPicture, gate: PictureGate
) -> tuple[Reason, ...]:
    """Why the exposure of one shot hides defects; empty where it does not.

    `working`: what is made of `pixels`.
    """
    reasons = []
    statistics = working.statistics
    if statistics.saturated_fraction > gate.max_saturated_fraction:
        text = (
            f"shot {shot}: {statistics.saturated_fraction:.1%} of the pixels are at full scale, "
            f"allowed {gate.max_saturated_fraction:.1%}: shorten the exposure or dim the light"
        )
        reasons.append(Reason(ReasonCode.PICTURE_SATURATED, text))
    else:
        reasons += refuse_clipped(shot, pixels, gate)
    if statistics.mean_level < gate.min_mean_level:
        text = (
            f"shot {shot}: mean level {statistics.mean_level:.3f} of full scale, at least "
            f"{gate.min_mean_level:.3f} needed: check the light and the lens cap"
        )
        reasons.append(Reason(ReasonCode.PICTURE_DARK, text))
    if not reasons and _is_blank(working):
        text = f"shot {shot} is the same grey everywhere, which no sensor gives: check the camera"
        reasons.append(Reason(ReasonCode.PICTURE_INVALID, text))
    if not reasons and (share := _dead_share(working)) > 0:
        text = (
            f"shot {shot}: {share:.1%} of the picture is of one grey without any noise, which no "
            "sensor gives: rows were lost on the way, or the file is damaged"
        )
        reasons.append(Reason(ReasonCode.PICTURE_INVALID, text))
    if not reasons and (noise := noise_share(working)) > _NOISIEST:
        text = (
            f"shot {shot}: the noise of a pixel is {noise:.0%} of the level, at most "
            f"{_NOISIEST:.0%} allowed: no scratch would stand out; check gain, light and cable"
        )
        reasons.append(Reason(ReasonCode.PICTURE_INVALID, text))
    return tuple(reasons)


def _is_blank(working: WorkingPicture) -> bool:
    """Whether all is of one grey, but for stray pixels."""
    quarter = working.quarter
    usual = median(quarter.ravel()[:: max(1, quarter.size // _BLANK_SAMPLE)])
    return int(np.count_nonzero(quarter != usual)) <= max(_ONE_PIXEL, _STRAY * quarter.size)


def _dead_share(working: WorkingPicture) -> float:
    """The share of the picture in blocks of one grey, between its black and its white.

    What a lost packet or a damaged file leaves behind hides whatever was there. Sensors give noise
    wherever they are not at an end of their range, and what is there others look after.
    """
    sample = working.quarter[::2, ::2]
    rows, columns = (side // _DEAD_SAMPLES for side in sample.shape)
    blocks = sample[: rows * _DEAD_SAMPLES, : columns * _DEAD_SAMPLES].reshape(
        rows, _DEAD_SAMPLES, columns, _DEAD_SAMPLES
    )
    first = blocks[:, :1, :, :1]
    same = (blocks == first).all(axis=(1, 3))
    if np.count_nonzero(same) < _DEAD_BLOCKS:
        return 0.0
    level = first[:, 0, :, 0]
    black, white = float(sample.min()), float(sample.max())
    near = _NEAR_END * (white - black)
    dead = same & (level > black + near) & (level < white - near)
    count = int(np.count_nonzero(dead))
    return count / dead.size if count >= _DEAD_BLOCKS else 0.0


def noise_share(working: WorkingPicture) -> float:
    """Robust standard deviation of a pixel from its neighbour's level, as a share of the mean."""
    step = max(1, len(working.lightness) // _NOISE_ROWS)
    sample = working.lightness[::step].astype(np.float32)
    apart = median(np.abs(np.diff(sample, axis=1)))
    return _MEDIAN_TO_SIGMA * apart / max(float(sample.mean()), 1.0)


def measures(working: WorkingPicture, sharp: Sharpness, seen: Seen | None) -> dict[str, float]:
    """What the gate measures of one shot, by name; those against a reference only with one."""
    statistics = working.statistics
    found = {
        "saturated_fraction": statistics.saturated_fraction,
        "dark_fraction": statistics.dark_fraction,
        "mean_level": statistics.mean_level,
        "focus": sharp.focus,
        "edge_contrast": sharp.contrast,
        "structure": structure(working),
    }
    if seen is not None:
        found |= {
            "light_ratio": seen.gain,
            "light_gradient": seen.gradient,
            "registration_score": seen.registered.score,
            "likeness": seen.registered.likeness,
            "holes_unlike": float(seen.holes_unlike),
            "angle_deg": seen.registered.angle_deg,
            "visible_share": seen.visible,
        }
    return found


def structure(working: WorkingPicture) -> float:
    """How much lightness varies over a picture, as a share of its mean."""
    sample = working.half[::8, ::8]
    return float(sample.std() / max(float(sample.mean()), _DARKEST))


def refuse_part(
    shot: str, found: dict[str, float], sharp: Sharpness, taught: ShotReference, gate: PictureGate
) -> tuple[Reason, ...]:
    """Why this picture does not show the taught part as it was taught; empty where it does.

    `found`: `measures` of the same picture.
    """
    head = taught.head
    limit = head.registration_limit
    if limit is not None and found["registration_score"] < limit:
        return (_unlike(shot, found, head.structure, limit), *_light(shot, found, gate))
    return (*_cut_off(shot, found), *_light(shot, found, gate), *_focus(shot, sharp, taught, gate))


def doubt_part(shot: str, seen: Seen, taught: ShotReference) -> tuple[Reason, ...]:
    """Why a part that was found must not pass all the same: defects may fail it, but no more."""
    reasons = []
    likeness, limit = seen.registered.likeness, taught.head.likeness_limit
    if likeness < limit:
        text = (
            f"shot {shot}: likeness to the taught part {likeness:.2f}, at least {limit:.2f} needed "
            "to pass: another part, or one with a large defect"
        )
        reasons.append(Reason(ReasonCode.PART_WRONG, text))
    if seen.holes_unlike:
        text = f"shot {shot}: {seen.holes_unlike} of the part's holes not as taught"
        reasons.append(Reason(ReasonCode.PART_WRONG, text))
    return tuple(reasons)


def refuse_surface(shot: str, away: Departure) -> tuple[Reason, ...]:
    """Why this surface is not the one that the recipe was made for; empty where it may be."""
    if not hides_stains(away):
        return ()
    text = (
        f"shot {shot}: the surface varies too much for a stain to stand out: the surface, the "
        "light or the lens is not what the recipe was made for"
    )
    return (Reason(ReasonCode.TOO_MANY_ANOMALIES, text),)


def _unlike(shot: str, found: dict[str, float], structure_taught: float, limit: float) -> Reason:
    score = found["registration_score"]
    text = f"likeness to the taught part {score:.2f}, at least {limit:.2f} needed"
    if found["structure"] < _EMPTY * structure_taught:
        return Reason(ReasonCode.PART_MISSING, f"shot {shot} shows no part: {text}")
    return Reason(ReasonCode.PART_WRONG, f"shot {shot} shows another part: {text}")


def _cut_off(shot: str, found: dict[str, float]) -> Iterator[Reason]:
    """What lies beyond the picture is not judged, and must not pass."""
    if found["visible_share"] < _VISIBLE:
        text = (
            f"shot {shot} shows {found['visible_share']:.1%} of the part: the rest lies beyond the "
            "picture"
        )
        yield Reason(ReasonCode.PART_MISSING, text)


def _light(shot: str, found: dict[str, float], gate: PictureGate) -> Iterator[Reason]:
    ratio, gradient = found["light_ratio"], found["light_gradient"]
    if not 1.0 / gate.max_light_change <= ratio <= gate.max_light_change:
        text = (
            f"shot {shot}: {ratio:.2f} times the light that was taught, allowed up to "
            f"{gate.max_light_change:g} times more or less: look at the light, or teach again"
        )
        yield Reason(ReasonCode.ILLUMINATION_DRIFT, text)
    if gradient > gate.max_light_gradient:
        text = (
            f"shot {shot}: the light changes by {gradient:.0%} across the picture against what was "
            f"taught, allowed {gate.max_light_gradient:.0%}: look at the light's place"
        )
        yield Reason(ReasonCode.ILLUMINATION_DRIFT, text)


def _focus(
    shot: str, sharp: Sharpness, taught: ShotReference, gate: PictureGate
) -> Iterator[Reason]:
    """A blur in one direction is told as motion."""
    head = taught.head
    if head.focus is None or sharp.focus >= gate.min_focus * head.focus:
        return
    share = f"shot {shot}: sharpness {sharp.focus / head.focus:.0%} of what was taught"
    needed = f"at least {gate.min_focus:.0%} needed"
    lost = complex(head.anisotropy_x - sharp.anisotropy_x, head.anisotropy_y - sharp.anisotropy_y)
    if abs(lost) > _DIRECTED:
        angle_deg = math.degrees(cmath.phase(lost)) / 2.0 % 180.0
        text = (
            f"{share}, {needed}: it is lost along about {angle_deg:.0f} degrees, by motion: "
            "shorten the exposure, or trigger with the part at rest"
        )
        yield Reason(ReasonCode.PICTURE_MOTION, text)
        return
    text = f"{share}, {needed}: look at the focus, the lens and the distance of the part"
    yield Reason(ReasonCode.PICTURE_BLURRED, text)


def _reference(view: View, recipe: Recipe, reference: Reference | None) -> Iterator[Reason]:
    if reference is None:
        return
    head = reference.head
    if view.camera_serial and head.camera_serial not in ("", view.camera_serial):
        text = (
            f"the reference was taught with camera {head.camera_serial}, the picture is of camera "
            f"{view.camera_serial}: teach again"
        )
        yield Reason(ReasonCode.REFERENCE_MISMATCH, text)
    depth = {shot.name for shot in recipe.shots if shot.depth_um_per_level is not None}
    for frame in view.frames:
        if frame.shot in depth:
            continue
        rows, columns = frame.pixels.shape[:2]
        taught = reference.shots.get(frame.shot)
        if taught is None:
            text = f"shot {frame.shot} was not taught: teach again"
            yield Reason(ReasonCode.REFERENCE_MISMATCH, text)
            continue
        if (head.width_px or columns, head.height_px or rows) != (columns, rows):
            text = (
                f"shot {frame.shot} is {columns} x {rows} px, the reference was taught with "
                f"{head.width_px} x {head.height_px} px: teach again or set the AOI back"
            )
            yield Reason(ReasonCode.REFERENCE_MISMATCH, text)
        if (len(taught.lightness) == 1) is not (frame.pixels.ndim == _MONO_DIMENSIONS):
            text = f"shot {frame.shot}: one of picture and reference is in colour: teach again"
            yield Reason(ReasonCode.REFERENCE_MISMATCH, text)


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
    if view.frames:
        # All pictures of a view have one size, or are refused for it.
        rows, columns = view.frames[0].pixels.shape[:2]
        if why := calibration.why_no_plane(columns, rows):
            yield Reason(ReasonCode.CALIBRATION_MISMATCH, f"the calibration does not do: {why}")


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
