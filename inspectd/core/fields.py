"""Dark and flat field of a station: what every pixel adds, and by how much it differs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd.core.frame import Pixels

Plane = NDArray[np.float32]

# A correction has 16 bits a pixel for each of the two, so that it costs half of the memory traffic.
GAIN_ONE = 1 << 13
_LARGEST = 65_535
_FULL_SCALE_8_BIT = 255


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """corrected = (raw - dark_dn) * gain.

    `dark_dn` float32 in the raw picture's levels and `gain` float32, median 1 in each channel,
    both of the picture's shape: (rows, columns), or (rows, columns, 3) in B, G, R order.
    """

    dark_dn: Plane
    gain: Plane

    def corrected(self, pixels: Pixels) -> Plane:
        """The picture without its fields, float32, 0 is dark. CalibrationError for other sizes."""
        if pixels.shape != self.gain.shape:
            msg = (
                f"a picture of {size_words(pixels.shape)} cannot be corrected by fields of "
                f"{size_words(self.gain.shape)}: make the fields with the camera's present settings"
            )
            raise CalibrationError(msg)
        return (pixels - self.dark_dn) * self.gain

    def correction(self, full_scale_dn: int) -> "Correction":
        """The same in 16 bits, for pictures whose full scale is `full_scale_dn` (255 or 65535)."""
        dark = np.rint(self.dark_dn * (_LARGEST / full_scale_dn))
        gain = np.rint(self.gain * GAIN_ONE)
        return Correction(
            np.clip(dark, 0, _LARGEST).astype(np.uint16),
            np.clip(gain, 0, _LARGEST).astype(np.uint16),
            full_scale_dn,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """Fields in the form that a picture is corrected by: corrected = (raw - dark) * gain.

    `dark` in 1/65535 of full scale, `gain` in 1/8192 and so below 8; both uint16 of the picture's
    shape, as in `Fields`. `full_scale_dn`: of the pictures that it is for.
    """

    dark: NDArray[np.uint16]
    gain: NDArray[np.uint16]
    full_scale_dn: int

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the pictures that it is for."""
        return self.gain.shape


def size_words(shape: tuple[int, ...]) -> str:
    """The size of a picture of this shape, for a message."""
    colour = " in colour" if len(shape) > 2 else ""  # noqa: PLR2004 - rows and columns
    return f"{shape[1]} x {shape[0]} px{colour}"
