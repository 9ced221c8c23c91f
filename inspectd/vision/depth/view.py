"""The dents of one view by its relief, and what the single shots show of the same dents."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.frame import Frame
from inspectd.core.job import Job
from inspectd.core.lights import FEWEST_LIGHTS, Direction, refuse_directions
from inspectd.core.placement import IN_PLACE, Placement
from inspectd.core.recipe import Recipe, Shot
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.vision.background import SCALE
from inspectd.vision.depth.dents import (
    KNOWN_FINISH,
    TRUE_DEPTH,
    UNKNOWN_FINISH,
    DepthScale,
    Ground,
    find_dents,
    without_depth,
)
from inspectd.vision.depth.relief import LitRelief, MeasuredRelief, Relief, unknown_levels
from inspectd.vision.depth.rest import find_rest
from inspectd.vision.limits import limit_of, severity
from inspectd.vision.window import Evidence
from inspectd.vision.zones import Located, locate

_RIM_REACHES = 1.3  # radii: how far a dent's rim still shades the light
_LIKE_SIZE = 1.5
_SMALL_AT_EDGE = 0.6  # of a dent's limit
_NEAR_MM = 1.0
_LARGEST_UNKNOWN = 0.05  # of a picture
# Of a dent just beyond its limit, what lies on both sides of a wider hole is no bowl any more.
_WIDEST_HOLE = 0.4  # of the largest tolerated dent


def light_direction(shot: Shot, calibration: Calibration) -> Direction | None:
    """Where the light of a shot comes from; None where the calibration does not know."""
    for light in calibration.lights:
        if light.name == (shot.light or shot.name):
            return light.direction
    return None


def tells_relief(job: Job) -> bool:
    """Whether the pictures of this job tell a relief: by light, or by depth pictures."""
    if any(shot.depth_um_per_level is not None for shot in job.recipe.shots):
        return True
    return job.calibration is not None and len(_lit(job.recipe, job.calibration)) >= FEWEST_LIGHTS


def _lit(recipe: Recipe, calibration: Calibration) -> list[tuple[str, Direction]]:
    """Name and direction of every shot whose light is calibrated."""
    return [
        (shot.name, direction)
        for shot in recipe.shots
        if shot.depth_um_per_level is None
        and (direction := light_direction(shot, calibration)) is not None
    ]


def refuse_lights(job: Job) -> tuple[Reason, ...]:
    """Why the lit shots of this recipe tell no relief although they should; empty where they do."""
    if job.calibration is None:
        return ()
    directions = [direction for _, direction in _lit(job.recipe, job.calibration)]
    if len(directions) < FEWEST_LIGHTS:
        return ()
    reason = refuse_directions(directions)
    return (Reason(ReasonCode.CALIBRATION_MISMATCH, reason),) if reason else ()


def refuse_depth(frame: Frame) -> tuple[Reason, ...]:
    """Why a depth picture cannot be judged; empty where it can."""
    if frame.pixels.dtype != np.uint16 or frame.pixels.ndim != 2:  # noqa: PLR2004 - no channels
        text = (
            f"shot {frame.shot}: a depth picture has one channel of 16 bits, this one is of shape "
            f"{frame.pixels.shape} and type {frame.pixels.dtype}: check the camera's pixel format"
        )
        return (Reason(ReasonCode.PICTURE_INVALID, text),)
    if frame.pixels.any() and int(np.ptp(frame.pixels)) == 0:
        text = f"shot {frame.shot} is of one height everywhere, which no sensor gives: check it"
        return (Reason(ReasonCode.PICTURE_INVALID, text),)
    # Of single levels, not of the means that the relief is made of, which bridge every other row.
    return _refuse_much(float(unknown_levels(frame.pixels).mean()), frame.shot)


def refuse_unknown(relief: Relief, shot: str, job: Job) -> tuple[Reason, ...]:
    """Why a dent could hide where the relief is unknown; empty where none beyond its limit can."""
    known = np.isfinite(relief.heights)
    unknown = 1.0 - float(known.mean())
    if reasons := _refuse_much(unknown, shot):
        return reasons
    if unknown == 0.0 or job.calibration is None:
        return ()
    inside = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 5)
    row, column = (int(v) for v in np.unravel_index(int(inside.argmax()), inside.shape))
    pitch_mm = job.calibration.mm_per_px_at(SCALE * column, SCALE * row)
    wide_mm = 2.0 * SCALE * float(inside[row, column]) * pitch_mm
    limits = [job.recipe.dent.max_diameter_mm]
    limits += [zone.dent.max_diameter_mm for zone in job.recipe.zones if zone.dent is not None]
    if wide_mm < _WIDEST_HOLE * min(limits):
        return ()
    text = (
        f"shot {shot}: around column {SCALE * column}, row {SCALE * row} px the height is unknown "
        f"over {wide_mm:.1f} mm: a dent beyond the limit could hide there"
    )
    return (Reason(ReasonCode.PICTURE_INVALID, text),)


def _refuse_much(unknown: float, shot: str) -> tuple[Reason, ...]:
    """Why so large a share of unknown heights will not do; empty where it will."""
    if unknown <= _LARGEST_UNKNOWN:
        return ()
    text = f"shot {shot}: the height is unknown in {unknown:.0%} of the picture"
    return (Reason(ReasonCode.PICTURE_INVALID, f"{text}: check light and exposure"),)


def lit_relief(seen: Mapping[str, Evidence], job: Job) -> tuple[str, LitRelief] | None:
    """Relief by the shots whose lights are calibrated, and the first one's name; None: too few."""
    if job.calibration is None:
        return None
    lit = _lit(job.recipe, job.calibration)
    if len(lit) < FEWEST_LIGHTS:
        return None
    shots = [seen[name] for name, _ in lit]
    rows, columns = shots[0].pixels.shape[:2]
    pitch_mm = job.calibration.mm_per_px_at(columns / 2, rows / 2)
    directions = np.array([direction for _, direction in lit])
    return lit[0][0], LitRelief(shots, directions, pitch_mm)


