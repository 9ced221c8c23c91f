"""What an overlay shows besides defects: zones of the recipe, and a scale bar."""

import math

import cv2
import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Points
from inspectd.core.placement import Placement
from inspectd.core.rules import Zone
from inspectd.vision.labels import Box, Ground
from inspectd.vision.lettering import BGR, Colour, Lettering

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)

_ZONE: Colour = (230, 230, 230)
_EDGE_POINTS = 16  # an edge is bent by the lens
_SHIFT = 4  # bits of a pixel's fraction in cv2's coordinates
_BAR_SHARE = 0.25  # of the picture's width, at most
_ROUND_LENGTHS = (5.0, 2.0, 1.0)


def draw_outline(canvas: BGR, contour: Points, colour: Colour, width_px: int) -> None:
    """A closed line with a dark halo on both sides, which shows on any ground.

    `contour`: (n, 2) float64 of (column, row) in the canvas.
    """
    corners = [np.rint(np.clip(contour, -1e5, 1e5) * 2**_SHIFT).astype(np.int32)]
    for ink, thickness in ((BLACK, width_px + 2), (colour, width_px)):
        cv2.polylines(
            canvas,
            corners,
            isClosed=True,
            color=ink,
            thickness=thickness,
            lineType=cv2.LINE_8 if width_px == 1 else cv2.LINE_AA,
            shift=_SHIFT,
        )


def zone_px(zone: Zone, calibration: Calibration, placement: Placement) -> Points:
    """(n, 2) outline of a zone as (column, row) in the picture; its straight edges in pieces."""
    corners = np.array(zone.polygon_mm, dtype=np.float64)
    share = np.arange(_EDGE_POINTS)[:, None] / _EDGE_POINTS
    edges = zip(corners, np.roll(corners, -1, axis=0), strict=True)
    points = np.vstack([start + share * (end - start) for start, end in edges])
    in_plane = np.column_stack((placement.to_frame(points), np.ones(len(points))))
    homogeneous = in_plane @ np.linalg.inv(calibration.matrix).T
    ideal = homogeneous[:, :2] / homogeneous[:, 2:]
    return ideal if calibration.lens is None else calibration.lens.distorted(ideal)


def draw_zone(canvas: BGR, zone: Zone, contour: Points, letters: Lettering, ground: Ground) -> None:
    """A thin outline, and the zone's name inside or near it. `contour`: as for `draw_outline`."""
    if not np.isfinite(contour).all():
        return
    draw_outline(canvas, contour, _ZONE, 1)
    words = f"{zone.name}: ignored" if zone.ignore else zone.name
    within = np.clip(contour, 0.0, np.array([canvas.shape[1], canvas.shape[0]]) - 1.0)
    box = ground.place((letters.width_px(words) + 6, letters.line_px), within[:1])
    if box is not None:
        label(canvas, words, box, letters, (_ZONE, BLACK))


def label(
    canvas: BGR, words: str, box: Box, letters: Lettering, colours: tuple[Colour, Colour]
) -> None:
    """Words on a ground of their own; `colours` are ground and ink."""
    left, top, width, height = box
    ground, ink = colours
    corner = (left + width - 1, top + height - 1)
    cv2.rectangle(canvas, (left, top), corner, ground, cv2.FILLED)
    letters.write(canvas, words, (left + 3, top), ink)


def bar_length_mm(width_mm: float) -> float:
    """The longest of 1, 2 or 5 times a power of ten that is a quarter of `width_mm` or less."""
    power = 10.0 ** math.floor(math.log10(_BAR_SHARE * width_mm))
    return next(n * power for n in _ROUND_LENGTHS if n * power <= _BAR_SHARE * width_mm)


def draw_scale_bar(canvas: BGR, mm_per_px: float, letters: Lettering, ground: Ground) -> None:
    """A bar with its length at the lower left. `mm_per_px`: of the canvas, in its middle."""
    rows, columns = canvas.shape[:2]
    if not (math.isfinite(mm_per_px) and mm_per_px > 0.0):
        return
    length_mm = bar_length_mm(columns * mm_per_px)
    words = f"{length_mm:g} mm"
    length, high = round(length_mm / mm_per_px), letters.line_px
    tick, stroke = max(3, high // 4), letters.stroke_px
    box = (4, rows - high - 2 * tick - 6, max(length, letters.width_px(words)) + 12, 0)
    box = (*box[:3], rows - 4 - box[1])
    if box[1] < 0 or box[2] > columns:
        return
    label(canvas, words, box, letters, (BLACK, WHITE))
    row = rows - 6 - tick
    left, right = box[0] + 6, box[0] + 6 + length
    cv2.line(canvas, (left, row), (right, row), WHITE, stroke)
    for column in (left, right):
        cv2.line(canvas, (column, row - tick), (column, row + tick), WHITE, stroke)
    ground.take(box)
