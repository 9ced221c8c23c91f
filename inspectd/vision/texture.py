"""Texture: complex Gabor energy at half resolution, and how unusual it is within its picture.

Source: J. G. Daugman, "Uncertainty relation for resolution in space, spatial frequency, and
orientation optimized by two-dimensional visual cortical filters", J. Opt. Soc. Am. A 2 (1985).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from inspectd.vision.kernels import gabor
from inspectd.vision.robust import median_and_sigma

# Standard deviation of the envelope: a bandwidth of about 1.4 octaves, usual for thin defects.
_SIGMA_PER_WAVELENGTH = 0.4
# Supports that the kernel is compiled for, in pixels of the half-resolution picture. Each covers
# at least 2.5 standard deviations for wavelengths up to twice itself in sensor pixels.
RADII = (5, 10, gabor.LARGEST_RADIUS)

# Energy that quantisation alone gives: one level of 8 bits, uniformly distributed error (1/sqrt(12)
# of a level, EMVA 1288), the mean of 4 pixels, and the noise gain of the shortest filter (6 px).
_NOISE_FLOOR = 0.47 / (math.sqrt(12.0) * 2.0) / 255.0
_SAMPLES = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class _Bank:
    """Separable filters in the form that `kernels.gabor.energy` documents."""

    column_cosine: NDArray[np.float32]
    column_sine: NDArray[np.float32]
    row_cosine: NDArray[np.float32]
    row_sine: NDArray[np.float32]
    mean_gain: NDArray[np.float32]
    radius: int


@lru_cache(maxsize=16)
def _bank(wavelength_px: float, orientations: int) -> _Bank:
    wavelength = wavelength_px / 2.0
    sigma = _SIGMA_PER_WAVELENGTH * wavelength
    radius = next(radius for radius in RADII if 2 * radius >= wavelength_px)
    tap = np.arange(radius + 1)
    envelope = np.exp(-(tap**2) / (2.0 * sigma**2))
    # A cosine grating of amplitude a excites half of the envelope's sum: twice it gives a.
    envelope *= math.sqrt(2.0) / (2.0 * envelope.sum() - envelope[0])
    angle = math.pi / orientations * np.arange(orientations // 2 + 1)[:, None]
    row_phase = math.tau / wavelength * np.cos(angle) * tap
    column_phase = math.tau / wavelength * np.sin(angle) * tap
    column_cosine = envelope * np.cos(column_phase)
    row_cosine = envelope * np.cos(row_phase)
    passed = [2.0 * part.sum(axis=1) - part[:, 0] for part in (row_cosine, column_cosine)]
    return _Bank(
        column_cosine.astype(np.float32),
        (envelope * np.sin(column_phase)).astype(np.float32),
        row_cosine.astype(np.float32),
        (envelope * np.sin(row_phase)).astype(np.float32),
        (passed[0] * passed[1] / 2.0).astype(np.float32),
        radius,
    )


def gabor_energy(
    half: NDArray[np.float32], wavelength_px: float, orientations: int
) -> NDArray[np.float32]:
    """Maximum over the orientations of the quadrature magnitude of zero-mean Gabor wavelets.

    `half`: float32 of at least 2 x 2, `WorkingPicture.half`. `wavelength_px` counts pixels of the
    full picture, 6 to 40. `orientations`: even, 4 to 16, evenly spaced from 0 degrees (crests
    across the rows). Returns float32 of the shape of `half`; a grating of amplitude a at this
    wavelength and one of the orientations gives a. Borders are mirrored (cv2 BORDER_REFLECT_101).
    """
    bank = _bank(wavelength_px, orientations)
    magnitude = np.empty_like(half)
    gabor.energy(
        half,
        bank.column_cosine,
        bank.column_sine,
        bank.row_cosine,
        bank.row_sine,
        bank.mean_gain,
        magnitude,
        (0,) * bank.radius,
    )
    return magnitude


def anomaly(energy: NDArray[np.float32]) -> NDArray[np.float32]:
    """Robust z-score of every pixel of an energy map, float32 of the same shape.

    Distance from the picture's median in standard deviations (1.4826 x the median absolute
    deviation), both from about 65,536 evenly spaced samples. The standard deviation is at least
    what 8-bit quantisation gives, so that a perfectly flat picture scores 0 and a difference of
    one grey level in it stays finite.
    """
    flat = energy.reshape(-1)
    stride = max(1, flat.size // _SAMPLES)
    # Coprime to the row's length, or the samples would fall into a few columns.
    while math.gcd(stride, energy.shape[1]) != 1:
        stride += 1
    median, deviation = median_and_sigma(flat[::stride])
    scores = energy - np.float32(median)
    scores *= np.float32(1.0 / max(deviation, _NOISE_FLOOR))
    return scores
