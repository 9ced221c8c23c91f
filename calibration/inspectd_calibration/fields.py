"""Dark and flat field: what every pixel adds and by how much it differs, averaged and checked."""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.calibration import Calibration
from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd.core.fields import Fields, parse_fields, size_words
from inspectd.core.frame import Pixels
from inspectd_calibration.dust import Spot, find_spots
from inspectd_calibration.uniformity import Uniformity, uniformity

Plane = NDArray[np.float32]

# An average of n pictures makes a corrected picture noisier by sqrt(1 + 1/n): 6 % for 8.
SMALLEST_PICTURES = 8

# Raw levels as in `vision.normalise`: 16-bit pictures fill their container (Mono12: 65520).
_FULL_SCALE_DN = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65_535}
_SATURATED_FROM_DN = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65_472}

_LARGEST_SATURATED_SHARE = 0.0005
_SMALLEST_FLAT, _LARGEST_DARK = 0.2, 0.1  # of full scale
_LARGEST_DRIFT = 0.03  # between the pictures of one field
_SMALLEST_EVENNESS = 0.25  # a correction of 4 makes the noise four times as large, too
_DEFECT = 0.5  # a pixel that differs by half from those around it is a defect of the sensor
_LARGEST_DEFECT_SHARE = 0.001
_NAMED_SPOTS = 5
_NAMED_DEFECTS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Average:
    """Mean of pictures of one kind, float64 of their shape; their brightness one by one."""

    mean_dn: NDArray[np.float64]
    full_scale_dn: int
    levels_dn: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FieldsReport:
    """What was found while the fields were made.

    `dsnu_dn` and `prnu_percent` are standard deviations over pixels, after EMVA 1288's DSNU and
    PRNU, the latter of the flat field after its smooth part (light and vignetting) is taken out.
    `defects`: (column, row) of every pixel that is far from those around it, from the top.
    `relative_signal`: (rows, columns) float32, the flat field above dark over its median.
    """

    dark_pictures: int
    flat_pictures: int
    dark_level: float
    flat_level: float
    light: Uniformity
    dsnu_dn: float
    prnu_percent: float
    defects: tuple[tuple[int, int], ...]
    relative_signal: Plane

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should look at although the fields are good enough."""
        if not self.defects:
            return ()
        named = "; ".join(f"column {c}, row {r}" for c, r in self.defects[:_NAMED_DEFECTS])
        more = len(self.defects) - _NAMED_DEFECTS
        msg = (
            f"{len(self.defects)} defect pixel(s) of the sensor, which nothing corrects: {named}"
            f"{f' and {more} more' if more > 0 else ''}: vision may take one for a small spot; "
            "have the camera's own pixel correction learn them, or exchange it"
        )
        return (msg,)


def average(named: Iterable[tuple[str, Pixels]], what: str) -> Average:
    """The mean of `named` pictures; `what` is "dark" or "flat", for messages.

    CalibrationError: too few, of different size, the same picture twice, saturated, or the light
    changed meanwhile.
    """
    total: NDArray[np.float64] | None = None
    last: Pixels | None = None
    levels: list[float] = []
    for name, pixels in named:
        if last is None or total is None:
            total = np.zeros(pixels.shape)
        else:
            _must_fit(name, pixels, last)
        _must_not_saturate(name, pixels, what)
        total += pixels
        levels.append(float(pixels.mean()))
        last = pixels
    if total is None or last is None or len(levels) < SMALLEST_PICTURES:
        msg = (
            f"{len(levels)} {what} pictures: at least {SMALLEST_PICTURES} are needed, so that the "
            "correction adds less than 6 % noise; take more"
        )
        raise CalibrationError(msg)
    full_scale = _FULL_SCALE_DN[last.dtype]
    if what == "flat" and max(levels) - min(levels) > _LARGEST_DRIFT * max(levels):
        msg = (
            f"the flat pictures' brightness varies by {100 * (1 - min(levels) / max(levels)):.1f} "
            "%: let the light warm up, and switch automatic exposure and gain off"
        )
        raise CalibrationError(msg)
    return Average(total / len(levels), full_scale, tuple(levels))


def make_fields(dark: Average, flat: Average) -> tuple[Fields, FieldsReport]:
    """Dark and gain map from the averages; CalibrationError names dust, leaks and bad light."""
    if dark.mean_dn.shape != flat.mean_dn.shape or dark.full_scale_dn != flat.full_scale_dn:
        msg = (
            f"dark pictures of {size_words(dark.mean_dn.shape)}, flat ones of "
            f"{size_words(flat.mean_dn.shape)}, or of another bit depth: take "
            "both with the same settings"
        )
        raise CalibrationError(msg)
    _check_levels(dark, flat)
    signal = (flat.mean_dn - dark.mean_dn).astype(np.float32)
    _check_leak(dark.mean_dn.astype(np.float32), float(np.median(signal)))
    cleaned, smooth, defects = _without_defects(signal)
    grey = _grey(cleaned)
    light = uniformity(grey)
    _check_light(light, find_spots(grey))
    gain = np.median(cleaned, axis=(0, 1)) / cleaned
    rest = grey / _grey(smooth) - 1.0
    report = FieldsReport(
        dark_pictures=len(dark.levels_dn),
        flat_pictures=len(flat.levels_dn),
        dark_level=float(dark.mean_dn.mean()) / dark.full_scale_dn,
        flat_level=float(flat.mean_dn.mean()) / flat.full_scale_dn,
        light=light,
        dsnu_dn=float(dark.mean_dn.std()),
        prnu_percent=float(100.0 * rest.std()),
        defects=defects,
        relative_signal=np.asarray(grey / np.median(grey), dtype=np.float32),
    )
    fields = Fields(dark.mean_dn.astype(np.float32), gain.astype(np.float32), dark.full_scale_dn)
    return fields, report


def fields_bytes(fields: Fields) -> bytes:
    """The .npz file (see `parse_fields`); the same fields give the same bytes."""
    data = io.BytesIO()
    full_scale = np.array(fields.full_scale_dn)
    np.savez(data, dark_dn=fields.dark_dn, gain=fields.gain, full_scale_dn=full_scale)
    return data.getvalue()


def with_fields(calibration: Calibration, path: Path) -> Calibration:
    """The calibration with this fields file, which lies beside it, sealed anew.

    CalibrationError where the file is damaged or of another size than the calibration's pictures.
    """
    data = _read(path)
    rows, columns = parse_fields(io.BytesIO(data), str(path)).gain.shape[:2]
    wanted = (calibration.height_px or rows, calibration.width_px or columns)
    if (rows, columns) != wanted:
        msg = (
            f"{path}: fields of {columns} x {rows} px do not fit a calibration of {wanted[1]} x "
            f"{wanted[0]} px: make them with the same AOI and binning"
        )
        raise CalibrationError(msg)
    update = {"fields": path.name, "fields_sha256": hashlib.sha256(data).hexdigest()}
    return calibration.model_copy(update=update).sealed()


def _must_fit(name: str, pixels: Pixels, last: Pixels) -> None:
    if pixels.shape != last.shape or pixels.dtype != last.dtype:
        msg = (
            f"{name}: {size_words(pixels.shape)}, {pixels.dtype}, but the one before has "
            f"{size_words(last.shape)}, {last.dtype}: take all pictures with the same settings"
        )
        raise CalibrationError(msg)
    if not pixels.any():
        msg = f"{name}: every pixel is 0, so that its noise is cut off: raise the BlackLevel"
        raise CalibrationError(msg)
    if np.array_equal(pixels, last):
        msg = f"{name}: the same picture as the one before, to the last bit: take each anew"
        raise CalibrationError(msg)


def _must_not_saturate(name: str, pixels: Pixels, what: str) -> None:
    share = float(np.mean(pixels >= _SATURATED_FROM_DN[pixels.dtype]))
    if share > _LARGEST_SATURATED_SHARE:
        remedy = "cover the lens" if what == "dark" else "shorten the exposure or dim the light"
        msg = f"{name}: {100 * share:.2f} % of the {what} picture is saturated: {remedy}"
        raise CalibrationError(msg)


def _check_levels(dark: Average, flat: Average) -> None:
    dark_level = float(dark.mean_dn.mean()) / dark.full_scale_dn
    flat_level = float(np.median(flat.mean_dn)) / flat.full_scale_dn
    if dark_level > _LARGEST_DARK:
        msg = f"the dark pictures reach {100 * dark_level:.0f} % of full scale: cover the lens"
        raise CalibrationError(msg)
    if flat_level - dark_level < _SMALLEST_FLAT:
        msg = (
            f"the flat pictures reach only {100 * flat_level:.0f} % of full scale: lengthen the "
            "exposure until they reach 50 to 80 % (10 and 12 bit pictures fill 16 bits from the "
            "top)"
        )
        raise CalibrationError(msg)


def _check_leak(dark_dn: Plane, flat_dn: float) -> None:
    """Light in a part of the dark pictures, which taken off the flat ones would look like dust.

    It is looked for as in the flat field: 2 % of the signal there, `flat_dn`. Single pixels are
    the sensor's own.
    """
    around = np.asarray(cv2.medianBlur(dark_dn, 5), dtype=np.float32)
    bright = [spot for spot in find_spots(_grey(around) + flat_dn) if spot.depth_percent < 0.0]
    if bright:
        first = bright[0]
        msg = (
            f"light in the dark pictures: cover the lens, and take them again ({len(bright)} "
            f"bright spot(s), the brightest {first.diameter_px:.0f} px wide at column "
            f"{first.column_px:.0f}, row {first.row_px:.0f})"
        )
        raise CalibrationError(msg)


def _check_light(light: Uniformity, spots: tuple[Spot, ...]) -> None:
    if light.minimum_over_maximum < _SMALLEST_EVENNESS:
        msg = (
            f"the darkest part of the field has {100 * light.minimum_over_maximum:.0f} % of the "
            f"brightest's light, {100 * _SMALLEST_EVENNESS:.0f} % are needed: centre the light, "
            "use a more even one, or a lens that covers the sensor"
        )
        raise CalibrationError(msg)
    if spots:
        named = "; ".join(spot.words for spot in spots[:_NAMED_SPOTS])
        more = f" and {len(spots) - _NAMED_SPOTS} more" if len(spots) > _NAMED_SPOTS else ""
        msg = (
            f"{len(spots)} spot(s) in the flat field: {named}{more}: clean lens, sensor window and "
            "target (turn the target: spots that stay are not on it), and take the pictures again"
        )
        raise CalibrationError(msg)


def _grey(picture: Plane) -> Plane:
    """Mean of the channels, where there are any."""
    return picture if picture.ndim == 2 else picture.mean(axis=2)  # noqa: PLR2004 - no channels


def _without_defects(signal: Plane) -> tuple[Plane, Plane, tuple[tuple[int, int], ...]]:
    """The signal with defect pixels replaced by their surroundings, these, and their places."""
    around = np.asarray(cv2.medianBlur(signal, 5), dtype=np.float32)
    around = np.maximum(around, np.float32(1e-3) * around.max())
    defect = np.abs(signal - around) > _DEFECT * around
    count = int(np.count_nonzero(defect))
    if count > _LARGEST_DEFECT_SHARE * signal.size:
        msg = (
            f"{count} pixels differ by more than half from those around them: look for a dirty or "
            "structured target (it must be plain), or a broken sensor"
        )
        raise CalibrationError(msg)
    pixels = defect if defect.ndim == 2 else defect.any(axis=2)  # noqa: PLR2004 - no channels
    places = tuple((int(column), int(row)) for row, column in np.argwhere(pixels))
    return np.where(defect, around, signal), around, places


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        msg = f"{path}: no such file: bring it back, or run `inspectd calibrate fields`"
        raise CalibrationError(msg) from None
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise ConfigurationError(msg) from None
