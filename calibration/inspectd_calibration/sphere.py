"""Directions of lights from their highlights on a chrome sphere.

The camera looks along its axis from far away (orthographic), so that it is seen from the sphere
in the direction v = (0, 0, 1). A mirror shows the light where the normal n halves the angle between
both: l = 2 (n . v) n - v (Woodham, "Photometric method for determining surface orientation from
multiple images", Optical Engineering 19 (1980); Debevec, "Rendering synthetic objects into real
scenes", SIGGRAPH 1998, for the sphere). x to the right, y up, z to the camera.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Pixels

_SMALLEST_RADIUS_PX = 15.0
_LARGEST_DEVIATION = 0.05  # of the mask's rim from a circle, of its radius
_THRESHOLD = 0.7  # of the brightest level: the highlight proper, without its halo
_STANDS_OUT = 3.0  # times the sphere's median
_LARGEST_HIGHLIGHT = 0.1  # of the sphere's area: wider, and it is no point light or no mirror
_SECOND = 0.5  # of the first one's area
_LARGEST_RADIUS_SHARE = math.sqrt(0.5)  # farther out, a mirror shows what is behind the part


@dataclass(frozen=True, slots=True)
class Sphere:
    """The sphere's outline in pictures of this size, px; (0, 0) is the first pixel's middle."""

    column_px: float
    row_px: float
    radius_px: float
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class LightDirection:
    """Where one light comes from.

    `direction`: unit vector (x right, y up, z to the camera); the highlight's middle and area in
    px; `uncertainty_deg` (k = 2) is that of reading both middles, highlight's and sphere's, to half
    a pixel. A near light or camera adds to it what the picture cannot tell.
    """

    name: str
    direction: tuple[float, float, float]
    column_px: float
    row_px: float
    area_px: int
    uncertainty_deg: float

    @property
    def elevation_deg(self) -> float:
        """Above the picture's plane: 90 is straight from the camera."""
        return math.degrees(math.asin(max(-1.0, min(1.0, self.direction[2]))))

    @property
    def azimuth_deg(self) -> float:
        """0 from the right, 90 from the top of the picture, counter-clockwise."""
        return math.degrees(math.atan2(self.direction[1], self.direction[0])) % 360.0


