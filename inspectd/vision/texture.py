"""Texture: complex Gabor energy of the half picture, and how unusual it is within its picture.

Source: J. G. Daugman, "Uncertainty relation for resolution in space, spatial frequency, and
orientation optimized by two-dimensional visual cortical filters", J. Opt. Soc. Am. A 2 (1985).
"""

import math
from dataclasses import dataclass
from functools import lru_cache, partial

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.vision.kernels import gabor
from inspectd.vision.robust import median_and_sigma
from inspectd.vision.spread import Spread, in_turn, strips

# Standard deviation of the envelope: a bandwidth of about 1.4 octaves, usual for thin defects.
_SIGMA_PER_WAVELENGTH = 0.4
# Variance of the 1, 3, 3, 1 that `WorkingPicture.half` is made by, in square pixels of the picture.
_HALVING_VARIANCE = 0.75
# Supports that the kernel is compiled for, in pixels of the half-resolution picture. Each covers
# at least 2.25 standard deviations for wavelengths up to twice itself in sensor pixels.
RADII = (5, 10, gabor.LARGEST_RADIUS)

_TWO_PI_2 = 2.0 * math.pi**2
_STRIP_ROWS = 64  # of the energy map; each strip works out a support's height again

# Energy that quantisation alone gives: one level of 8 bits, uniformly distributed error (1/sqrt(12)
# of a level, EMVA 1288), of which the shortest filter (6 px) leaves a tenth; and twice that, since
# the errors along a slow ramp are steps and not noise.
_NOISE_FLOOR = 2.0 * 0.1 / math.sqrt(12.0) / 255.0
_SAMPLES = 16_384


@dataclass(frozen=True, slots=True, eq=False)
class _Bank:
    """Separable filters in the form that `kernels.gabor.energy` documents."""

    column_cosine: NDArray[np.float32]
    column_sine: NDArray[np.float32]
    row_cosine: NDArray[np.float32]
    row_sine: NDArray[np.float32]
    mean_gain: NDArray[np.float32]
    radius: int


@dataclass(frozen=True, slots=True)
class Filters:
    """A bank: Gabor wavelengths in pixels of the full picture, 6 to 40, and their orientations."""

    wavelengths_px: tuple[float, ...]
    orientations: int


