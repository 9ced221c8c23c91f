"""Which class a candidate is of. Every candidate gets one; what fits none is OTHER."""

import math
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.defect import DefectKind
from inspectd.core.frame import Points
from inspectd.vision.background import SCALE
from inspectd.vision.band import resampled
from inspectd.vision.blob import HOLLOW, Blob, delineate
from inspectd.vision.coherence import coherence
from inspectd.vision.joining import joined
from inspectd.vision.line import aspect, trace
from inspectd.vision.pairs import facing
from inspectd.vision.regions import Candidates, Mask
from inspectd.vision.shape import (
    Line,
    Shape,
    elongation,
    feret_diameter,
    largest,
    polygon_area,
    ribbon,
    sides,
)
from inspectd.vision.spread import Spread, both, in_turn
from inspectd.vision.track import Scene
from inspectd.vision.window import Evidence, Window, open_window

# The texture filter answers this far around a defect.
_FRINGE_PX = 16
_NARROW_PX = 34.0  # a blob that may be a line's noise: two lobes, neither wider than a line
_RIM_POINTS, _RIM_SHARE = 16, 0.3
_RINGS_PX = 8  # at a quarter of the resolution
_MOST_PARTS = 4
_SCRATCH_ASPECT = 4.0
_BLOB_ASPECT = 3.0
_ROUND = 0.5  # area over that of the circle around it
_BORDERED = 0.5  # of a stain's outline is an edge; light that falls unevenly has none
# Of structure: 22 rendered scratches had 0.52 and more, broken ones the least.
_ONE_WAY = 0.45
_BAND_PX = 20.0
_COVERS = 0.6  # a blob that explains a candidate reaches over this share of it


