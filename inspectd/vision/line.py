"""Lines: the centreline of a thin candidate, its ends and its width.

The texture filter says roughly where a line runs; along that path the picture is straightened,
so that a few hundred noisy profiles become one clean one, and its ends are where the line's own
profile has faded to half.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Points
from inspectd.vision.background import Plane
from inspectd.vision.shape import elongation, largest, outline, path_length
from inspectd.vision.window import Window

_ENERGY_LEVEL = 0.5
_MIN_ELONGATION = 2.0
_FEWEST_POINTS = 5
_KEPT_POINTS = 14  # of the texture filter's centreline, where its blunt ends are cut off
_SMOOTHING_POINTS = 5
_LARGEST_MASK_PX = 320
_STRETCH_POINTS = 60  # the last points of a path say where it goes on to
_BENT_POINTS = 44  # fewer do not show a bend
_STRAIGHT_PX = 0.35  # RMS distance from a straight line that the pixels alone give a path
_BEYOND_PX = 30  # looked at beyond both ends of the rough path
_GAP_PX = 12
_ACROSS_PX = 10.0  # and to both sides
_ACROSS_STEP_PX = 0.5
_ALONG_SIGMA_PX = 2.0
_HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A thin defect. `centreline_px`: (n, 2) float64 (column, row) in the window, end to end."""

    centreline_px: Points
    width_px: float
    contrast: float


def trace(window: Window) -> Line | None:
    """The line in this window; None where what is there is not thin."""
    path = _rough_path(window)
    if path is None or len(path := _resampled(path)) < _FEWEST_POINTS:
        return None
    path = _continued(_continued(path)[::-1])[::-1]
    profiles = _straightened(window.difference[0], path)
    return _fitted(path, profiles)


def _rough_path(window: Window) -> Points | None:
    """Centreline of the texture filter's response, in pixels of the window."""
    energy = window.energy
    inside = window.inside[::2, ::2]
    level = _ENERGY_LEVEL * float(np.percentile(energy[inside > 0], 90))
    mask = largest(((energy > level) & (inside > 0)).astype(np.uint8), inside)
    if not mask.any() or elongation(outline(energy - level, mask)) < _MIN_ELONGATION:
        return None
    arrival = _arrival(mask)
    count = int(arrival.max())
    if count < _FEWEST_POINTS:
        return None
    rows, columns = np.nonzero(mask)
    wave = arrival[rows, columns]
    weight = energy[rows, columns].astype(np.float64)
    mass = np.bincount(wave, weight, count + 1)[1:]
    x = np.bincount(wave, weight * columns, count + 1)[1:] / mass
    y = np.bincount(wave, weight * rows, count + 1)[1:] / mass
    # Waves start in a corner of the blunt end; a width further on they run down the middle.
    blunt = min(round(len(rows) / count), max(0, count - _KEPT_POINTS) // 2)
    return 2.0 * np.column_stack((x, y))[blunt : count - blunt] + 0.5


def _arrival(mask: NDArray[np.uint8]) -> NDArray[np.int32]:
    """1 at one end of a thin mask, growing along it to the other; 0 outside.

    Waves spread with a cross and a square in turn, which makes their front an octagon: nearly
    round. The first run, from the point farthest from the middle, only looks for an end. A large
    mask is made small first: the time grows with the third power of its size.
    """
    factor = math.ceil(max(mask.shape) / _LARGEST_MASK_PX)
    rows, columns = np.nonzero(mask)
    size = [math.ceil(side / factor) for side in mask.shape]
    small = np.zeros(size, np.uint8)
    small[rows // factor, columns // factor] = 1
    start = int(np.hypot(rows - rows.mean(), columns - columns.mean()).argmax())
    arrival = _spread(small, int(rows[start]) // factor, int(columns[start]) // factor)
    end = np.unravel_index(int(arrival.argmax()), arrival.shape)
    arrival = _spread(small, int(end[0]), int(end[1]))
    whole = np.zeros(mask.shape, np.int32)
    whole[rows, columns] = arrival[rows // factor, columns // factor]
    return whole


def _spread(mask: NDArray[np.uint8], row: int, column: int) -> NDArray[np.int32]:
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    square = np.ones((3, 3), np.uint8)
    reached: NDArray[np.uint8] = np.zeros_like(mask)
    reached[row, column] = 1
    turns = np.zeros(mask.shape, np.int32)
    count, before = 0, 0
    while (now := int(cv2.countNonZero(reached))) > before:
        turns += reached
        count, before = count + 1, now
        reached = np.minimum(cv2.dilate(reached, cross if count % 2 else square), mask)
    return np.where(turns > 0, count + 1 - turns, 0).astype(np.int32)


def _resampled(path: Points) -> Points:
    """The path, smoothed, at one point a pixel of its length."""
    kernel = np.ones(_SMOOTHING_POINTS) / _SMOOTHING_POINTS
    smooth = np.column_stack([np.convolve(path[:, k], kernel, mode="valid") for k in (0, 1)])
    along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(smooth, axis=0).T))))
    wanted = np.arange(0.0, along[-1], 1.0)
    return np.column_stack([np.interp(wanted, along, smooth[:, k]) for k in (0, 1)])


