"""Form removed: what is left of a height map is roughness and dents."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.vision.robust import fitted, median_and_sigma, quadratic_terms

Field = NDArray[np.float32]
Valid = NDArray[np.bool_]

_FITS = 6
_FITTED_POINTS = 4_096
_FEWEST_POINTS = 64
_WAVINESS_SHARE = 0.12  # of the short side: standard deviation of the filter's Gaussian
_BORDER_SHARE = 0.15  # of half the picture, at each side
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
    share = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.float32)
    mean = cv2.resize(rest, size, interpolation=cv2.INTER_AREA) / np.maximum(
        share, np.float32(1e-6)
    )
    mean = np.asarray(mean, np.float32)
    sigma_px = _WAVINESS_SHARE * min(size)
    wavy = np.zeros_like(mean)
    # The first mean is of what the quadratic surface leaves, or it would follow a wide dent.
    weight = _within(np.asarray(mean, np.float32), share)
    for _ in range(_FITS):
        total = cv2.GaussianBlur(weight, (0, 0), sigma_px)
        wavy = cv2.GaussianBlur(weight * mean, (0, 0), sigma_px) / np.maximum(total, 1e-6)
        weight = _within(np.asarray(mean - wavy, np.float32), share)
    smooth = cv2.resize(wavy, heights.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.where(valid, rest - smooth, np.float32(np.nan)).astype(np.float32)


def _within(away: Field, share: Field) -> Field:
    """`share` of what is no outlier, 0 elsewhere."""
    spread = max(median_and_sigma(away[share > 0.5])[1], _FLOOR_MM)  # noqa: PLR2004 - most of it
    return (share * (np.abs(away) < _OUTLIER * spread)).astype(np.float32)


def _quadratic(heights: Field, valid: Valid) -> Field:
    """Quadratic surface, robust to dents.

    From two first guesses: that everything is the form, and that it is seen along the border, which
    a dent as wide as most of the picture leaves free. The one that leaves less is it.
    """
    terms = quadratic_terms(*heights.shape).reshape(-1, 6)
    known = np.flatnonzero(valid)
    known = known[:: max(1, len(known) // _FITTED_POINTS)]
    basis, values = terms[known], heights.reshape(-1)[known].astype(np.float64)
    guesses = [values - np.median(values)]
    border = np.abs(basis[:, 1:3]).max(axis=1) > 1.0 - _BORDER_SHARE
    if np.count_nonzero(border) >= _FEWEST_POINTS:
        framed = np.linalg.lstsq(basis[border], values[border], rcond=None)[0]
        guesses.append(values - basis @ framed)
    found = [fitted(basis, values, guess, _FLOOR_MM, _FITS) for guess in guesses]
    best = min(found, key=lambda one: median_and_sigma(values - basis @ one)[1])
    return np.asarray(terms @ best, dtype=np.float32).reshape(heights.shape)
