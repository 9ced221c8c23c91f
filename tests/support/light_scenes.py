"""What the tests of light and sensor look at: flat fields, spheres and charts."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from inspectd_calibration.colour_chart import COLUMNS, ROWS
from numpy.typing import NDArray

from inspectd.core.frame import Points

PATCH_PX = 50


def flat_field(
    rows: int, columns: int, spots: Sequence[tuple[float, float, float, float]] = ()
) -> NDArray[np.float64]:
    """Relative light with vignetting and a slope; spots as (column, row, diameter, depth)."""
    y, x = np.mgrid[0:rows, 0:columns].astype(float)
    across, down = (2.0 * x / columns - 1.0), (2.0 * y - rows) / columns
    light = (1.0 / (1.0 + 0.25 * (across**2 + down**2))) ** 2 * (1.0 + 0.05 * across)
    for column, row, diameter, depth in spots:
        outside = np.clip(np.hypot(x - column, y - row) - diameter / 2.0, -20.0, 20.0)
        light *= 1.0 - depth / (1.0 + np.exp(2.0 * outside))
    return np.asarray(light)


def sphere_picture(
    direction: Sequence[float] | NDArray[np.float64],
    size_px: int,
    radius_px: float,
    sharpness: float = 3000.0,
) -> NDArray[np.uint8]:
    """A chrome sphere in the middle of a dark room, lit from `direction` (x right, y up)."""
    middle = (size_px - 1) / 2.0
    rows, columns = np.indices((size_px, size_px))
    normal_x, normal_y = (columns - middle) / radius_px, (middle - rows) / radius_px
    square = normal_x**2 + normal_y**2
    normal_z = np.sqrt(np.clip(1.0 - square, 0.0, None))
    towards = np.stack(
        (2.0 * normal_z * normal_x, 2.0 * normal_z * normal_y, 2.0 * normal_z**2 - 1.0), axis=-1
    )
    unit = np.asarray(direction) / math.sqrt(float(np.dot(direction, direction)))
    glow = 20.0 + 600.0 * np.exp(sharpness * (towards @ unit - 1.0))
    return np.clip(np.where(square <= 1.0, glow, 0.0), 0.0, 255.0).astype(np.uint8)


def sphere_mask(size_px: int, radius_px: float) -> NDArray[np.uint8]:
    """White where the sphere is."""
    middle = (size_px - 1) / 2.0
    rows, columns = np.indices((size_px, size_px))
    inside = np.hypot(columns - middle, rows - middle) <= radius_px
    return np.where(inside, 255, 0).astype(np.uint8)


def chart_picture(
    patches: NDArray[np.float64], turn_deg: float = 0.0
) -> tuple[NDArray[np.uint8], Points]:
    """A chart with these R, G, B (24, 3) on a dark table, and the middles of its patches."""
    width, height = (COLUMNS + 2) * PATCH_PX, (ROWS + 2) * PATCH_PX
    board = np.full((height, width, 3), 0.02)
    middles = []
    for index, colour in enumerate(patches):
        row, column = divmod(index, COLUMNS)
        top, left = (row + 1) * PATCH_PX, (column + 1) * PATCH_PX
        board[top + 3 : top + PATCH_PX - 3, left + 3 : left + PATCH_PX - 3] = colour[::-1]
        middles.append((left + (PATCH_PX - 1) / 2, top + (PATCH_PX - 1) / 2, 1.0))
    size = (width + 200, height + 200)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn_deg, 1.0)
    matrix = matrix + np.array([[0.0, 0.0, 100.0], [0.0, 0.0, 100.0]])
    seen = cv2.warpAffine(board, matrix, size, borderValue=(0.1, 0.1, 0.1))
    noisy = seen * 255.0 + np.random.default_rng(0).normal(0.0, 1.0, seen.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), np.array(middles) @ matrix.T
