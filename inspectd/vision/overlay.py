"""The picture that a person sees: defects outlined and named, the decision above."""

from dataclasses import dataclass

import cv2
import numpy as np

from inspectd.core.defect import Defect, DefectKind
from inspectd.core.frame import Pixels, Points
from inspectd.core.job import Job
from inspectd.core.verdict import Decision, ViewResult
from inspectd.vision.annotations import (
    BLACK,
    WHITE,
    draw_outline,
    draw_scale_bar,
    draw_zone,
    label,
    zone_px,
)
from inspectd.vision.decode import to_8_bit
from inspectd.vision.labels import Ground
from inspectd.vision.lettering import BGR, Colour, Lettering
from inspectd.vision.limits import judged_size

# Okabe and Ito (2008): told apart with colour-deficient eyes too. B, G, R.
_KINDS: dict[DefectKind, Colour] = {
    DefectKind.SCRATCH: (0, 159, 230),
    DefectKind.DENT: (233, 180, 86),
    DefectKind.STAIN: (167, 121, 204),
    DefectKind.OTHER: (66, 228, 240),
}
_DECISIONS: dict[Decision, Colour] = {
    Decision.NONE: (120, 120, 120),
    Decision.PASS: (115, 158, 0),
    Decision.FAIL: (0, 60, 200),
    Decision.REVIEW: (0, 140, 220),
    Decision.NO_VERDICT: (90, 90, 90),
}
_PANEL: Colour = (40, 40, 40)
_REASON_LINES = 2
_SMALLEST_SCALE = 0.45
_PX_FOR_SCALE_1 = 1_800  # of the longest side
_WORDLESS_PX = 240  # a smaller overlay has no room for words
_JPEG_QUALITY = 85


def draw(pixels: Pixels, result: ViewResult, max_px: int, job: Job | None = None) -> BGR:
    """Draw `result` over its picture, in all at most `max_px` on its longest side.

    Above the picture stand the decision and the first reasons, so that no defect is hidden; with
    `job`, its zones and a scale bar are drawn. A large picture is scaled down; a tiny one is
    enlarged by whole pixels. Returns (rows, columns, 3) uint8 in B, G, R order.
    """
    layout = _layout(pixels.shape, max_px)
    canvas = _scaled(pixels, layout)
    if layout.words:
        _annotate(canvas, result, layout, job)
    else:
        for defect in result.defects:
            draw_outline(canvas, layout.to_canvas(defect), _KINDS[defect.kind], 1)
    return np.vstack((_panel(result, layout), canvas))


def encode_jpeg(bgr: BGR) -> bytes:
    """(rows, columns, 3) uint8 in B, G, R order as a JPEG file."""
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    assert done, "OpenCV encodes any uint8 picture of this shape"
    return data.tobytes()


def size_text(defect: Defect) -> str:
    """The size that the defect is judged by with its uncertainty, as written beside it."""
    size = judged_size(defect)
    lead = "dia " if defect.kind is DefectKind.DENT else ""
    more = "+" if defect.cut else ""
    return f"{lead}{size.value:.2f}{more} ± {size.uncertainty:.2f} {size.unit}"


@dataclass(frozen=True, slots=True)
class _Layout:
    """How large things are. `size_px`: width and height of the picture as it is drawn."""

    scale: float
    size_px: tuple[int, int]
    panel_px: int
    letters: Lettering
    words: bool

    def to_canvas(self, defect: Defect) -> Points:
        """The defect's outline; contours are at pixel centres of the full picture."""
        return self.at(np.asarray(defect.contour_px, dtype=np.float64).reshape(-1, 2))

    def at(self, points_px: Points) -> Points:
        """Positions in the full picture as positions in the drawn one."""
        return (points_px + 0.5) * self.scale - 0.5