def _continued(path: Points) -> Points:
    """The path, going on past its last point with the bend of its last stretch."""
    stretch = path[-_STRETCH_POINTS:]
    at = np.arange(1.0 - len(stretch), 1.0)
    onwards = np.arange(1.0, _BEYOND_PX + 1)
    course = _course(at, stretch, 1)
    off_px = np.sqrt(((course(at) - stretch) ** 2).sum(axis=1).mean())
    # A bend that is none would lead away from the line, and cut its end off.
    if len(stretch) > _BENT_POINTS and off_px > _STRAIGHT_PX:
        course = _course(at, stretch, 2)
    return np.vstack((path, course(onwards)))


def _course(
    at: NDArray[np.float64], points: Points, degree: int
) -> Callable[[NDArray[np.float64]], Points]:
    """Where a path is at other places along it, by a polynomial through its points."""
    fits = [np.polynomial.Polynomial.fit(at, points[:, k], degree) for k in (0, 1)]
    return lambda where: np.column_stack([fit(where) for fit in fits])


def _straightened(plane: Plane, path: Points) -> Plane:
    """(points of the path, positions across) float32: the picture along and across the path."""
    normal = _normals(path)
    offsets = np.arange(-_ACROSS_PX, _ACROSS_PX + _ACROSS_STEP_PX / 2, _ACROSS_STEP_PX)
    x = path[:, :1] + normal[:, :1] * offsets
    y = path[:, 1:] + normal[:, 1:] * offsets
    straight = cv2.remap(
        plane,
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return np.asarray(straight, dtype=np.float32)


def _normals(path: Points) -> Points:
    """Unit vectors across the path, (n, 2), at each of its points."""
    x, y = np.gradient(path, axis=0).T
    aside = np.column_stack((-y, x)) / np.maximum(np.hypot(x, y), 1e-9)[:, None]
    return np.asarray(aside, dtype=np.float64)


def _fitted(path: Points, profiles: Plane) -> Line | None:
    """Ends where the line's own profile has faded to half; width at half of its height."""
    profile = profiles[_BEYOND_PX:-_BEYOND_PX].mean(axis=0)
    power = float((profile**2).sum())
    if power <= 0.0:
        return None
    match = (profiles @ profile / power).astype(np.float32).reshape(-1, 1)
    match = cv2.GaussianBlur(
        match, (1, 0), sigmaX=0, sigmaY=_ALONG_SIGMA_PX, borderType=cv2.BORDER_REPLICATE
    ).ravel()
    inside = _longest(np.flatnonzero(match > _HALF))
    if len(inside) < _FEWEST_POINTS:
        return None
    first, last = _crossing(match, int(inside[0]), -1), _crossing(match, int(inside[-1]), 1)
    index = np.arange(len(path))
    wanted = np.concatenate(([first], index[(index > first) & (index < last)], [last]))
    centreline = np.column_stack([np.interp(wanted, index, path[:, k]) for k in (0, 1)])
    strong = np.flatnonzero(np.abs(profile) > _HALF * float(np.abs(profile).max()))
    width = float(strong[-1] - strong[0] + 1) * _ACROSS_STEP_PX
    contrast = float(profile[strong].mean())
    return Line(centreline, width, contrast)


def _longest(points: NDArray[np.intp]) -> NDArray[np.intp]:
    """The longest run of rising whole numbers whose gaps are small: a line that fades and returns.

    Whatever else lies on the straight continuation of a line is not that line.
    """
    runs = np.split(points, np.flatnonzero(np.diff(points) > _GAP_PX) + 1)
    return max(runs, key=len)


def _crossing(match: NDArray[np.float32], inside: int, step: int) -> float:
    """Where, between this point and the next one outwards, the match is one half."""
    outside = inside + step
    if not 0 <= outside < len(match):
        return float(inside)
    fall = float(match[inside] - match[outside])
    return inside + step * (float(match[inside]) - _HALF) / max(fall, 1e-9)


def ribbon(line: Line) -> Points:
    """(2 n, 2) outline of the line: its centreline, half a width to either side."""
    aside = _normals(line.centreline_px) * line.width_px / 2
    return np.vstack((line.centreline_px + aside, (line.centreline_px - aside)[::-1]))


def aspect(line: Line) -> float:
    """Length over width."""
    return path_length(line.centreline_px, closed=False) / max(line.width_px, 1.0)
