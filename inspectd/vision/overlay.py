"""The picture that a person sees: defects outlined and named, the decision on top."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.defect import Defect, DefectKind
from inspectd.core.frame import Pixels, Points
from inspectd.core.verdict import Decision, ViewResult
from inspectd.vision.decode import to_8_bit

BGR = NDArray[np.uint8]
_Colour = tuple[int, int, int]

# Okabe and Ito (2008): told apart with colour-deficient eyes too. B, G, R.
_KINDS: dict[DefectKind, _Colour] = {
    DefectKind.SCRATCH: (0, 159, 230),
    DefectKind.DENT: (233, 180, 86),
    DefectKind.STAIN: (167, 121, 204),
    DefectKind.OTHER: (66, 228, 240),
}
_DECISIONS: dict[Decision, _Colour] = {
    Decision.NONE: (120, 120, 120),
    Decision.PASS: (115, 158, 0),
    Decision.FAIL: (0, 60, 200),
    Decision.REVIEW: (0, 140, 220),
    Decision.NO_VERDICT: (90, 90, 90),
}
_WHITE: _Colour = (255, 255, 255)
_BLACK: _Colour = (0, 0, 0)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FULL_SCALE_PX = 1_000  # of this longest side is text of scale 0.6 drawn
_JPEG_QUALITY = 85
_SHIFT = 4  # bits of a pixel's fraction in cv2's coordinates
_Box = tuple[int, int, int, int]  # left, top, width, height


def draw(pixels: Pixels, result: ViewResult, max_px: int) -> BGR:
    """Draw `result` over its picture, scaled down to at most `max_px` on its longest side.

    Returns (rows, columns, 3) uint8 in B, G, R order. Pictures are never scaled up.
    """
    rows, columns = pixels.shape[:2]
    scale = min(1.0, max_px / max(rows, columns))
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    canvas = _as_bgr(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    # Contours are at pixel centres of the full picture.
    shown = [
        (defect, (np.asarray(defect.contour_px) + 0.5) * scale - 0.5) for defect in result.defects
    ]
    text = 0.6 * max(0.5, max(size) / _FULL_SCALE_PX)
    thickness = max(1, round(2 * text))
    for defect, contour in shown:
        corners = [np.rint(contour * 2**_SHIFT).astype(np.int32)]
        cv2.polylines(
            canvas,
            corners,
            isClosed=True,
            color=_KINDS[defect.kind],
            thickness=thickness,
            lineType=cv2.LINE_AA,
            shift=_SHIFT,
        )
    taken: list[_Box] = []
    for defect, contour in shown:
        _label(canvas, defect, contour, text, taken)
    _banner(canvas, result, text)
    return canvas


def encode_jpeg(bgr: BGR) -> bytes:
    """(rows, columns, 3) uint8 in B, G, R order as a JPEG file."""
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    assert done, "OpenCV encodes any uint8 picture of this shape"
    return data.tobytes()


def size_text(defect: Defect) -> str:
    """The size that the defect is judged by, as written beside it."""
    if defect.kind is DefectKind.SCRATCH:
        return f"{defect.length_mm:.2f} mm"
    if defect.kind is DefectKind.DENT:
        return f"dia {defect.diameter_mm:.2f} mm"
    return f"{defect.area_mm2:.1f} mm2"  # OpenCV's font has no superscript


def _as_bgr(pixels: NDArray[np.generic]) -> BGR:
    levels = to_8_bit(pixels)
    if levels.ndim == 2:  # noqa: PLR2004 - rows and columns: grey
        levels = np.asarray(cv2.cvtColor(levels, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    return np.ascontiguousarray(levels)


def _label(canvas: BGR, defect: Defect, contour: Points, text: float, taken: list[_Box]) -> None:
    """Write beside the defect, inside the picture and not over another label."""
    words = f"{defect.kind.value} {size_text(defect)}"
    (width, height), below = cv2.getTextSize(words, _FONT, text, 1)
    high, wide = canvas.shape[:2]
    left = int(np.clip(contour[:, 0].min(), 0, max(0, wide - width - 6)))
    top = int(np.clip(contour[:, 1].max() + 4, 0, max(0, high - height - below - 4)))
    box = (left, top, width + 6, height + below + 4)
    while any(_overlap(box, other) for other in taken) and box[1] > box[3]:
        box = (box[0], box[1] - box[3], box[2], box[3])
    taken.append(box)
    _words(canvas, words, box, text, ground=_KINDS[defect.kind], ink=_BLACK)


def _overlap(one: _Box, two: _Box) -> bool:
    return (
        one[0] < two[0] + two[2]
        and two[0] < one[0] + one[2]
        and one[1] < two[1] + two[3]
        and two[1] < one[1] + one[3]
    )


def _banner(canvas: BGR, result: ViewResult, text: float) -> None:
    """The decision and its first reason across the top."""
    words = result.decision.name.replace("_", "-")
    if result.reasons:
        more = f" (+{len(result.reasons) - 1})" if len(result.reasons) > 1 else ""
        words += ": " + result.reasons[0].text + more
    words = words.replace("±", "+-").replace("²", "2")
    (_, height), below = cv2.getTextSize(words, _FONT, text, 1)
    wide = canvas.shape[1]
    while len(words) > 1 and cv2.getTextSize(words, _FONT, text, 1)[0][0] > wide - 6:
        words = words[:-1]
    box = (0, 0, wide, height + below + 8)
    _words(canvas, words, box, text, ground=_DECISIONS[result.decision], ink=_WHITE)


def _words(
    canvas: BGR, words: str, box: _Box, text: float, *, ground: _Colour, ink: _Colour
) -> None:
    left, top, width, height = box
    cv2.rectangle(canvas, (left, top), (left + width, top + height), ground, cv2.FILLED)
    _, below = cv2.getTextSize(words, _FONT, text, 1)
    origin = (left + 3, top + height - below)
    cv2.putText(canvas, words, origin, _FONT, text, ink, 1, cv2.LINE_AA)
