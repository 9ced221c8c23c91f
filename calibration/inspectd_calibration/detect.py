"""Find a target's points in one picture, or say why they cannot be found."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Pixels, Points
from inspectd_calibration.blur import Blur, edge_blur
from inspectd_calibration.detect_charuco import enough, find_charuco
from inspectd_calibration.detect_chessboard import find_chessboard
from inspectd_calibration.detect_corners import refine_corners
from inspectd_calibration.detect_discs import refine_discs
from inspectd_calibration.detect_dots import find_dots
from inspectd_calibration.detect_fit import Fitted, Values, grid_around, positions
from inspectd_calibration.detection import Detection
from inspectd_calibration.target import Target

_FINDERS = {"chessboard": find_chessboard, "charuco": find_charuco, "dots": find_dots}

_COLOUR_DIMENSIONS = 3
_FULL_SCALE = 255.0
# Of a 16-bit picture whatever lies between these percentiles is spread over 8 bits.
_DARKEST_PERCENT, _BRIGHTEST_PERCENT = 0.1, 99.9

# Grey levels of 255: less is a picture of the dark, or of nothing.
_DARK, _FLAT, _BURNT = 40.0, 25.0, 254.0

# Below this a square has too few pixels of its own, between blurred edges, to fit a corner to.
_SMALLEST_PITCH_PX = 8.0
# Of the pitch: beyond this the edges of a square, or of a dot, run into each other.
_LARGEST_BLUR = {"chessboard": 0.15, "charuco": 0.1, "dots": 0.1}
# A first guess is better than this, and no point has much less contrast than the others.
_FARTHEST, _FAINTEST = 0.15, 0.2
# What the fit leaves unexplained, of the contrast: in good pictures it varies by less than twice;
# glare beside a point, which draws it away, leaves ten times as much. So little is never odd:
_ODDEST, _ODD = 3.0, 0.1
# Defocus is round; what is this much longer than wide has moved.
_MOTION = 2.0


def detect(pixels: Pixels, target: Target, name: str) -> Detection:
    """Find `target` in `pixels` (as in `Frame`: mono 8 or 16 bit, or B, G, R); `name` for messages.

    The points come in the order of `Target.points_mm`, never as a mirror would show them. A plain
    chessboard or dot grid looks the same after half a turn (and in a mirror): its first point is
    then the one nearer to the picture's top left, with a black square above it if there is one.

    Raises CalibrationError, naming the remedy.
    """
    grey = as_grey(pixels)
    try:
        ids, points_px = _FINDERS[target.kind](grey, target)
    except CalibrationError as error:
        msg = f"{name}: {_exposure(grey) or error}"
        raise CalibrationError(msg) from None
    rows, columns = grey.shape
    rough = Detection(name, columns, rows, ids, points_px, target.points_mm[ids])
    pitch_px = smallest_pitch_px(rough, target)
    if pitch_px < _SMALLEST_PITCH_PX:
        msg = (
            f"{name}: the {target.kind} is too small in the picture: {pitch_px:.1f} px from point "
            f"to point, at least {_SMALLEST_PITCH_PX:g} are needed; go nearer, or print it larger"
        )
        raise CalibrationError(msg)
    blur = edge_blur(grey, rough, target)
    _refuse_blur(blur, pitch_px, _LARGEST_BLUR[target.kind] * pitch_px, name)
    return _refined(grey, rough, target, blur)


def _refined(grey: NDArray[np.uint8], rough: Detection, target: Target, blur: Blur) -> Detection:
    """The same points where a fit puts them; what cannot be fitted is left out, or refused."""
    grid = grid_around(rough, target)
    rough, grid = _some(rough, grid.known), grid.of(grid.known)
    _refuse_too_few(rough, target)
    if target.kind == "dots":
        fitted = refine_discs(grey, rough.points_px, grid, blur.mean_px)
    else:
        fitted = refine_corners(grey, rough.points_px, grid, target, blur.mean_px)
    sure = _sure(fitted, rough.points_px, np.linalg.norm(grid.along_row, axis=1))
    if target.kind != "charuco" and not sure.all():
        worst = int((fitted.residual / fitted.contrast).argmax())
        row, column = divmod(int(rough.ids[worst]), target.columns)
        msg = (
            f"{rough.name}: {(~sure).sum()} of {len(sure)} points of the {target.kind} are "
            f"unclear, above all row {row + 1}, column {column + 1}: look at glare, shadows and "
            "dirt there"
        )
        raise CalibrationError(msg)
    found = _some(replace(rough, points_px=fitted.points_px), sure)
    _refuse_too_few(found, target)
    return found


def _sure(fitted: Fitted, guess_px: Points, pitch_px: Values) -> NDArray[np.bool_]:
    """Which points look like the others, and are where they were expected."""
    near = np.linalg.norm(fitted.points_px - guess_px, axis=1) < _FARTHEST * pitch_px
    clear = fitted.contrast > _FAINTEST * np.median(fitted.contrast)
    # A covered point has no contrast at all, and nothing explains it.
    nothing = np.full_like(fitted.residual, np.inf)
    unexplained = np.divide(
        fitted.residual, fitted.contrast, out=nothing, where=fitted.contrast > 0
    )
    alike = unexplained < max(_ODDEST * float(np.median(unexplained)), _ODD)
    return np.asarray(near & clear & alike)


def _refuse_too_few(found: Detection, target: Target) -> None:
    """Of a ChArUco board some may be missing, here and there."""
    if enough(found.ids, target):
        return
    msg = (
        f"{found.name}: only {len(found.ids)} neighbouring points of the {target.kind} are clear: "
        "uncover the board, and avoid glare and shadows"
    )
    raise CalibrationError(msg)


def _some(found: Detection, which: NDArray[np.bool_]) -> Detection:
    return replace(
        found,
        ids=found.ids[which],
        points_px=found.points_px[which],
        points_mm=found.points_mm[which],
    )


def as_grey(pixels: Pixels) -> NDArray[np.uint8]:
    """(rows, columns) uint8 of any picture; the contrast of a 16-bit one is spread over 8 bits."""
    mono = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY) if pixels.ndim == _COLOUR_DIMENSIONS else pixels
    if mono.dtype == np.uint8:
        return np.ascontiguousarray(mono, dtype=np.uint8)
    low, high = np.percentile(mono, (_DARKEST_PERCENT, _BRIGHTEST_PERCENT))
    spread = (mono - low) * (_FULL_SCALE / max(high - low, 1.0))
    return np.asarray(np.clip(np.rint(spread), 0, _FULL_SCALE), dtype=np.uint8)


def smallest_pitch_px(found: Detection, target: Target) -> float:
    """Distance in px of the nearest two neighbouring points of the target; infinite for none."""
    grid = positions(found, target)
    steps = [np.linalg.norm(np.diff(grid, axis=axis), axis=2).ravel() for axis in (0, 1)]
    known = np.concatenate(steps)
    known = known[np.isfinite(known)]
    return float(known.min()) if len(known) else np.inf


def _exposure(grey: NDArray[np.uint8]) -> str:
    """What is wrong with the light, if that is why nothing was found."""
    dark, bright = np.percentile(grey, (1.0, 99.0))
    if bright < _DARK:
        return "the picture is dark: give more light or a longer exposure"
    if dark > _BURNT:
        return "the picture is white all over: give less light or a shorter exposure"
    if bright - dark < _FLAT:
        return "the picture shows nothing (no contrast): look at lens cap, light and target"
    return ""


def _refuse_blur(blur: Blur, pitch_px: float, limit_px: float, name: str) -> None:
    if blur.largest_px <= limit_px:
        return
    moved = blur.largest_px > _MOTION * blur.smallest_px
    remedy = (
        "target or camera moved: hold them still, or expose shorter"
        if moved
        else "it is out of focus: focus the lens, or close its aperture"
    )
    msg = (
        f"{name}: the {'motion' if moved else 'blur'} of the edges is {blur.largest_px:.1f} px, at "
        f"most {limit_px:.1f} px will do at a pitch of {pitch_px:.0f} px; {remedy}"
    )
    raise CalibrationError(msg)
