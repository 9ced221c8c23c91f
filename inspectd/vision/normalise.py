"""Undo the sensor's gamma, and say in the same pass how the picture is exposed."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import PictureError
from inspectd.core.frame import Pixels
from inspectd.vision.kernels import lightness as kernels

SMALLEST_SIDE_PX = 8
# Mono12 fills the upper bits of its 16-bit container, so its full scale is 4095 << 4 = 65520.
_SATURATED_FROM = {1: 255, 2: 65_520}
# Below 1/64 of full scale there is little but read noise: 4 of 255, 1024 of 65535.
_DARK_BELOW = {1: 4, 2: 1_024}
_FULL_SCALE = {1: 255, 2: 65_535}


@dataclass(frozen=True, slots=True)
class ExposureStatistics:
    """How a picture is exposed, from the raw levels, before gamma is undone.

    `mean_level`: mean over pixels and channels, 1 is full scale. `saturated_fraction`: share of
    pixels with a channel at full scale. `dark_fraction`: share of pixels whose channels are all
    below 1/64 of full scale.
    """

    mean_level: float
    saturated_fraction: float
    dark_fraction: float


@dataclass(frozen=True, slots=True, eq=False)
class WorkingPicture:
    """A picture in linear light, as every later stage sees it.

    `lightness`: (rows, columns) uint8, 255 is full scale. `half`: (rows // 2, columns // 2)
    float32, the means of 2x2 pixels with the sensor's full resolution in levels, 1 is full
    scale; an odd last row or column is in `lightness` only.
    """

    lightness: NDArray[np.uint8]
    half: NDArray[np.float32]
    statistics: ExposureStatistics


@lru_cache(maxsize=8)
def _table(gamma: float, full_scale: int) -> NDArray[np.uint16]:
    """Linear light (0 to 65535) of every raw level."""
    levels = np.arange(full_scale + 1, dtype=np.float64) / full_scale
    return np.rint(65_535.0 * levels**gamma).astype(np.uint16)


def _checked(pixels: Pixels) -> Pixels:
    """Refuse what no camera gives; make the rest C-ordered, aligned and read-only for numba."""
    mono = pixels.ndim == 2 and pixels.dtype in (np.uint8, np.uint16)
    bgr = pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8
    if not (mono or bgr):
        msg = (
            f"picture of shape {pixels.shape} and type {pixels.dtype} cannot be judged; "
            "allowed are 8 or 16 bit mono and 8 bit B, G, R"
        )
        raise PictureError(msg)
    if min(pixels.shape[:2]) < SMALLEST_SIDE_PX:
        msg = (
            f"picture of {pixels.shape[1]} x {pixels.shape[0]} px is too small to be judged; "
            f"at least {SMALLEST_SIDE_PX} x {SMALLEST_SIDE_PX} are needed"
        )
        raise PictureError(msg)
    ordered = np.require(pixels, requirements=["C", "A"]).view()
    ordered.flags.writeable = False
    return ordered


def linearise(pixels: Pixels, gamma: float) -> WorkingPicture:
    """Linear light = level ** gamma, its 2x2 means, and the statistics of the raw levels.

    `pixels` as in `core.frame.Frame`, 16-bit ones filling their container up to 65535 (Mono12:
    65520). Raises PictureError for any other shape or type and below 8 x 8 px.
    """
    raw = _checked(pixels)
    rows, columns = raw.shape[:2]
    lightness = np.empty((rows, columns), np.uint8)
    half = np.empty((rows // 2, columns // 2), np.float32)
    size = raw.itemsize
    full_scale = _FULL_SCALE[size]
    if raw.ndim == 3:
        kernel, table = kernels.bgr, _table(gamma, full_scale)
    else:
        # Without gamma no look-up is needed, which is faster.
        kernel = kernels.mono
        table = _table(gamma, full_scale) if gamma != 1.0 else np.empty(0, np.uint16)
    level_sum, dark, saturated = kernel(
        raw, table, lightness, half, _DARK_BELOW[size], _SATURATED_FROM[size]
    )
    statistics = ExposureStatistics(
        mean_level=level_sum / (raw.size * full_scale),
        saturated_fraction=saturated / (rows * columns),
        dark_fraction=dark / (rows * columns),
    )
    return WorkingPicture(lightness, half, statistics)
