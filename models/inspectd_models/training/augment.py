"""Pictures as they might have been taken: turned, mirrored, lit otherwise, in shadow, from aside.

Pure functions over (H, W, 3) uint8 and a generator of random numbers.
"""

from collections.abc import Callable, Iterable
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Change = Literal["rotation", "flip", "colour", "shadow", "perspective"]

_TURN_DEG = 15.0
_GAIN, _SHIFT = 0.25, 25.0
_SATURATION = 0.3
_DARKEST = 0.5
_LEAN = 0.08


def rotation(picture: Picture, rng: np.random.Generator) -> Picture:
    """Turned by at most 15 degrees about its middle."""
    height, width = picture.shape[:2]
    angle_deg = float(rng.uniform(-_TURN_DEG, _TURN_DEG))
    turn = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), angle_deg, 1.0)
    return _bytes(cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT_101))


def flip(picture: Picture, rng: np.random.Generator) -> Picture:
    """Mirrored left to right, top to bottom, both, or neither."""
    ways = (slice(None, None, 1), slice(None, None, -1))
    return np.ascontiguousarray(picture[ways[rng.integers(2)], ways[rng.integers(2)]])


def colour(picture: Picture, rng: np.random.Generator) -> Picture:
    """Brighter or darker, with more or less contrast and colour."""
    values = picture.astype(np.float32)
    grey = values.mean(axis=2, keepdims=True)
    values = grey + (values - grey) * np.float32(1 + rng.uniform(-_SATURATION, _SATURATION))
    gain, shift = 1 + rng.uniform(-_GAIN, _GAIN), rng.uniform(-_SHIFT, _SHIFT)
    return _bytes(values * np.float32(gain) + np.float32(shift))


def shadow(picture: Picture, rng: np.random.Generator) -> Picture:
    """A soft shadow over one side of a line through the picture; on every second picture."""
    if rng.random() < 0.5:  # noqa: PLR2004 - every second
        return picture
    height, width = picture.shape[:2]
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    across = np.cos(angle) * x + np.sin(angle) * y - rng.uniform(-0.3, 0.3)
    softness = rng.uniform(0.01, 0.1)
    depth = rng.uniform(0, 1 - _DARKEST)
    light = 1 - depth / (1 + np.exp(-across / softness))
    return _bytes(picture * light[:, :, None])


def perspective(picture: Picture, rng: np.random.Generator) -> Picture:
    """Seen a little from aside: each corner moved by at most 8 % of a side."""
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + rng.uniform(-_LEAN, _LEAN, (4, 2)).astype(np.float32) * (width, height)
    lean = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return _bytes(
        cv2.warpPerspective(picture, lean, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    )


CHANGES: dict[Change, Callable[[Picture, np.random.Generator], Picture]] = {
    "rotation": rotation,
    "flip": flip,
    "colour": colour,
    "shadow": shadow,
    "perspective": perspective,
}


def augmented(picture: Picture, changes: Iterable[Change], rng: np.random.Generator) -> Picture:
    """The picture after all these changes, in this order."""
    for change in changes:
        picture = CHANGES[change](picture, rng)
    return picture


def _bytes(values: Any) -> Picture:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
