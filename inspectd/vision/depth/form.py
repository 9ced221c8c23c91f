"""Form removed: what is left of a height map is roughness and dents."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.vision.robust import median_and_sigma

Field = NDArray[np.float32]
Valid = NDArray[np.bool_]

_TUKEY = 4.685  # biweight constant, 95 % efficient on normal noise
_FITS = 6
_FITTED_POINTS = 4_096
_FEWEST_POINTS = 64
_WAVINESS_SHARE = 0.12  # of the short side: standard deviation of the filter's Gaussian
_GRID_PX = 96  # shortest side of the grid that the filter works on
_OUTLIER = 3.0
_FLOOR_MM = 1e-5


def without_form(heights: Field, valid: Valid) -> Field:
    """`heights` (rows, columns), mm, less a robust quadratic surface and the waviness; NaN outside.

    A robust Gaussian regression filter of order 0 (as ISO 16610-31 describes it): dents are
    outliers, and take no part in the form. All NaN where hardly anything is valid.
    """
    if np.count_nonzero(valid) < _FEWEST_POINTS:
        return np.full(heights.shape, np.nan, np.float32)
    rest = np.where(valid, heights - _quadratic(heights, valid), np.float32(0.0))
    step = max(1, min(rest.shape) // _GRID_PX)
    size = (math.ceil(rest.shape[1] / step), math.ceil(rest.shape[0] / step))
    mask = valid.astype(np.float32)
    share = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    mean = cv2.resize(rest, size, interpolation=cv2.INTER_AREA) / np.maximum(share, 1e-6)
    sigma_px = _WAVINESS_SHARE * min(size)
    weight = share.astype(np.float32)
    wavy = np.zeros_like(mean)
    for _ in range(_FITS):
        total = cv2.GaussianBlur(weight, (0, 0), sigma_px)
        wavy = cv2.GaussianBlur(weight * mean, (0, 0), sigma_px) / np.maximum(total, 1e-6)
        away = mean - wavy
        spread = max(median_and_sigma(away[share > 0.5])[1], _FLOOR_MM)  # noqa: PLR2004 - most of it
        weight = (share * (np.abs(away) < _OUTLIER * spread)).astype(np.float32)
    smooth = cv2.resize(wavy, heights.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.where(valid, rest - smooth, np.float32(np.nan)).astype(np.float32)


def _quadratic(heights: Field, valid: Valid) -> Field:
    """Quadratic surface by iteratively re-weighted least squares (Beaton and Tukey, 1974)."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in heights.shape), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    known = np.flatnonzero(valid)
    known = known[:: max(1, len(known) // _FITTED_POINTS)]
    basis, values = terms.reshape(-1, 6)[known], heights.reshape(-1)[known].astype(np.float64)
    rest: NDArray[np.floating] = values - np.median(values)
    coefficients = np.zeros(6)
    for _ in range(_FITS):
        scale = max(median_and_sigma(rest)[1], _FLOOR_MM)
        weight = np.clip(1 - (rest / (_TUKEY * scale)) ** 2, 0, None) ** 2
        weighted = basis * weight[:, None]
        coefficients = np.linalg.lstsq(weighted.T @ basis, weighted.T @ values, rcond=None)[0]
        rest = values - basis @ coefficients
    return np.asarray(terms @ coefficients, dtype=np.float32)
