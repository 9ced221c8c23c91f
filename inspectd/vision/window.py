"""One candidate at full resolution, with its surroundings to compare it to."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.fields import Correction
from inspectd.core.frame import Pixels
from inspectd.vision.background import SCALE, Departure, Plane, Planes, chroma
from inspectd.vision.normalise import WorkingPicture, corrected_levels
from inspectd.vision.regions import Candidates, Mask
from inspectd.vision.robust import median_and_sigma
from inspectd.vision.texture import Filters, energy_within

_MARGIN_SHARE = 0.25
_MARGIN_PX = 6  # at a quarter of the resolution
_COLOUR_NDIM = 3
_NOISE_FLOOR = 0.3 / 255  # quantisation to 8 bit: 1 / sqrt(12) of a level
_FEWEST_SURROUNDINGS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A candidate and the surface around it.

    `row_px`, `column_px`: the window's upper left pixel in the picture. `difference`: (channels,
    rows, columns) float32, the departure from the surface around, channels as in
    `background.Departure`. `noise`: (channels,) float32 standard deviation of a pixel there.
    `inside`: (rows, columns) uint8, 1 where the candidate is, generously.
    `energy`: (rows // 2, columns // 2) float32, Gabor energy (`texture.energy_within`). `faint`: it
    stands out as a line only, and not pixel by pixel, so that only `inside` is worked out.
    """

    row_px: int
    column_px: int
    difference: Planes
    noise: NDArray[np.float32]
    inside: Mask
    energy: Plane
    faint: bool


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Everything that the stages before have worked out about one picture."""

    pixels: Pixels
    correction: Correction | None
    working: WorkingPicture
    filters: Filters
    departure: Departure
    candidates: Candidates


def open_window(evidence: Evidence, *indices: int) -> Window:
    """One candidate at full resolution, or several and all that lies between them."""
    labels = evidence.candidates.labels
    left, top, width, height = joint_box(evidence.candidates.boxes[list(indices)])
    margin = _MARGIN_PX + int(_MARGIN_SHARE * max(width, height))
    rows = slice(max(0, top - margin), min(labels.shape[0], top + height + margin))
    columns = slice(max(0, left - margin), min(labels.shape[1], left + width + margin))
    full = (
        slice(SCALE * rows.start, SCALE * rows.stop),
        slice(SCALE * columns.start, SCALE * columns.stop),
    )
    half = slice(2 * rows.start, 2 * rows.stop), slice(2 * columns.start, 2 * columns.stop)
    size = (full[1].stop - full[1].start, full[0].stop - full[0].start)
    nearby = labels[rows, columns]
    own = np.isin(nearby, [index + 1 for index in indices]).astype(np.uint8)
    if len(indices) > 1:
        own = _hull(own)
    inside = _enlarged(cv2.dilate(own, np.ones((3, 3), np.uint8)), size)
    corner = full[0].start, full[1].start
    if min(indices) >= evidence.candidates.faint_from:
        empty = np.empty((0, *inside.shape), np.float32)
        return Window(*corner, empty, np.empty(0, np.float32), inside, empty[:, 0], faint=True)
    planes = _planes(evidence, full)
    background = np.stack(
        [
            cv2.resize(plane[rows, columns], size, interpolation=cv2.INTER_LINEAR)
            for plane in evidence.departure.background
        ]
    )
    crowd = cv2.dilate((nearby > 0).astype(np.uint8), np.ones((5, 5), np.uint8))
    surroundings = _enlarged(crowd, size) == 0
    difference, noise = _against(planes - background, surroundings)
    energy = energy_within(evidence.working.half, *half, evidence.filters)
    return Window(*corner, difference, noise, inside, energy, faint=False)


def joint_box(boxes: NDArray[np.int32]) -> tuple[int, int, int, int]:
    """(left, top, width, height) around all of `boxes`."""
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    return int(left), int(top), int(right - left), int(bottom - top)


def _enlarged(mask: NDArray[np.integer | np.floating], size: tuple[int, int]) -> Mask:
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST), dtype=np.uint8)


def _hull(mask: Mask) -> Mask:
    corners = cv2.convexHull(np.column_stack(np.nonzero(mask)[::-1]).astype(np.int32))
    return np.asarray(cv2.fillConvexPoly(mask.copy(), corners, 1), dtype=np.uint8)


def _planes(evidence: Evidence, window: tuple[slice, slice]) -> Planes:
    lightness = evidence.working.lightness[window].astype(np.float32) / np.float32(255)
    if evidence.pixels.ndim != _COLOUR_NDIM:
        return lightness[None]
    colour = chroma(corrected_levels(evidence.pixels, evidence.correction, window))
    return np.concatenate((lightness[None], colour))


def _against(
    difference: Planes, surroundings: NDArray[np.bool_]
) -> tuple[Planes, NDArray[np.float32]]:
    """Subtract what the surroundings still differ by, and say how much they scatter."""
    if np.count_nonzero(surroundings) < _FEWEST_SURROUNDINGS:
        return difference, np.full(len(difference), _NOISE_FLOOR, dtype=np.float32)
    around = [median_and_sigma(channel) for channel in difference[:, surroundings]]
    offset = np.array([median for median, _ in around], dtype=np.float32)
    noise = np.array([max(sigma, _NOISE_FLOOR) for _, sigma in around], dtype=np.float32)
    return difference - offset[:, None, None], noise
