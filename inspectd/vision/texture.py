"""Texture: complex Gabor energy at half resolution, and how unusual it is within its picture.

Source: J. G. Daugman, "Uncertainty relation for resolution in space, spatial frequency, and
orientation optimized by two-dimensional visual cortical filters", J. Opt. Soc. Am. A 2 (1985).
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

# sigma = 0.4 wavelengths: a bandwidth of about 1.4 octaves, the usual choice for line-like defects.
_SIGMA_PER_WAVELENGTH = 0.4


def gabor_energy(
    half: NDArray[np.float32], wavelength_px: float, orientations: int
) -> NDArray[np.float32]:
    """Maximum over the orientations of the quadrature magnitude of zero-mean Gabor filters.

    `half`: (rows // 2, columns // 2) float32, `WorkingPicture.half`; `wavelength_px` counts pixels
    of the full picture, 6 to 40; `orientations`: even, 4 to 16. Returns float32 of the shape of
    `half`; a grating of amplitude a at this wavelength and one of the orientations gives a.
    Borders are reflected.
    """
    wavelength = wavelength_px / 2
    sigma = _SIGMA_PER_WAVELENGTH * wavelength
    radius = 5 * math.ceil(2.5 * sigma / 5 - 1e-9)
    taps = np.arange(-radius, radius + 1)
    line = np.exp(-(taps**2) / (2 * sigma**2))
    envelope = np.outer(line, line)
    best = np.zeros_like(half)
    for k in range(orientations):
        theta = math.pi * k / orientations
        phase = (taps * math.cos(theta) + (taps * math.sin(theta))[:, None]) * math.tau / wavelength
        wave = envelope * np.exp(1j * phase)
        wave = 2 * (wave - envelope * (wave.sum() / envelope.sum())) / envelope.sum()
        real = cv2.filter2D(half, cv2.CV_32F, wave.real.astype(np.float32))
        imag = cv2.filter2D(half, cv2.CV_32F, wave.imag.astype(np.float32))
        best = np.maximum(best, np.hypot(real, imag))
    return best


# Energy that quantisation alone gives: a level of 8 bits, uniform error (1/sqrt(12) of a level),
# mean of 4 pixels, and the filter with the largest noise gain (wavelength 6 px: 0.47).
_NOISE_FLOOR = 0.47 / (2 * math.sqrt(12)) / 255
_SAMPLES = 65_536
_MAD_TO_SIGMA = 1.4826


def anomaly(energy: NDArray[np.float32]) -> NDArray[np.float32]:
    """Robust z-score: distance from the picture's median in standard deviations (MAD x 1.4826)."""
    flat = energy.reshape(-1)
    stride = max(1, flat.size // _SAMPLES)
    while math.gcd(stride, energy.shape[1]) != 1:
        stride += 1
    sample = flat[::stride]
    median = np.median(sample)
    mad = np.median(np.abs(sample - median))
    scale = max(_MAD_TO_SIGMA * float(mad), _NOISE_FLOOR)
    return (energy - median) * np.float32(1.0 / scale)
