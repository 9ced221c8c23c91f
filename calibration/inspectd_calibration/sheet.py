"""What stands where on the paper of a target, in millimetres."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import ConfigurationError
from inspectd_calibration.detect_charuco import charuco_board
from inspectd_calibration.target import Target

Page = Literal["A4", "A3", "A2", "A1", "A0", "letter", "tabloid"]

# ISO 216 and ANSI/ASME Y14.1, upright: width and height in mm.
PAGES_MM: dict[Page, tuple[float, float]] = {
    "A4": (210.0, 297.0),
    "A3": (297.0, 420.0),
    "A2": (420.0, 594.0),
    "A1": (594.0, 841.0),
    "A0": (841.0, 1189.0),
    "letter": (215.9, 279.4),
    "tabloid": (279.4, 431.8),
}
RULE_MM = 100.0

# Many printers leave so much of the paper's edge blank.
_UNPRINTABLE_MM = 5.0
# White around the squares or dots: detectors need some to see where the target ends.
_QUIET_PITCHES, _LEAST_QUIET_MM = 0.5, 5.0
# Rule and words under it.
_FOOT_MM = 22.0
_RULE_MM_DOWN, _WORDS_MM_DOWN, _LINE_MM, _FONT_MM = 6.0, 12.0, 5.0, 3.2
_STROKE_MM = 0.2
_TICK_MM, _LONG_TICK_MM = 2.0, 4.0
_DOT_RADIUS = 0.25
_MODULES = 7


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; x and y of its upper left corner, mm from the page's."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    black: bool


@dataclass(frozen=True, slots=True)
class Disc:
    """A black disc and its centre."""

    x_mm: float
    y_mm: float
    radius_mm: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """A black triangle that points up; x and y of its tip."""

    x_mm: float
    y_mm: float
    size_mm: float


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text and where its first letter stands."""

    x_mm: float
    y_mm: float
    size_mm: float
    text: str


Shape = Box | Disc | Arrow | Words


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of paper; shapes later in the order cover earlier ones.

    `first_mm`: where the target's first point is on the page.
    """

    width_mm: float
    height_mm: float
    first_mm: tuple[float, float]
    shapes: tuple[Shape, ...]


def make_sheet(target: Target, page: Page) -> Sheet:
    """Lay `target` out on `page`, upright or on its side. ConfigurationError if it does not fit."""
    width_mm, height_mm = _turned_to_fit(target, page)
    board_mm, needed_mm = _board_mm(target), _needed_mm(target)
    edge_mm = _edge_mm(target)
    left_mm = (width_mm - board_mm[0]) / 2.0
    top_mm = _margin_mm(target) + (height_mm - needed_mm[1]) / 2.0
    first_mm = (left_mm + edge_mm, top_mm + edge_mm)
    foot = _foot(target, width_mm, height_mm - _UNPRINTABLE_MM - _FOOT_MM)
    return Sheet(width_mm, height_mm, first_mm, (*_board(target, *first_mm), *foot))


def _edge_mm(target: Target) -> float:
    """From the outermost points to where black ends."""
    return target.pitch_mm * (_DOT_RADIUS if target.kind == "dots" else 1.0)


def _board_mm(target: Target) -> tuple[float, float]:
    points = (target.columns - 1, target.rows - 1)
    width_mm, height_mm = (n * target.pitch_mm + 2.0 * _edge_mm(target) for n in points)
    return width_mm, height_mm


def _quiet_mm(target: Target) -> float:
    return max(_QUIET_PITCHES * target.pitch_mm, _LEAST_QUIET_MM)


def _margin_mm(target: Target) -> float:
    return max(_quiet_mm(target), _UNPRINTABLE_MM)


def _needed_mm(target: Target) -> tuple[float, float]:
    """Of the page, with margins, rule and words."""
    width_mm, height_mm = _board_mm(target)
    foot_mm = _quiet_mm(target) + _FOOT_MM + _UNPRINTABLE_MM
    return width_mm + 2.0 * _margin_mm(target), _margin_mm(target) + height_mm + foot_mm


def _turned_to_fit(target: Target, page: Page) -> tuple[float, float]:
    """Width and height of the page, turned to where the target has more room."""
    turned = PAGES_MM[page], PAGES_MM[page][::-1]
    size = max(turned, key=lambda size: _room(target, size))
    if _room(target, size) >= 0.0:
        return size
    width_mm, height_mm = _needed_mm(target)
    larger = [name for name, size in PAGES_MM.items() if _fits(target, size)]
    remedy = f"take page {larger[0]}, or a" if larger else "take a"
    msg = (
        f"{target.words} needs {width_mm:.0f} x {height_mm:.0f} mm of paper with its margins and "
        f"rule, more than {page} has: {remedy} smaller pitch or fewer columns and rows"
    )
    raise ConfigurationError(msg)


def _room(target: Target, size_mm: tuple[float, float]) -> float:
    return min(has - needs for has, needs in zip(size_mm, _needed_mm(target), strict=True))


def _fits(target: Target, size_mm: tuple[float, float]) -> bool:
    return max(_room(target, size_mm), _room(target, size_mm[::-1])) >= 0.0


def _board(target: Target, x_mm: float, y_mm: float) -> list[Shape]:
    """The target itself, with its first point at `x_mm`, `y_mm`."""
    pitch_mm = target.pitch_mm
    if target.kind == "dots":
        at = target.points_mm + np.array([x_mm, y_mm])
        return [Disc(float(x), float(y), _DOT_RADIUS * pitch_mm) for x, y in at]
    squares: list[Shape] = [
        Box(
            x_mm + (column - 1) * pitch_mm,
            y_mm + (row - 1) * pitch_mm,
            pitch_mm,
            pitch_mm,
            black=True,
        )
        for row, column in np.ndindex(target.rows + 1, target.columns + 1)
        if (row + column) % 2 == 0
    ]
    if target.kind == "charuco":
        squares += _markers(target, x_mm - pitch_mm, y_mm - pitch_mm)
    return squares


def _markers(target: Target, left_mm: float, top_mm: float) -> list[Shape]:
    """Markers where OpenCV's description of the board has them: black, with white modules."""
    board = charuco_board(target)
    shapes: list[Shape] = []
    for number, corners in zip(board.getIds(), board.getObjPoints(), strict=True):
        side_mm = float(target.marker_mm or 0.0)
        x_mm, y_mm = (float(v) for v in np.asarray(corners).min(axis=0)[:2])
        x_mm, y_mm, module_mm = x_mm + left_mm, y_mm + top_mm, side_mm / _MODULES
        shapes.append(Box(x_mm, y_mm, side_mm, side_mm, black=True))
        bits = cv2.aruco.generateImageMarker(board.getDictionary(), int(number), _MODULES)
        shapes += [
            Box(
                x_mm + c * module_mm,
                y_mm + r * module_mm,
                w * module_mm,
                h * module_mm,
                black=False,
            )
            for r, c, h, w in _runs(bits > 0)
        ]
    return shapes


