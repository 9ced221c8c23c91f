"""From pylon's grab result to a Grab that owns its pixels."""

from typing import Any

import cv2
import numpy as np

from inspectd.core.camera import CameraSettings, Grab, PixelFormat, is_colour, is_deep
from inspectd.core.frame import Pixels

_COLOUR_NDIM = 3
_SHIFTS: dict[PixelFormat, int] = {"Mono10": 6, "Mono12": 4}
# The GenICam names (PFNC) say how a mosaic's first two pixels are coloured.
_DEMOSAIC: dict[PixelFormat, int] = {
    "BayerRG8": cv2.COLOR_BayerRGGB2BGR,
    "BayerGR8": cv2.COLOR_BayerGRBG2BGR,
    "BayerGB8": cv2.COLOR_BayerGBRG2BGR,
    "BayerBG8": cv2.COLOR_BayerBGGR2BGR,
}
# Block IDs that mean "this device counts none" (USB3 Vision 1.0.1, and pylon's own filler).
_NO_BLOCK_ID = 2**64 - 1


def to_grab(result: Any, settings: CameraSettings, where: str) -> Grab:
    """Copy a valid grab result into memory of our own, exactly once.

    The buffer goes back to the driver as soon as the result is released, while the vision may
    work on the picture for longer: one copy is the price, and the zero-copy view inside the
    result's life saves the second one that `GetArray` plus a shift or stride fix would make.

    Mono12 arrives in the low 12 bits and is shifted left by 4, so that full scale is always the
    dtype's: 4095 becomes 65520, and Mono10's 1023 becomes 65472. A Bayer mosaic becomes B, G, R,
    bilinearly: sharper ways invent detail that looks like defects. A failed result gives a failed
    Grab; its error code is not looked at, because the emulator's incomplete buffers carry 0.
    """
    if not result.GrabSucceeded():
        return Grab(None, f"{where}: {result.GetErrorDescription()} (error {result.ErrorCode})")
    if result.PaddingX:
        # The zero-copy view of pypylon 26.9 knows no line padding; GetArray does.
        pixels = _own(result.GetArray(), settings.pixel_format)
    else:
        with result.GetArrayZeroCopy() as view:
            pixels = _own(view, settings.pixel_format)
            del view
    failure = _unexpected(pixels, settings.pixel_format)
    return Grab(None, f"{where}: {failure}") if failure else Grab(pixels)


class BlockGaps:
    """Counts the pictures that a camera numbered but that never arrived, or came twice.

    Block IDs start at 0 (USB3 Vision, emulator) or 1 (GigE Vision) when acquisition starts.
    """

    def __init__(self) -> None:
        self._last: int | None = None
        self._last_whole: int | None = None

    def repeats(self, block_id: int, *, whole: bool) -> bool:
        """Whether this is the last whole picture again; asked before `missed_before`."""
        before = self._last_whole
        if whole and block_id != _NO_BLOCK_ID:
            self._last_whole = block_id
        return whole and block_id == before

    def missed_before(self, block_id: int, *, whole: bool) -> int:
        """How many pictures are missing between the last result and this one.

        An incomplete buffer may carry any number: one that does not lead on counts as the next.
        A whole picture with a smaller number is a wrap (GigE Vision 1.x goes from 65535 to 1).
        """
        if block_id == _NO_BLOCK_ID:
            return 0
        last, self._last = self._last, block_id
        if last is None:
            return 0
        if not whole and block_id <= last:
            self._last = last + 1
        return max(0, block_id - last - 1)


def _own(view: Any, pixel_format: PixelFormat) -> Pixels:
    pixels: Pixels
    if pixel_format in _DEMOSAIC and view.ndim != _COLOUR_NDIM:
        pixels = np.asarray(cv2.cvtColor(view, _DEMOSAIC[pixel_format]))
    else:
        bits = _SHIFTS.get(pixel_format, 0)
        pixels = np.left_shift(view, bits) if bits else np.array(view)
    return pixels


def _unexpected(pixels: Pixels, pixel_format: PixelFormat) -> str:
    colour = pixels.ndim == _COLOUR_NDIM
    deep = pixels.dtype == np.uint16
    if colour == is_colour(pixel_format) and deep == is_deep(pixel_format):
        return ""
    return f"sent {pixels.shape} {pixels.dtype} although PixelFormat is {pixel_format}"