def find_shapes(evidence: Evidence, spread: Spread = in_turn) -> list[Shape]:
    """Name and outline everything that the candidates of one picture hold."""
    shapes: list[Shape] = []
    alone = set(range(len(evidence.candidates.boxes)))
    clear = set(range(evidence.candidates.faint_from))
    scene = Scene(evidence.working, evidence.departure, evidence.candidates.seeds)
    for pair in facing(evidence.candidates, evidence.departure):
        if clear.issuperset(pair):
            window = open_window(evidence, *pair)
            dent = _dent(window)
            if dent is not None:
                shapes += [dent, *_rest(window, dent, scene, spread)]
                alone.difference_update(pair)
                clear.difference_update(pair)
    boxes = evidence.candidates.boxes
    # The longest first: it may run through others that are pieces of it. Faint ones last.
    first_faint = evidence.candidates.faint_from
    waiting = sorted(alone, key=lambda index: (index >= first_faint, -int(boxes[index, 2:].max())))
    while waiting:
        for found in _next_two(evidence, waiting[:2], scene, spread):
            if found.index not in alone or found.shape is None:
                continue
            if found.window.faint and _is_rim(found.shape, shapes):
                continue
            shapes += [found.shape, *_rest(found.window, found.shape, scene, spread)]
            alone.difference_update(found.pieces)
        waiting = [index for index in waiting[2:] if index in alone]
    lines = [shape.line for shape in shapes if shape.line is not None]
    return [shape for shape in shapes if shape.line is None] + [
        _scratch(line) for line in joined(lines)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What one candidate is, and which others are pieces of it."""

    index: int
    window: Window
    shape: Shape | None
    pieces: set[int]


def _next_two(evidence: Evidence, indices: list[int], scene: Scene, spread: Spread) -> list[_Found]:
    """What the next two candidates are. One by one, a piece of the first is not looked at."""
    first: list[_Found] = []

    def look(index: int) -> _Found | None:
        if first and index in first[0].pieces and not first[0].window.faint:
            return None
        window = open_window(evidence, index)
        shape = _single(window, scene, spread)
        pieces = set() if shape is None else _pieces(shape, evidence.candidates)
        found = _Found(index, window, shape, pieces)
        if index == indices[0]:
            first.append(found)
        return found

    answers = spread([partial(look, index) for index in indices])
    return [found for found in answers if found is not None]


def _is_rim(shape: Shape, others: list[Shape]) -> bool:
    """Whether something faint runs along the rim of something compact."""
    path = shape.contour_px if shape.line is None else shape.line.centreline_px
    points = path[:: max(1, len(path) // _RIM_POINTS)]
    for other in others:
        if other.line is None:
            rim = other.contour_px.astype(np.float32)
            near = [
                cv2.pointPolygonTest(rim, (float(x), float(y)), measureDist=True) > -_FRINGE_PX
                for x, y in points
            ]
            if np.mean(near) > _RIM_SHARE:
                return True
    return False


def _pieces(shape: Shape, found: Candidates) -> set[int]:
    """The candidates that lie on a line: they are pieces of it. Faint ones near any shape are, too.

    What is found by a sum rings beside whatever stands out.
    """
    if len(found.boxes) == 1:
        return set()
    corners = _coarse(shape.contour_px)
    box, corner = _around(corners, 2 * _RINGS_PX)
    near = np.zeros(found.labels[box].shape, np.uint8)
    cv2.fillPoly(near, [corners - corner], 1)
    cv2.polylines(near, [corners - corner], isClosed=True, color=1, thickness=2 * _RINGS_PX)
    pieces = {index for index in _mostly(near, box, found) if index >= found.faint_from}
    if shape.line is None:
        return pieces
    middle = _coarse(shape.line.centreline_px)
    width = math.ceil((shape.line.width_px + 2 * _FRINGE_PX) / SCALE)
    box, corner = _around(middle, width)
    on = np.zeros(found.labels[box].shape, np.uint8)
    cv2.polylines(on, [middle - corner], isClosed=False, color=1, thickness=width)
    return pieces | _mostly(on, box, found)


def _coarse(points: Points) -> NDArray[np.int32]:
    """In whole pixels of `Candidates.labels`."""
    return np.rint((points - (SCALE - 1) / 2) / SCALE).astype(np.int32)


def _around(
    points: NDArray[np.int32], margin: int
) -> tuple[tuple[slice, slice], NDArray[np.int32]]:
    """The rows and columns of `labels` around points, and their first column and row."""
    left, top = np.maximum(points.min(axis=0) - margin, 0).tolist()
    right, bottom = (np.maximum(points.max(axis=0), 0) + margin + 1).tolist()
    return (slice(top, bottom), slice(left, right)), np.array([left, top], np.int32)


def _mostly(mask: Mask, box: tuple[slice, slice], found: Candidates) -> set[int]:
    """The candidates that a mask, of a part of `labels`, covers most of."""
    covered = np.bincount(found.labels[box][mask > 0], minlength=1)[1:]
    return {
        index
        for index in np.flatnonzero(covered).tolist()
        if covered[index] > _COVERS * np.count_nonzero(found.within(index)[1])
    }


def _rest(window: Window, shape: Shape, scene: Scene, spread: Spread) -> list[Shape]:
    """What else the candidate holds: two defects that touch are one candidate, but two defects."""
    shapes: list[Shape] = []
    if window.faint:
        return shapes
    left = _unexplained(window, shape)
    for _ in range(_MOST_PARTS):
        part = largest(left, left)
        if np.count_nonzero(part) < _FRINGE_PX**2:
            return shapes
        remainder = replace(window, inside=part)
        other = _single(remainder, scene, spread) or _unknown(remainder)
        after = _unexplained(replace(window, inside=left), other)
        if np.array_equal(after, left):
            # What was found lies elsewhere, and is listed already.
            other, after = _unknown(remainder), np.where(part > 0, 0, left).astype(np.uint8)
        shapes.append(other)
        left = after
    return [*shapes, _unknown(replace(window, inside=left))] if left.any() else shapes


def _unexplained(window: Window, shape: Shape) -> Mask:
    """What of the candidate lies out of reach of this shape."""
    corners = np.rint(shape.contour_px - _offset(window)).astype(np.int32)
    explained = cv2.fillPoly(np.zeros_like(window.inside), [corners], 1)
    explained = cv2.dilate(explained, np.ones((2 * _FRINGE_PX + 1,) * 2, np.uint8))
    return np.where(explained > 0, 0, window.inside).astype(np.uint8)


def _dent(window: Window) -> Shape | None:
    """The dent whose two sides this window joins; None where they are none."""
    blob = delineate(window)
    if blob is None or not blob.bipolar or _kind(blob) is not DefectKind.DENT:
        return None
    return Shape(DefectKind.DENT, blob.contour_px + _offset(window), None, blob.contrast)


def _offset(window: Window) -> Points:
    return np.array([window.column_px, window.row_px], dtype=np.float64)


def _single(window: Window, scene: Scene, spread: Spread) -> Shape | None:
    """Name and outline one candidate; None for a faint line that a closer look does not show."""
    wide: list[bool] = []

    def as_blob() -> Blob | None:
        blob = None if window.faint else delineate(window)
        wide.append(blob is not None and _is_wide(blob))
        return blob

    def as_line() -> Line | None:
        return None if any(wide) else trace(window, scene)  # spared where it is known in time

    blob, line = both(spread, as_blob, as_line)
    if any(wide):
        line = None  # a wide blob is compact whatever line lies at its side
    if line is None and window.faint:
        return None
    offset = _offset(window)
    if line is not None and aspect(line) >= _SCRATCH_ASPECT and not _is_compact(blob, line, scene):
        return _scratch(line)
    if line is not None and window.faint:
        return Shape(DefectKind.OTHER, ribbon(line), None, line.contrast)
    if blob is None:
        return _unknown(window)
    kind = _kind(blob)
    hides = kind is DefectKind.OTHER and (blob.bipolar or blob.hollow > HOLLOW)
    return Shape(kind, blob.contour_px + offset, None, blob.contrast, hides=hides)


def _scratch(line: Line) -> Shape:
    return Shape(DefectKind.SCRATCH, ribbon(line), line, line.contrast)


def _is_compact(blob: Blob | None, line: Line, scene: Scene) -> bool:
    """Whether this candidate is a blob, with a line at its side perhaps, and not a line alone.

    Without a wide part, the blob must be about as long as the line, or it is a piece of it; and a
    blot, unlike a line in short pieces, changes along its path as much as across.
    """
    if blob is None or elongation(blob.contour_px) >= _BLOB_ASPECT:
        return False
    if _kind(blob) is DefectKind.OTHER and not blob.wide and sides(blob.contour_px)[0] < _NARROW_PX:
        return False  # a line explains it, and no blob does
    whole = feret_diameter(blob.contour_px) >= _COVERS * feret_diameter(line.centreline_px)
    if blob.wide or not whole:
        return blob.wide
    band = scene.band(resampled(line.centreline_px), _BAND_PX)
    return _kind(blob) is not DefectKind.STAIN or coherence(band, line.width_px) < _ONE_WAY


def _is_wide(blob: Blob) -> bool:
    return blob.wide and elongation(blob.contour_px) < _BLOB_ASPECT


def _kind(blob: Blob) -> DefectKind:
    diameter = feret_diameter(blob.contour_px)
    roundness = polygon_area(blob.contour_px) / (np.pi / 4 * max(diameter, 1.0) ** 2)
    if blob.bipolar or blob.hollow > HOLLOW:
        return DefectKind.DENT if roundness > _ROUND else DefectKind.OTHER
    if blob.bordered < _BORDERED or elongation(blob.contour_px) >= _SCRATCH_ASPECT:
        return DefectKind.OTHER
    return DefectKind.STAIN


def _unknown(window: Window) -> Shape:
    """All of the candidate, as an anomaly of no class."""
    rows, columns = np.nonzero(window.inside)
    left, right, top, bottom = columns.min(), columns.max(), rows.min(), rows.max()
    box = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
    return Shape(DefectKind.OTHER, box + _offset(window), None, 0.0)
