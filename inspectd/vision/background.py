"""What the surface would look like without defects, and how far the picture departs from it.

A texture filter rings around a blob and is blind to the inside of a large one; the departure
from a smooth background sees just those. Worked out at a quarter of the resolution: stains and
dents are large, noise averages out, and the cost falls to a sixteenth.
"""

import math
from dataclasses import dataclass
from functools import lru_cache, partial

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.vision.normalise import WorkingPicture
from inspectd.vision.robust import fitted, median_and_sigma, quadratic_terms
from inspectd.vision.spread import Spread, in_turn

Plane = NDArray[np.float32]  # (rows, columns)
Planes = NDArray[np.float32]  # (channels, rows, columns)

SCALE = 4  # one pixel here is 4 x 4 of the picture
_GRID_PX = 160  # longest side of the grid on which the background is fitted
_WINDOW_SHARE = 0.4  # of the short side: a blob up to half this window's area is no background
_FITS = 5
_FITTED_POINTS = 2_048  # enough for six numbers
_LEVELS_PER_SIGMA = 4.0  # resolution of the 8-bit grid that cv2.medianBlur asks for
# A quarter of an 8-bit level after averaging 16 pixels: below, a picture tells nothing.
_NOISE_FLOOR = 0.25 / 255
_MOTTLE_SIGMA_PX = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Departure:
    """How a picture departs from its own background, at a quarter of its resolution.

    `background` and `difference`: (channels, rows // 4, columns // 4) float32; channel 0 is
    lightness (1 is full scale); pictures in colour have CIELAB a* and b*, over 100, as channels
    1 and 2. `noise`: (channels,) float32, robust standard deviation of `difference`.
    """

    background: Planes
    difference: Planes
    noise: NDArray[np.float32]


def departure(working: WorkingPicture, spread: Spread = in_turn) -> Departure:
    """Compare a picture with its own robust background."""
    departures = spread([partial(_departure, plane) for plane in quartered(working)])
    backgrounds, differences, noise = zip(*departures, strict=True)
    return Departure(np.stack(backgrounds), np.stack(differences), np.asarray(noise, np.float32))


def _departure(plane: Plane) -> tuple[Plane, Plane, float]:
    """Background, smoothed difference from it, and noise of one channel."""
    background = _background(plane)
    difference = np.asarray(
        cv2.GaussianBlur(plane - background, (0, 0), _MOTTLE_SIGMA_PX), dtype=np.float32
    )
    return background, difference, max(median_and_sigma(difference[::4, ::4])[1], _NOISE_FLOOR)


def blurred(planes: Planes, sigma_px: float) -> Planes:
    """Every plane, Gaussian blurred."""
    smooth = [cv2.GaussianBlur(plane, (0, 0), sigma_px) for plane in planes]
    return np.stack(smooth).astype(np.float32, copy=False)


def chroma(bgr: NDArray[np.float32]) -> Planes:
    """CIELAB a* and b* over 100, (2, rows, columns) float32, of levels where 1 is full scale."""
    lab = cv2.cvtColor(bgr, cv2.COLOR_BGR2Lab)
    return np.stack((lab[:, :, 1], lab[:, :, 2])).astype(np.float32, copy=False) / np.float32(100)


def quartered(working: WorkingPicture) -> Planes:
    """Lightness, and for colour a* and b*, at a quarter of the resolution; as in `Departure`."""
    if working.colour is None:
        return working.quarter[None]
    return np.concatenate((working.quarter[None], chroma(working.colour)))


def _background(plane: Plane) -> Plane:
    """A robust quadratic surface (light fall-off) plus a wide median of what it leaves."""
    rows, columns = plane.shape
    factor = max(1.0, max(rows, columns) / _GRID_PX)
    size = (max(1, round(columns / factor)), max(1, round(rows / factor)))
    grid = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
    surface = _quadratic(grid)
    rest = grid - surface
    step = max(median_and_sigma(rest[::2, ::2])[1], _NOISE_FLOOR) / _LEVELS_PER_SIGMA
    levels = np.clip(np.rint(rest / step + 128), 0, 255).astype(np.uint8)
    window = max(3, int(min(size) * _WINDOW_SHARE) | 1)
    wide = (cv2.medianBlur(levels, window).astype(np.float32) - 128) * np.float32(step)
    smooth = cv2.GaussianBlur(wide, (0, 0), window / 6) + surface
    return np.asarray(
        cv2.resize(smooth, (columns, rows), interpolation=cv2.INTER_LINEAR), dtype=np.float32
    )


_terms = lru_cache(maxsize=2)(quadratic_terms)


def _quadratic(grid: Plane) -> Plane:
    """Quadratic surface, robust to what stands out of it."""
    step = math.ceil(math.sqrt(grid.size / _FITTED_POINTS))
    terms = _terms(*grid.shape)
    known = terms[::step, ::step].reshape(-1, 6)
    values = grid[::step, ::step].reshape(-1).astype(np.float64)
    coefficients = fitted(known, values, values - np.median(values), _NOISE_FLOOR, _FITS)
    return np.asarray(terms @ coefficients, dtype=np.float32)
