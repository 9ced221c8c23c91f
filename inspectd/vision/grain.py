"""Grain: the one direction in which a surface was brushed, ground or rolled.

Along it, a faint scratch and a strong streak of the grain look the same. Nobody can tell, so the
guard band's outcome is what such a line gets: it neither fails a sound part nor passes.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from inspectd.vision.background import Plane
from inspectd.vision.shape import Line, Shape

# Rendered brushed surfaces have 0.87 to 0.94, others 0.33 to 0.43; ground magnetic tiles up to 0.8.
_COHERENT = 0.6
_ALONG_DEG = 4.0
# Of the line to a pixel's noise. Grain of rendered brushed parts was followed with 3.2 and 4.1.
_CLEAR = 5.0
_SIGMA_PX = 1.0
_LARGEST = 3.0  # times the median gradient: a defect's edge does not speak for the surface


def doubted(shapes: Sequence[Shape], quarter: Plane) -> list[Shape]:
    """The shapes; faint lines along the surface's grain as `in_grain`.

    `quarter`: `WorkingPicture.quarter`.
    """
    if not any(map(_is_faint, shapes)):
        return list(shapes)  # which spares a look at the whole picture
    grain_deg = direction_deg(quarter)
    if grain_deg is None:
        return list(shapes)
    return [
        replace(shape, in_grain=_is_faint(shape) and _runs_along(shape.line, grain_deg))
        for shape in shapes
    ]


def _is_faint(shape: Shape) -> bool:
    return shape.line is not None and shape.line.contrast_to_noise < _CLEAR


def direction_deg(picture: Plane) -> float | None:
    """Which way a surface's grain runs, 0 along the columns' axis x, 90 along y; None: no way.

    By the structure tensor of the whole picture (J. Bigun and G. H. Granlund, "Optimal orientation
    detection of linear symmetry", ICCV 1987), each gradient no longer than three median ones.
    """
    smooth = cv2.GaussianBlur(picture, (0, 0), _SIGMA_PX)
    x, y = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    length = np.hypot(x, y)
    share = np.minimum(1.0, _LARGEST * float(np.median(length)) / np.maximum(length, 1e-12))
    x, y = x * share, y * share
    xx, yy, xy = float((x * x).mean()), float((y * y).mean()), float((x * y).mean())
    # Written so that a flat picture, or one of no numbers, has no grain.
    if not math.hypot(xx - yy, 2.0 * xy) > _COHERENT * (xx + yy):
        return None
    return (math.degrees(math.atan2(2.0 * xy, xx - yy)) / 2.0 + 90.0) % 180.0


def _runs_along(line: Line | None, grain_deg: float) -> bool:
    if line is None:
        return False
    x, y = (float(v) for v in line.centreline_px[-1] - line.centreline_px[0])
    apart = (math.degrees(math.atan2(y, x)) - grain_deg) % 180.0
    return min(apart, 180.0 - apart) <= _ALONG_DEG