def measured_relief(frame: Frame, shot: Shot) -> MeasuredRelief:
    """Relief of a depth picture."""
    return MeasuredRelief(frame.pixels, shot.depth_um_per_level or 0.0)


def dents_of(
    relief: Relief, shot: str, shape: tuple[int, ...], recipe: Recipe, calibration: Calibration
) -> list[Defect]:
    """The dents of one relief, in the picture of `shot`; of a depth picture all else, too.

    A hill under directed lights is seen by its shading, in the single shots. Of no class of its
    own, it is OTHER.
    """
    if isinstance(relief, MeasuredRelief):
        ground = Ground(shot, shape, calibration, TRUE_DEPTH)
        bowls = [
            *find_dents(relief, ground),
            # With a wrong sign of its levels a dent is a hill: as wide, it may be one.
            *(
                replace(without_depth(found), hides=True)
                for found in find_dents(relief.upside_down(), ground)
            ),
        ]
        return [*bowls, *find_rest(relief, bowls, shot, shape, calibration)]
    if recipe.dent.depth_scale is None:
        scale = UNKNOWN_FINISH
    else:
        scale = DepthScale(recipe.dent.depth_scale, KNOWN_FINISH)
    return find_dents(relief, Ground(shot, shape, calibration, scale))


def unexplained(
    shown: Sequence[Defect],
    dents: Sequence[Defect],
    recipe: Recipe,
    placement: Placement = IN_PLACE,
) -> list[Defect]:
    """What single shots show, less what is the shading of a dent that the relief has measured.

    A dent's shading may look like a dent, a stain, an arc or nothing known. It is explained where
    it lies within the dent's reach (of what is no line: its middle) and is not the worse of the
    two; no defect gets a better decision by it.
    """
    measured = locate(dents, recipe, placement)
    return [
        one.defect
        for one in locate(shown, recipe, placement)
        if not any(_explains(dent, one, recipe) for dent in measured)
    ]


def confirmed(shown: Sequence[Defect], job: Job, placement: Placement = IN_PLACE) -> list[Defect]:
    """What single shots show, where one light's shading alone is not taken for a dent.

    A dent shades at least two of three lights, and its relief is measured. Shading under one light
    only, of no dent beyond its limit, is OTHER; at the picture's edge, where a background is known
    from one side only, and small, it is nothing.
    """
    if job.calibration is None:
        return list(shown)
    lit = {name for name, _ in _lit(job.recipe, job.calibration)}
    if len(lit) < FEWEST_LIGHTS:
        return list(shown)
    kept = []
    for one in locate(shown, job.recipe, placement):
        defect, limit = one.defect, limit_of(one, DefectKind.DENT, job.recipe)
        if limit is None or not _under_one_light(defect, shown, lit):
            kept.append(defect)
        elif defect.cut:
            if defect.diameter_mm + defect.uncertainty_mm > _SMALL_AT_EDGE * limit.value:
                kept.append(defect)
        elif defect.kind is DefectKind.DENT:
            within = defect.diameter_mm + defect.uncertainty_mm <= limit.value
            kept.append(without_depth(defect) if within else defect)
        else:
            kept.append(defect)
    return kept


def _under_one_light(defect: Defect, shown: Sequence[Defect], lit: set[str]) -> bool:
    """Whether this is shading that no other light shows anything of."""
    if defect.shot not in lit or defect.kind not in {DefectKind.DENT, DefectKind.OTHER}:
        return False
    middle = np.mean(defect.contour_mm, axis=0)
    return not any(
        other.shot != defect.shot
        and math.dist(np.mean(other.contour_mm, axis=0), middle)
        < (other.diameter_mm + defect.diameter_mm) / 2.0 + _NEAR_MM
        for other in shown
    )


def _explains(known: Located, one: Located, recipe: Recipe) -> bool:
    dent, defect = known.defect, one.defect
    outline = np.asarray(defect.contour_mm)
    middle = outline.mean(axis=0)[None]
    like_size = defect.diameter_mm <= _LIKE_SIZE * dent.diameter_mm
    if defect.kind is DefectKind.DENT and like_size:
        return _inside(middle, dent, _RIM_REACHES)
    if severity(one, recipe) > severity(known, recipe):
        return False
    line = defect.kind is DefectKind.SCRATCH or not like_size
    return _inside(outline if line else middle, dent, _RIM_REACHES)


def _inside(points: NDArray[np.float64], dent: Defect, radii: float) -> bool:
    outline = np.asarray(dent.contour_mm)
    middle = outline.mean(axis=0)
    grown = (middle + radii * (outline - middle)).astype(np.float32)
    return all(
        cv2.pointPolygonTest(grown, (float(x), float(y)), measureDist=False) >= 0 for x, y in points
    )
