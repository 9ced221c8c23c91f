"""A camera's own grey levels, whatever container its pictures came in."""

import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Pixels


def unused_bits(pixels: Pixels) -> int:
    """How many low bits are 0 in every pixel: 4 in a Mono12 picture that fills 16 bits.

    0 for 8-bit pictures and for black ones.
    """
    if pixels.dtype == np.uint8:
        return 0
    used = int(np.bitwise_or.reduce(pixels, axis=None))
    return (used & -used).bit_length() - 1 if used else 0


def native_levels(pixels: Pixels, shift_bits: int) -> NDArray[np.float64]:
    """The levels in the camera's DN: without the container's `shift_bits` low bits; float64."""
    return np.asarray(np.right_shift(pixels, shift_bits), dtype=np.float64)