def _layout(shape: tuple[int, ...], max_px: int) -> _Layout:
    rows, columns = shape[:2]
    longest = max(rows, columns)
    zoom = max(1, min(2 * _WORDLESS_PX, max_px) // longest)
    words = min(max_px, zoom * longest) >= _WORDLESS_PX
    letters = Lettering(max(_SMALLEST_SCALE, min(max_px, zoom * longest) / _PX_FOR_SCALE_1))
    panel_px = letters.line_px * (1 + _REASON_LINES) if words else max(1, max_px // 32)
    scale = min(zoom, max_px / columns, max(1, max_px - panel_px) / rows)
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    return _Layout(scale, size, panel_px, letters, words)


def _scaled(pixels: Pixels, layout: _Layout) -> BGR:
    way = cv2.INTER_AREA if layout.scale <= 1.0 else cv2.INTER_NEAREST
    levels = to_8_bit(cv2.resize(pixels, layout.size_px, interpolation=way))
    if levels.ndim == 2:  # noqa: PLR2004 - rows and columns: grey
        levels = np.asarray(cv2.cvtColor(levels, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    return np.ascontiguousarray(levels)


def _annotate(canvas: BGR, result: ViewResult, layout: _Layout, job: Job | None) -> None:
    """Zones, scale bar, outlines and labels; what matters most is drawn last."""
    letters = layout.letters
    ground = Ground(canvas.shape, max(2, letters.line_px // 4))
    outlines = [layout.to_canvas(defect) for defect in result.defects]
    for outline in outlines:
        ground.take_outline(outline)
    if job is not None:
        _draw_in_mm(canvas, result, layout, job, ground)
    for defect, outline in zip(result.defects, outlines, strict=True):
        beside = _beside(outline, letters.stroke_px + 3)
        draw_outline(canvas, beside, _KINDS[defect.kind], letters.stroke_px + 1)
    for defect, outline in zip(result.defects, outlines, strict=True):
        _name(canvas, defect, outline, letters, ground)


def _draw_in_mm(canvas: BGR, result: ViewResult, layout: _Layout, job: Job, ground: Ground) -> None:
    """What only a calibrated picture can show: the scale bar and the zones."""
    calibration = job.calibration
    if calibration is None:
        return
    rows, columns = canvas.shape[:2]
    middle = (columns / 2 / layout.scale, rows / 2 / layout.scale)
    mm_per_px = calibration.mm_per_px_at(*middle) / layout.scale
    draw_scale_bar(canvas, mm_per_px, layout.letters, ground)
    for zone in job.recipe.zones:
        contour = layout.at(zone_px(zone, calibration, result.placement))
        draw_zone(canvas, zone, contour, layout.letters, ground)


def _beside(outline: Points, distance_px: int) -> Points:
    """An outline a little outside of another, so that a thin defect stays visible."""
    low = np.floor(outline.min(axis=0)).astype(int) - distance_px - 2
    size = np.ceil(np.ptp(outline, axis=0)).astype(int) + 2 * distance_px + 5
    mask = np.zeros((size[1], size[0]), np.uint8)
    corners = np.rint(outline - low).astype(np.int32)
    cv2.fillPoly(mask, [corners], 1)
    cv2.polylines(mask, [corners], isClosed=True, color=1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * distance_px + 1,) * 2)
    found, _ = cv2.findContours(cv2.dilate(mask, disc), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(max(found, key=len).reshape(-1, 2) + low, dtype=np.float64)


def _name(canvas: BGR, defect: Defect, outline: Points, letters: Lettering, ground: Ground) -> None:
    """Class and size beside the defect; the size alone, or nothing, where there is no room."""
    size = size_text(defect)
    for words in (f"{defect.kind.value} {size}", size):
        box = ground.place((letters.width_px(words) + 6, letters.line_px), outline)
        if box is not None:
            label(canvas, words, box, letters, (_KINDS[defect.kind], BLACK))
            return


def _panel(result: ViewResult, layout: _Layout) -> BGR:
    """The decision in its colour, and the first reasons below it."""
    panel = np.full((layout.panel_px, layout.size_px[0], 3), _PANEL, np.uint8)
    letters, wide = layout.letters, layout.size_px[0] - 6
    high = letters.line_px if layout.words else layout.panel_px
    panel[:high] = _DECISIONS[result.decision]
    if not layout.words:
        return panel
    found = f", {len(result.defects)} defects" if len(result.defects) > 1 else ""
    title = result.decision.name.replace("_", "-") + found
    letters.write(panel, letters.fitted(title, wide), (3, 0), WHITE)
    for number, line in enumerate(_reason_lines(result, letters, wide), 1):
        letters.write(panel, line, (3, number * high), WHITE)
    return panel


def _reason_lines(result: ViewResult, letters: Lettering, width_px: int) -> list[str]:
    """The first reason, over all lines where it needs them, and how many more there are."""
    lines: list[str] = []
    told = 0
    for reason in result.reasons:
        if len(lines) < _REASON_LINES:
            lines += letters.wrapped(reason.text, width_px)
            told += 1
    left = f" (+{len(result.reasons) - told} more)" if len(result.reasons) > told else ""
    if left or len(lines) > _REASON_LINES:
        rest = " ".join(lines[_REASON_LINES - 1 :])
        last = letters.fitted(rest, width_px - letters.width_px(left)) + left
        lines = [*lines[: _REASON_LINES - 1], last]
    return lines
