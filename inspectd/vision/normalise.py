"""Undo dark and flat field and the sensor's gamma, and say in the same pass how it is exposed."""

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import cast

import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import PictureError
from inspectd.core.fields import GAIN_ONE, Correction, size_words
from inspectd.core.frame import Pixels, View
from inspectd.core.job import Job
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.vision.kernels import lightness as kernels
from inspectd.vision.spread import Spread, in_turn, strips

SMALLEST_SIDE_PX = 8
LARGEST_SIDE_PX = 65_535  # GigE Vision's largest; a column's sum of 16-bit levels fits 32 bits

# A multiple of 4, for the quarter's sake; a strip and what is made of it fit an L2 cache of 1 MB.
_STRIP_ROWS = 256
_WHITE = 65_535
_NO_FIELD = np.empty((0, 0), np.uint16)

_MONO_DIMENSIONS = 2
_BGR_DIMENSIONS = 3


Counts = tuple[int, int, int]  # sum of levels, dark pixels, saturated pixels


@dataclass(frozen=True, slots=True)
class _Levels:
    """What the raw levels of a pixel type mean."""

    full_scale: int
    # Below 1/64 of full scale there is little but read noise.
    dark_below: np.uint8 | np.uint16
    saturated_from: np.uint8 | np.uint16