def _runs(white: NDArray[np.bool_]) -> list[tuple[int, int, int, int]]:
    """Row, column, height and width of rows and of columns of white modules.

    Both, since screens and printers show a hair of black between boxes that only touch.
    """
    found = []
    for turned, lines in ((False, white), (True, white.T)):
        for line, values in enumerate(lines):
            ends = np.flatnonzero(np.diff(np.pad(values.astype(np.int8), 1)))
            for start, end in ends.reshape(-1, 2).tolist():
                box = (start, line, end - start, 1) if turned else (line, start, 1, end - start)
                found.append(box)
    return sorted(set(found))


def _foot(target: Target, width_mm: float, y_mm: float) -> list[Shape]:
    """A rule of 100 mm, what the sheet is and how to print it, and which way is up."""
    left_mm, base_mm = (width_mm - RULE_MM) / 2.0, y_mm + _RULE_MM_DOWN
    marks = range(0, int(RULE_MM) + 1, 10)
    ticks = [(left_mm + m, _LONG_TICK_MM if m % 50 == 0 else _TICK_MM) for m in marks]
    # A tick's middle is where it counts.
    shapes: list[Shape] = [
        Box(x - _STROKE_MM / 2.0, base_mm - tall_mm, _STROKE_MM, tall_mm, black=True)
        for x, tall_mm in ticks
    ]
    shapes.append(Box(left_mm, base_mm - _STROKE_MM / 2.0, RULE_MM, _STROKE_MM, black=True))
    shapes += [
        Arrow(left_mm - 2.0 * _FONT_MM, y_mm, _FONT_MM),
        Words(left_mm - 2.5 * _FONT_MM, y_mm + 3.0 * _FONT_MM, _FONT_MM, "up"),
    ]
    marker = "" if target.marker_mm is None else f", markers {target.marker_mm:g} mm DICT_5X5_1000"
    lines = (
        f"{target.words}{marker}",
        f"Print at 100 %, never 'fit to page'. From end to end the rule is {RULE_MM:g} mm.",
    )
    for number, line in enumerate(lines):
        below_mm = y_mm + _WORDS_MM_DOWN + number * _LINE_MM
        shapes.append(Words(left_mm, below_mm, _FONT_MM, line))
    return shapes