@lru_cache(maxsize=16)
def _bank(wavelength_px: float, orientations: int) -> _Bank:
    # What the halving has blurred already, the wavelet leaves out: together they are the wavelet
    # of the full picture, for a Gaussian times a Gaussian shifts towards the narrower one.
    variance = (_SIGMA_PER_WAVELENGTH * wavelength_px) ** 2
    rest = variance - _HALVING_VARIANCE
    wavelength = wavelength_px * rest / variance / 2.0
    sigma = math.sqrt(rest) / 2.0
    radius = next(radius for radius in RADII if 2 * radius >= wavelength_px)
    tap = np.arange(radius) + 0.5
    envelope = np.exp(-(tap**2) / (2.0 * sigma**2))
    # A cosine grating of amplitude a excites half of the envelope's sum: twice it gives a, less
    # what the halving has taken of it and what this wavelength is off the shifted one.
    frequency, shift = 1.0 / wavelength_px, 0.5 / wavelength - 1.0 / wavelength_px
    passed = math.exp(-_TWO_PI_2 * (_HALVING_VARIANCE * frequency**2 + rest * shift**2))
    envelope *= math.sqrt(2.0 / passed) / (2.0 * envelope.sum())
    angle = math.pi / orientations * np.arange(orientations // 2 + 1)[:, None]
    row_phase = math.tau / wavelength * np.cos(angle) * tap
    column_phase = math.tau / wavelength * np.sin(angle) * tap
    column_cosine = envelope * np.cos(column_phase)
    row_cosine = envelope * np.cos(row_phase)
    flat = [2.0 * part.sum(axis=1) for part in (row_cosine, column_cosine)]
    return _Bank(
        column_cosine.astype(np.float32),
        (envelope * np.sin(column_phase)).astype(np.float32),
        row_cosine.astype(np.float32),
        (envelope * np.sin(row_phase)).astype(np.float32),
        (flat[0] * flat[1] / (2.0 / passed)).astype(np.float32),
        radius,
    )


def gabor_energy(
    half: NDArray[np.float32], wavelength_px: float, orientations: int, spread: Spread = in_turn
) -> NDArray[np.float32]:
    """Maximum over the orientations of the quadrature magnitude of zero-mean Gabor wavelets.

    `half`: float32 of at least 2 x 2, `WorkingPicture.half`. `wavelength_px` counts pixels of the
    full picture, 6 to 40. `orientations`: even, 4 to 16, evenly spaced from 0 degrees (crests
    across the rows). Returns (rows // 2, columns // 2) float32, a quarter of the picture's
    resolution, each value from the middle of its pixel. Borders are mirrored
    (cv2 BORDER_REFLECT_101).
    """
    bank = _bank(wavelength_px, orientations)
    magnitude = np.empty((half.shape[0] // 2, half.shape[1] // 2), np.float32)

    def strip(part: slice) -> None:
        gabor.energy(
            half,
            bank.column_cosine,
            bank.column_sine,
            bank.row_cosine,
            bank.row_sine,
            bank.mean_gain,
            part.start,
            magnitude[part],
            (0,) * bank.radius,
        )

    spread([partial(strip, part) for part in strips(len(magnitude), _STRIP_ROWS)])
    return magnitude


def multiply_adds(shape: tuple[int, int], wavelength_px: float, orientations: int) -> int:
    """Multiply-adds that the filters take for a half picture of this shape; additions not counted.

    One even and, but for the first, one odd column filter for each angle from 0 to 90 degrees; row
    filters of both parities for both of these, but for the first and last angle, which lack one.
    """
    rows, columns = shape[0] // 2, shape[1] // 2
    radius, last = _bank(wavelength_px, orientations).radius, orientations // 2
    column_filters, row_filters = 2 * (2 * last + 1), 3 + 2 + 4 * (last - 1)
    return rows * columns * radius * (column_filters + row_filters)


def energy_within(
    half: NDArray[np.float32], rows: slice, columns: slice, filters: Filters
) -> NDArray[np.float32]:
    """The energy of a part of `half` at its own resolution, float32 of the part's shape.

    At the first of the wavelengths. Each value is the mean of those at its pixel's four corners.
    """
    bank = (filters.wavelengths_px[0], filters.orientations)
    margin = 2 * _bank(*bank).radius
    top, left = max(0, rows.start - margin), max(0, columns.start - margin)
    nearby = half[top : rows.stop + margin, left : columns.stop + margin]
    missing = (
        top - (rows.start - margin),
        rows.stop + margin - top - nearby.shape[0],
        left - (columns.start - margin),
        columns.stop + margin - left - nearby.shape[1],
    )
    around = cv2.copyMakeBorder(nearby, *missing, cv2.BORDER_REFLECT_101)
    fine = np.empty((around.shape[0] // 2 * 2, around.shape[1] // 2 * 2), np.float32)
    for down in (0, 1):
        for right in (0, 1):
            shifted = np.ascontiguousarray(around[down:, right:], dtype=np.float32)
            coarse = gabor_energy(shifted, *bank)
            fine[down::2, right::2][: coarse.shape[0], : coarse.shape[1]] = coarse
    fine = np.asarray(cv2.boxFilter(fine, cv2.CV_32F, (2, 2), anchor=(1, 1)), dtype=np.float32)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    return fine[margin : margin + height, margin : margin + width]


def unusual(
    half: NDArray[np.float32], filters: Filters, spread: Spread = in_turn
) -> NDArray[np.float32]:
    """The largest anomaly over the wavelengths, at a quarter of the picture's resolution."""
    scores = [
        anomaly(gabor_energy(half, wavelength_px, filters.orientations, spread))
        for wavelength_px in filters.wavelengths_px
    ]
    return np.maximum.reduce(scores) if len(scores) > 1 else scores[0]


def anomaly(energy: NDArray[np.float32]) -> NDArray[np.float32]:
    """Robust z-score of every pixel of an energy map, float32 of the same shape.

    Distance from the picture's median in standard deviations, both from `usual`.
    """
    median, deviation = usual(energy)
    scores = energy - np.float32(median)
    scores *= np.float32(1.0 / deviation)
    return scores


def usual(energy: NDArray[np.float32]) -> tuple[float, float]:
    """Median and robust standard deviation of an energy map.

    The latter is 1.4826 x the median absolute deviation; both are from about 16,384 evenly spaced
    samples. It is at least what 8-bit quantisation gives, so that a perfectly flat picture scores 0
    and a difference of one grey level in it stays finite.
    """
    flat = energy.reshape(-1)
    stride = max(1, flat.size // _SAMPLES)
    # Coprime to the row's length, or the samples would fall into a few columns.
    while math.gcd(stride, energy.shape[1]) != 1:
        stride += 1
    median, deviation = median_and_sigma(flat[::stride])
    return median, max(deviation, _NOISE_FLOOR)