_LEVELS = {
    np.dtype(np.uint8): _Levels(255, np.uint8(4), np.uint8(255)),
    # Mono10 fills the upper bits of its 16-bit container: its full scale is 1023 << 6 = 65472.
    np.dtype(np.uint16): _Levels(65_535, np.uint16(1_024), np.uint16(65_472)),
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
    float32 with the sensor's full resolution in levels, 1 is full scale: means of 4 x 4 pixels
    around each 2 x 2, weighted 1, 3, 3, 1 both ways, which keep out of it nearly all of what is too
    fine for it; an odd last row or column is in `lightness` only. `quarter`: (rows // 4,
    columns // 4) float32, means of 2 x 2 of `half`. `colour`: (rows // 4, columns // 4, 3) float32,
    mean levels of B, G and R before gamma is undone; None for mono.
    """

    lightness: NDArray[np.uint8]
    half: NDArray[np.float32]
    quarter: NDArray[np.float32]
    colour: NDArray[np.float32] | None
    statistics: ExposureStatistics


@lru_cache(maxsize=8)
def _table(gamma: float) -> NDArray[np.uint16]:
    """Linear light of every level, both 0 to 65535; (0,) without gamma, which is faster."""
    if gamma == 1.0:
        return np.empty(0, np.uint16)
    return np.rint(_WHITE * (np.arange(_WHITE + 1) / _WHITE) ** gamma).astype(np.uint16)


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


def linearise(
    pixels: Pixels, gamma: float, correction: Correction | None = None, spread: Spread = in_turn
) -> WorkingPicture:
    """Linear light = (level - dark) x gain ** gamma, smaller pictures of it, and statistics.

    `pixels` as in `core.frame.Frame`, 16-bit ones filling their container up to 65535 (Mono10:
    65472). The statistics are of the raw levels. Raises PictureError for any other shape or type,
    for sides out of 8 to 65535 px, and for a correction of another shape.
    """
    _check(pixels)
    rows, columns = pixels.shape[:2]
    levels = _LEVELS[pixels.dtype]
    dark, gain = _fields(pixels, correction)
    # Always C-ordered, aligned and read-only: numba would compile anew for any other kind.
    raw = np.require(pixels, requirements=["C", "A"]).reshape(rows, -1)
    raw.flags.writeable = False
    table = _table(gamma)
    mono = pixels.ndim == _MONO_DIMENSIONS
    # The levels of plain 8 bits are their own lightness: nothing is copied.
    plain = mono and pixels.dtype == np.uint8 and not table.size and not dark.size
    lightness = np.empty((0, 0) if plain else (rows, columns), np.uint8)
    half = np.empty((rows // 2, columns // 2), np.float32)
    quarter = np.empty((rows // 4, columns // 4), np.float32)
    colour = None if mono else np.empty((rows // 4, columns // 4, 3), np.float32)

    def strip(part: slice) -> Counts:
        sums, counts = np.zeros(columns, np.uint32), np.zeros((2, columns), np.uint16)
        settings = (dark, gain, table, levels.dark_below, levels.saturated_from)
        results = (lightness, half, quarter, sums, counts)
        if colour is None:
            kernels.mono(raw, *settings, part.start, part.stop, *results)
        else:
            kernels.bgr(raw, *settings, part.start, part.stop, *results, colour)
        dark_count, saturated_count = (int(count) for count in counts.sum(axis=1, dtype=np.int64))
        return int(sums.sum(dtype=np.int64)), dark_count, saturated_count

    counted = spread([partial(strip, part) for part in strips(rows, _STRIP_ROWS)])
    level_sum, dark_pixels, saturated_pixels = (
        sum(counts) for counts in zip(*counted, strict=True)
    )
    statistics = ExposureStatistics(
        mean_level=level_sum / (pixels.size * levels.full_scale),
        saturated_fraction=saturated_pixels / (rows * columns),
        dark_fraction=dark_pixels / (rows * columns),
    )
    seen = cast("NDArray[np.uint8]", raw) if plain else lightness
    return WorkingPicture(seen, half, quarter, colour, statistics)


def brightest_channel(pixels: Pixels) -> Pixels:
    """(rows, columns) of every pixel its largest level; of a picture of B, G, R."""
    if pixels.ndim == _MONO_DIMENSIONS:
        return pixels
    blue, green, red = np.moveaxis(pixels, 2, 0)
    # A tenth of the time of a maximum over the last axis.
    return np.asarray(np.maximum(np.maximum(blue, green), red))


def saturated(pixels: Pixels) -> NDArray[np.bool_]:
    """(rows, columns) which raw pixels have a channel at full scale."""
    return np.asarray(brightest_channel(pixels) >= _LEVELS[pixels.dtype].saturated_from)


def corrected_levels(
    pixels: Pixels, correction: Correction | None, window: tuple[slice, slice]
) -> NDArray[np.float32]:
    """Levels of a window of a picture without its fields, float32, 1 is full scale.

    Gamma is not undone.
    """
    full_scale = _LEVELS[pixels.dtype].full_scale
    levels: NDArray[np.float32] = pixels[window].astype(np.float32) / np.float32(full_scale)
    if correction is None:
        return levels
    levels -= correction.dark[window] * np.float32(1 / _WHITE)
    levels *= correction.gain[window] * np.float32(1 / GAIN_ONE)
    return np.clip(levels, 0, 1, out=levels)


def refuse_fields(view: View, job: Job) -> tuple[Reason, ...]:
    """Why a view cannot be corrected by the fields that its calibration names."""
    if job.calibration is None or not job.calibration.fields:
        return ()
    if job.correction is None:
        text = "the calibration's dark and flat field could not be read: calibrate again"
        return (Reason(ReasonCode.CALIBRATION_MISMATCH, text),)
    return tuple(
        Reason(
            ReasonCode.CALIBRATION_MISMATCH,
            f"shot {frame.shot} is {size_words(frame.pixels.shape)} of {frame.pixels.dtype}, dark "
            f"and flat field are {size_words(job.correction.gain.shape)} of full scale "
            f"{job.correction.full_scale_dn}: make them with the camera's present settings",
        )
        for frame in view.frames
        if not job.correction.fits(frame.pixels)
    )


def _fields(
    pixels: Pixels, correction: Correction | None
) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Dark level and gain as the kernels take them."""
    if correction is None:
        return _NO_FIELD, _NO_FIELD
    if not correction.fits(pixels):
        msg = f"fields of {size_words(correction.gain.shape)} do not fit this picture"
        raise PictureError(msg)
    rows = pixels.shape[0]
    return correction.dark.reshape(rows, -1), correction.gain.reshape(rows, -1)
