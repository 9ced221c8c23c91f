"""Dark and flat field of a station: what every pixel adds, and by how much it differs."""

import zipfile
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Pixels

Plane = NDArray[np.float32]

# In the 16 bits of a correction, a gain of 1: there is room for gains below 8.
GAIN_ONE = 1 << 13
FULL_SCALES_DN = (255, 65_535)
_WHITE = 65_535
_LARGEST_GAIN = _WHITE / GAIN_ONE


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """Fields in the form that pictures are corrected by: (level - dark) * gain.

    `dark` in 1/65535 of full scale, `gain` in 1/8192; both uint16 of the picture's shape, as in
    `Fields`, and half as large. `full_scale_dn`: of the pictures that it is for.
    """

    dark: NDArray[np.uint16]
    gain: NDArray[np.uint16]
    full_scale_dn: int

    def fits(self, pixels: Pixels) -> bool:
        """Whether it was made from pictures of this size, colour and bit depth."""
        return pixels.shape == self.gain.shape and np.iinfo(pixels.dtype).max == self.full_scale_dn


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """corrected = (raw - dark_dn) * gain.

    `dark_dn` float32 in the raw picture's levels and `gain` float32, median 1 in each channel,
    both of the picture's shape: (rows, columns), or (rows, columns, 3) in B, G, R order.
    `full_scale_dn`: of the raw picture, 255 or, where 16 bits are filled, 65535.
    """

    dark_dn: Plane
    gain: Plane
    full_scale_dn: int

    def corrected(self, pixels: Pixels) -> Plane:
        """The picture without its fields, float32, 0 is dark. CalibrationError for other sizes."""
        if pixels.shape != self.gain.shape:
            msg = (
                f"a picture of {size_words(pixels.shape)} cannot be corrected by fields of "
                f"{size_words(self.gain.shape)}: make the fields with the camera's present settings"
            )
            raise CalibrationError(msg)
        return (pixels - self.dark_dn) * self.gain

    def correction(self) -> Correction:
        """The same in 16 bits."""
        dark = np.clip(np.rint(self.dark_dn * (_WHITE / self.full_scale_dn)), 0, _WHITE)
        gain = np.rint(self.gain * GAIN_ONE)
        return Correction(dark.astype(np.uint16), gain.astype(np.uint16), self.full_scale_dn)


def parse_fields(file: IO[bytes], name: str) -> Fields:
    """The fields in an .npz file of arrays `dark_dn`, `gain` and `full_scale_dn`.

    CalibrationError, which names it `name`, where they are none.
    """
    try:
        with np.load(file, allow_pickle=False) as arrays:
            dark, gain, full_scale = arrays["dark_dn"], arrays["gain"], arrays["full_scale_dn"]
    except (ValueError, KeyError, EOFError, OSError, TypeError, zipfile.BadZipFile) as error:
        msg = f"{name}: not a whole fields file ({error}): make it again (`calibrate fields`)"
        raise CalibrationError(msg) from None
    sound = (
        dark.shape == gain.shape
        and gain.ndim in {2, 3}
        and dark.dtype == gain.dtype == np.float32
        and bool(np.isfinite(dark).all())
        and bool(np.isfinite(gain).all())
        and bool(((gain > 0.0) & (gain < _LARGEST_GAIN)).all())
        and full_scale.shape == ()
        and full_scale in FULL_SCALES_DN
    )
    if not sound:
        msg = f"{name}: its arrays are no dark field and gain map: make it again"
        raise CalibrationError(msg)
    return Fields(dark, gain, int(full_scale))


def size_words(shape: tuple[int, ...]) -> str:
    """The size of a picture of this shape, for a message."""
    colour = " in colour" if len(shape) > 2 else ""  # noqa: PLR2004 - rows and columns
    return f"{shape[1]} x {shape[0]} px{colour}"