def find_sphere(mask: Pixels) -> Sphere:
    """The disc that `mask` shows in white, (rows, columns[, 3]) uint8 or uint16.

    CalibrationError where it is small, cut off or no disc.
    """
    grey = mask if mask.ndim == 2 else mask.max(axis=2)  # noqa: PLR2004 - no channels
    inside = (grey > grey.max() // 2).astype(np.uint8)
    count, labels, statistics, centres = cv2.connectedComponentsWithStats(inside)
    if count < 2 or int(grey.max()) == 0:  # noqa: PLR2004 - the background is one
        msg = "the mask is black: paint the sphere white and all else black"
        raise CalibrationError(msg)
    label = 1 + int(np.argmax(statistics[1:, cv2.CC_STAT_AREA]))
    radius = math.sqrt(float(statistics[label, cv2.CC_STAT_AREA]) / math.pi)
    column, row = (float(value) for value in centres[label])
    if radius < _SMALLEST_RADIUS_PX:
        msg = (
            f"the sphere's radius in the mask is {radius:.0f} px, at least "
            f"{_SMALLEST_RADIUS_PX:.0f} are needed: use a larger sphere or go nearer"
        )
        raise CalibrationError(msg)
    outline, _ = cv2.findContours(
        (labels == label).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    rim = np.concatenate(outline).reshape(-1, 2).astype(np.float64)
    distance = np.hypot(rim[:, 0] - column, rim[:, 1] - row)
    if float(np.abs(distance - radius).max()) > max(2.0, _LARGEST_DEVIATION * radius):
        msg = (
            "the mask shows no whole disc: the sphere must lie in the picture as a whole, and the "
            "mask must show nothing else in white (no stand, no shadow)"
        )
        raise CalibrationError(msg)
    return Sphere(column, row, radius, width_px=grey.shape[1], height_px=grey.shape[0])


def light_direction(name: str, pixels: Pixels, sphere: Sphere) -> LightDirection:
    """The light of one picture, (rows, columns[, 3]), of the sphere and one light.

    CalibrationError for no highlight, several, one too wide, or one at the rim.
    """
    grey = np.asarray(pixels if pixels.ndim == 2 else pixels.max(axis=2), dtype=np.float64)  # noqa: PLR2004
    _must_fit(name, sphere, grey.shape)
    rows, columns = np.indices(grey.shape)
    inside = np.hypot(columns - sphere.column_px, rows - sphere.row_px) <= sphere.radius_px
    column, row, area = _highlight(name, np.where(inside, grey, 0.0), inside)
    normal_x = (column - sphere.column_px) / sphere.radius_px
    normal_y = -(row - sphere.row_px) / sphere.radius_px
    share = math.hypot(normal_x, normal_y)
    if share > _LARGEST_RADIUS_SHARE:
        msg = (
            f"{name}: the highlight lies near the sphere's rim, so the light would stand below the "
            "part: raise the light, or cover what else is mirrored there"
        )
        raise CalibrationError(msg)
    normal_z = math.sqrt(1.0 - share * share)
    # d(angle of the light) = 2 d(angle of the normal) = 2 d(share) / normal_z; u = 0.5 px at k = 1
    # for the highlight and for the sphere's middle.
    uncertainty = 2.0 * 2.0 * math.hypot(0.5, 0.5) / (sphere.radius_px * normal_z)
    return LightDirection(
        name=name,
        direction=(
            2.0 * normal_z * normal_x,
            2.0 * normal_z * normal_y,
            2.0 * normal_z * normal_z - 1.0,
        ),
        column_px=column,
        row_px=row,
        area_px=area,
        uncertainty_deg=math.degrees(uncertainty),
    )


def _must_fit(name: str, sphere: Sphere, shape: tuple[int, ...]) -> None:
    if shape != (sphere.height_px, sphere.width_px):
        msg = (
            f"{name}: a picture of {shape[1]} x {shape[0]} px, but the mask has {sphere.width_px} "
            f"x {sphere.height_px}: take mask and pictures with the same settings"
        )
        raise CalibrationError(msg)


def _highlight(
    name: str, sphere: NDArray[np.float64], inside: NDArray[np.bool_]
) -> tuple[float, float, int]:
    """Weighted middle (column, row) and area of the one bright spot."""
    brightest = float(sphere.max())
    usual = float(np.median(sphere[inside]))
    if brightest <= 0.0 or brightest < _STANDS_OUT * usual:
        msg = (
            f"{name}: no highlight stands out on the sphere (brightest {brightest:.0f}, usual "
            f"{usual:.0f} DN): switch the light on, darken the room, shorten the exposure"
        )
        raise CalibrationError(msg)
    bright = (sphere >= _THRESHOLD * brightest).astype(np.uint8)
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(bright)
    areas = statistics[1:, cv2.CC_STAT_AREA]
    order = np.argsort(areas)[::-1]
    area = int(areas[order[0]])
    if area > _LARGEST_HIGHLIGHT * float(np.count_nonzero(inside)):
        msg = (
            f"{name}: the highlight covers {100 * area / np.count_nonzero(inside):.0f} % of the "
            "sphere: use a small light far away, a polished sphere, and a shorter exposure"
        )
        raise CalibrationError(msg)
    if len(areas) > 1 and int(areas[order[1]]) > _SECOND * area:
        msg = (
            f"{name}: {int(np.count_nonzero(areas > _SECOND * area))} highlights of like size on "
            "the sphere: switch the other lights off, cover windows and shining things"
        )
        raise CalibrationError(msg)
    rows, columns = np.nonzero(labels == 1 + int(order[0]))
    weight = sphere[rows, columns]
    return (
        float((columns * weight).sum() / weight.sum()),
        float((rows * weight).sum() / weight.sum()),
        area,
    )
