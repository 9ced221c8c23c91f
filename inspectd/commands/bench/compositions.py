"""What vision is measured against: the same work, put together from OpenCV's functions alone.

Both find structures of the default wavelength (10 px) in 8 directions by complex Gabor filters,
and trace edges and outlines; neither measures anything in millimetres or decides anything.
"""

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Pixels

_WAVELENGTH_PX = 10.0
_SIGMA_PX = 4.0
_ORIENTATIONS = 8
_RADIUS_PX = 10
_GAMMA = 1.0
_CANNY = (50, 150)
_THRESHOLD_SIGMAS = 8.0
_COLOUR_NDIM = 3

Plane = NDArray[np.float32]
Stages = dict[str, Callable[[], None]]


class Textbook:
    """As people write it: look-up table, dense complex bank by filter2D, Canny, findContours."""

    def __init__(self, pixels: Pixels) -> None:
        self.pixels = pixels
        self._table = np.rint(255 * (np.arange(256) / 255) ** _GAMMA).astype(np.uint8)
        self._bank = [part for k in range(_ORIENTATIONS) for part in _dense(k)]
        self._linear: Pixels = pixels
        self._edges: Pixels = pixels
        self.energy: Plane = np.empty((0, 0), np.float32)

    def stages(self) -> Stages:
        """What is to be done, in order."""
        return {
            "lut": self._look_up,
            "gabor": self._gabor,
            "canny": self._canny,
            "contours": self._contours,
        }

    def _look_up(self) -> None:
        self._linear = np.asarray(cv2.LUT(_grey(self.pixels), self._table), dtype=np.uint8)

    def _gabor(self) -> None:
        best = np.zeros(self._linear.shape, np.float32)
        for real, imaginary in zip(self._bank[::2], self._bank[1::2], strict=True):
            parts = [cv2.filter2D(self._linear, cv2.CV_32F, part) for part in (real, imaginary)]
            cv2.max(best, cv2.magnitude(*parts), best)
        self.energy = best

    def _canny(self) -> None:
        self._edges = np.asarray(cv2.Canny(self._linear, *_CANNY), dtype=np.uint8)

    def _contours(self) -> None:
        cv2.findContours(self._edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)


class BestOpencv:
    """The best that OpenCV's functions allow: half resolution, and separable filters.

    A direction and its mirror image share four filtered pictures, of which the larger energy
    follows at once (see `vision.kernels.gabor`).
    """

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels
        self._half: Plane = np.empty((0, 0), np.float32)
        self.energy: Plane = self._half
        tap = np.arange(-_RADIUS_PX // 2, _RADIUS_PX // 2 + 1)
        envelope = np.exp(-(tap**2) / (2 * (_SIGMA_PX / 2) ** 2))
        self._envelope = envelope / envelope.sum()
        self._tap = tap

    def stages(self) -> Stages:
        """What is to be done, in order."""
        return {"half": self._halve, "gabor": self._gabor, "regions": self._regions}

    def _halve(self) -> None:
        grey = _grey(self._pixels)
        size = (grey.shape[1] // 2, grey.shape[0] // 2)
        half = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        self._half = half.astype(np.float32) * np.float32(1 / 255)

    def _filters(self, share: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Even and odd side of a filter whose frequency is `share` of the bank's."""
        phase = 2 * math.tau / _WAVELENGTH_PX * share * self._tap
        even, odd = self._envelope * np.cos(phase), self._envelope * np.sin(phase)
        return even - self._envelope * even.sum(), odd

    def _gabor(self) -> None:
        smooth, half = self._envelope, self._half
        best = np.zeros(half.shape, np.float32)
        for k in range(_ORIENTATIONS // 2 + 1):
            angle = math.pi * k / _ORIENTATIONS
            row_even, row_odd = self._filters(math.cos(angle))
            column_even, column_odd = self._filters(math.sin(angle))
            if k in {0, _ORIENTATIONS // 2}:
                rows = (smooth, smooth) if k else (row_even, row_odd)
                columns = (column_even, column_odd) if k else (smooth, smooth)
                even, odd = (_separable(half, *pair) for pair in zip(rows, columns, strict=True))
                power = cv2.add(cv2.multiply(even, even), cv2.multiply(odd, odd))
            else:
                cc, sc, cs, ss = (
                    _separable(half, row, column)
                    for column in (column_even, column_odd)
                    for row in (row_even, row_odd)
                )
                power = cv2.multiply(cc, cc)
                for part in (sc, cs, ss):
                    cv2.accumulateSquare(part, power)
                cross = cv2.absdiff(cv2.multiply(cc, ss), cv2.multiply(sc, cs))
                power = cv2.scaleAdd(cross, 2.0, power)
            cv2.max(best, power, best)
        self.energy = np.asarray(cv2.sqrt(best), dtype=np.float32)

    def _regions(self) -> None:
        mean, deviation = cv2.meanStdDev(self.energy)
        level = float(mean[0, 0] + _THRESHOLD_SIGMAS * deviation[0, 0])
        _, mask = cv2.threshold(self.energy, level, 255, cv2.THRESH_BINARY)
        cv2.connectedComponentsWithStats(mask.astype(np.uint8))
        edges = cv2.Canny(cv2.convertScaleAbs(self._half, alpha=255.0), *_CANNY)
        cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)


def _grey(pixels: Pixels) -> Pixels:
    if pixels.ndim != _COLOUR_NDIM:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _separable(half: Plane, row: NDArray[np.float64], column: NDArray[np.float64]) -> Plane:
    return np.asarray(cv2.sepFilter2D(half, cv2.CV_32F, row, column), dtype=np.float32)


def _dense(k: int) -> tuple[Plane, Plane]:
    """Real and imaginary part of one wavelet, 21 x 21, without mean."""
    tap = np.arange(-_RADIUS_PX, _RADIUS_PX + 1)
    row, column = np.meshgrid(tap, tap, indexing="ij")
    angle = math.pi * k / _ORIENTATIONS
    envelope = np.exp(-(row**2 + column**2) / (2 * _SIGMA_PX**2))
    phase = math.tau / _WAVELENGTH_PX * (column * math.cos(angle) + row * math.sin(angle))
    real, imaginary = envelope * np.cos(phase), envelope * np.sin(phase)
    real -= envelope * (real.sum() / envelope.sum())
    return real.astype(np.float32), imaginary.astype(np.float32)
