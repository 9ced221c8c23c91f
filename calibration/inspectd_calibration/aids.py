"""What a person who sets a camera up wants to know of each picture, while turning the screws."""

import math
from dataclasses import dataclass, replace
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Pixels
from inspectd.core.lens import Lens
from inspectd_calibration.blur import edge_blur
from inspectd_calibration.camera_file import LensFile
from inspectd_calibration.camera_fit import fit_pose
from inspectd_calibration.detect import as_grey, detect
from inspectd_calibration.detection import Detection
from inspectd_calibration.plane_checks import check_size
from inspectd_calibration.plane_tilt import tilt_deg as tilt_without_lens
from inspectd_calibration.target import Target
from inspectd_calibration.uniformity import CELLS, uniformity

Grey = NDArray[np.float32]

HISTOGRAM_BINS = 16
DARK_SHARE = 0.02
# Mono12 comes in the upper 12 bits of uint16.
_FULL_SCALE = {1: 255, 2: 0xFFF0}
_COLOUR_NDIM = 3
# Enough pixels to see the light, at a sixteenth of the time.
_STEP_PX = 4
_WHITE_WITHIN = 6
# The sum of the weights on either side of Sobel's 3 x 3 kernels, times their distance.
_SOBEL_GAIN = 8.0
_ENOUGH_PIXELS = 1_500_000
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Exposure:
    """How the pixels fill the sensor's range; all are shares of 1.

    `mean`: mean grey, of full scale. `saturated`: pixels with a channel at full scale. `dark`:
    pixels with every channel below 2 % of it. `histogram`: pixels in each of 16 equal steps.
    """

    mean: float
    saturated: float
    dark: float
    histogram: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TargetSeen:
    """Whether the target was found, and how it stands.

    `problem`: why it was not, and what to do; empty where it was. `points`: how many of its points
    were seen. `coverage`: the share of the picture inside their convex hull. `blur_px`: standard
    deviation of the edges' spread, where they are softest. `tilt_deg`: angle between the optical
    axis and the target's normal.
    """

    problem: str
    points: int = 0
    coverage: float = 0.0
    blur_px: float | None = None
    tilt_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Aids:
    """All that is shown of one picture; see the functions of the same names.

    `target` is None where none was asked for.
    """

    focus_percent: float
    exposure: Exposure
    evenness: float
    target: TargetSeen | None


def aids(pixels: Pixels, target: Target | None, lens: LensFile | None) -> Aids:
    """Look at one picture: (rows, columns) uint8 or uint16, or (rows, columns, 3) uint8 B, G, R."""
    grey = _grey(pixels)
    return Aids(
        focus_percent(grey),
        _exposure(pixels, grey),
        evenness(grey),
        None if target is None else _target_seen(pixels, target, lens),
    )


def focus_percent(grey: Grey) -> float:
    """Root mean square of the grey gradient, in percent of the mean grey per pixel.

    The Tenengrad (J. M. Tenenbaum, 1970; E. Krotkov, "Focusing", International Journal of Computer
    Vision 1, 1987), its root divided by the mean, so that exposure and light leave it as it is. It
    compares pictures of one scene: the largest is the sharpest. `grey`: (rows, columns) float32.
    """
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    energy = cv2.norm(across, cv2.NORM_L2SQR) + cv2.norm(down, cv2.NORM_L2SQR)
    gradient_rms = float(np.sqrt(energy / grey.size)) / _SOBEL_GAIN
    return 100.0 * gradient_rms / max(float(grey.mean()), _TINY)


def evenness(grey: Grey) -> float:
    """Least over mean of the light on the picture, by cells (see `uniformity`): 1 is even light.

    What is compared is the white of a target or of paper: the brightest within a sixth of the
    picture's shorter side. Where that shows neither, it says nothing: fill the picture with the
    target, or with paper. `grey`: (rows, columns) float32.
    """
    small = cv2.blur(grey, (3, 3))[::_STEP_PX, ::_STEP_PX]
    reach = max(1, min(small.shape) // _WHITE_WITHIN)
    white = cv2.dilate(small, np.ones((reach, reach), np.uint8))
    if min(white.shape) < CELLS or not white.max():
        return 0.0
    return uniformity(white.astype(np.float32)).minimum_over_mean


def tilt_deg(found: Detection, lens: Lens | None) -> float:
    """Angle between the optical axis and the normal of the target, degrees.

    With `lens`, of the pose that fits best; without, see `plane_tilt.tilt_deg`.
    """
    if lens is not None:
        return fit_pose(lens, found).tilt_deg
    matrix, _ = cv2.findHomography(found.points_px, found.points_mm)
    plane = Calibration(homography=tuple(np.asarray(matrix, np.float64).ravel().tolist()))
    return tilt_without_lens(found, plane)


def _target_seen(pixels: Pixels, target: Target, lens: LensFile | None) -> TargetSeen:
    try:
        found = _found(pixels, target)
        check_size(found, lens)
    except CalibrationError as error:
        return TargetSeen(str(error))
    hull = cv2.convexHull(found.points_px.astype(np.float32))
    coverage = cv2.contourArea(hull) / (found.width_px * found.height_px)
    blur = edge_blur(as_grey(pixels), found, target)
    tilt = tilt_deg(found, None if lens is None else lens.lens)
    return TargetSeen("", len(found.points_px), coverage, blur.largest_px, tilt)


def _found(pixels: Pixels, target: Target) -> Detection:
    """Where the target is, to a tenth of a pixel or two; CalibrationError.

    Sought in a smaller copy of a large picture: in 5 megapixels it takes seconds.
    """
    rows, columns = pixels.shape[:2]
    step = math.ceil(math.sqrt(rows * columns / _ENOUGH_PIXELS))
    size = (columns // step, rows // step)
    small = cv2.resize(pixels[: size[1] * step, : size[0] * step], size, None, 0, 0, cv2.INTER_AREA)
    found = detect(cast("Pixels", small), target, "the picture")
    at_px = (found.points_px + 0.5) * step - 0.5
    return replace(found, width_px=columns, height_px=rows, points_px=at_px)


def _grey(pixels: Pixels) -> Grey:
    """Grey as a share of full scale, (rows, columns) float32."""
    full = np.float32(1.0 / np.iinfo(pixels.dtype).max)
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY) if pixels.ndim == _COLOUR_NDIM else pixels
    return np.asarray(grey * full, dtype=np.float32)


def _exposure(pixels: Pixels, grey: Grey) -> Exposure:
    brightest = pixels.max(axis=2) if pixels.ndim == _COLOUR_NDIM else pixels
    dark = DARK_SHARE * np.iinfo(pixels.dtype).max
    counts = cv2.calcHist([grey], [0], None, [HISTOGRAM_BINS], [0.0, 1.0 + _TINY])
    return Exposure(
        mean=float(grey.mean()),
        saturated=float(np.mean(brightest >= _FULL_SCALE[pixels.itemsize])),
        dark=float(np.mean(brightest < dark)),
        histogram=tuple(float(count) / grey.size for count in counts.ravel()),
    )
