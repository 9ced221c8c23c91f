"""Undo the sensor's gamma, and say in the same pass how the picture is exposed."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import PictureError
from inspectd.core.frame import Pixels
from inspectd.vision.kernels import lightness as kernels

SMALLEST_SIDE_PX = 8
LARGEST_SIDE_PX = 65_535  # GigE Vision's largest; a column's sum of 16-bit levels fits 32 bits

_MONO_DIMENSIONS = 2
_BGR_DIMENSIONS = 3


@dataclass(frozen=True, slots=True)
class _Levels:
    """What the raw levels of a pixel type mean."""

    full_scale: int
    # Below 1/64 of full scale there is little but read noise.
    dark_below: np.uint8 | np.uint16
    saturated_from: np.uint8 | np.uint16


_LEVELS = {
    np.dtype(np.uint8): _Levels(255, np.uint8(4), np.uint8(255)),
    # Mono12 fills the upper bits of its 16-bit container: its full scale is 4095 << 4 = 65520.
    np.dtype(np.uint16): _Levels(65_535, np.uint16(1_024), np.uint16(65_520)),
}


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
def _tables(gamma: float, full_scale: int, dimensions: int) -> NDArray[np.uint16]:
    """Linear light (0 to 65535) of every raw level: (1, levels), or a share each for B, G, R.

    (1 or 3, 0) without gamma: then no look-up is needed, which is faster.
    """
    if gamma == 1.0:
        return np.empty((1 if dimensions == _MONO_DIMENSIONS else 3, 0), np.uint16)
    levels = np.arange(full_scale + 1) / full_scale
    linear = np.rint(65_535 * levels**gamma).astype(np.uint16)
    if dimensions == _MONO_DIMENSIONS:
        return linear[None]
    white = kernels.BLUE + kernels.GREEN + kernels.RED
    blue = np.rint(linear * (kernels.BLUE / white)).astype(np.uint16)
    red = np.rint(linear * (kernels.RED / white)).astype(np.uint16)
    # Green takes the rest, so that a grey pixel keeps its level to the last bit.
    return np.stack((blue, linear - blue - red, red))


def _check(pixels: Pixels) -> None:
    mono = pixels.ndim == _MONO_DIMENSIONS and pixels.dtype in _LEVELS
    bgr = pixels.ndim == _BGR_DIMENSIONS and pixels.shape[2:] == (3,) and pixels.dtype == np.uint8
    if not (mono or bgr):
        msg = (
            f"picture of shape {pixels.shape} and type {pixels.dtype} cannot be judged; "
            "allowed are 8 or 16 bit mono and 8 bit B, G, R"
        )
        raise PictureError(msg)
    rows, columns = pixels.shape[:2]
    if min(rows, columns) < SMALLEST_SIDE_PX or max(rows, columns) > LARGEST_SIDE_PX:
        msg = (
            f"picture of {columns} x {rows} px cannot be judged; "
            f"each side must have {SMALLEST_SIDE_PX} to {LARGEST_SIDE_PX} px"
        )
        raise PictureError(msg)


def linearise(pixels: Pixels, gamma: float) -> WorkingPicture:
    """Linear light = level ** gamma, its 2x2 means, and the statistics of the raw levels.

    `pixels` as in `core.frame.Frame`, 16-bit ones filling their container up to 65535 (Mono12:
    65520). Raises PictureError for any other shape or type, and for sides out of 8 to 65535 px.
    """
    _check(pixels)
    rows, columns = pixels.shape[:2]
    levels = _LEVELS[pixels.dtype]
    lightness = np.empty((rows, columns), np.uint8)
    half = np.empty((rows // 2, columns // 2), np.float32)
    counts = np.zeros((3, columns), np.uint32)
    # Always C-ordered, aligned and read-only: numba would compile anew for any other kind.
    raw = np.require(pixels, requirements=["C", "A"]).reshape(rows, -1)
    raw.flags.writeable = False
    kernel = kernels.mono if pixels.ndim == _MONO_DIMENSIONS else kernels.bgr
    tables = _tables(gamma, levels.full_scale, pixels.ndim)
    kernel(raw, tables, levels.dark_below, levels.saturated_from, lightness, half, counts)
    level_sum, dark, saturated = (int(count) for count in counts.sum(axis=1, dtype=np.int64))
    statistics = ExposureStatistics(
        mean_level=level_sum / (pixels.size * levels.full_scale),
        saturated_fraction=saturated / (rows * columns),
        dark_fraction=dark / (rows * columns),
    )
    return WorkingPicture(lightness, half, statistics)
