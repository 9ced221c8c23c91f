"""Which class a candidate is of. Every candidate gets one; what fits none is OTHER."""

import numpy as np

from inspectd.core.calibration import Points
from inspectd.core.defect import DefectKind
from inspectd.vision.blob import HOLLOW, Blob, delineate
from inspectd.vision.line import Line, aspect, ribbon, trace
from inspectd.vision.pairs import facing
from inspectd.vision.shape import Shape, elongation, feret_diameter, polygon_area
from inspectd.vision.window import Evidence, Window, open_window

_SCRATCH_ASPECT = 4.0
_BLOB_ASPECT = 3.0
_ROUND = 0.5  # area over that of the circle around it
_BORDERED = 0.5  # of a stain's outline is an edge; light that falls unevenly has none
_COVERS = 0.6  # a blob that explains a candidate reaches over this share of it


def find_shapes(evidence: Evidence) -> list[Shape]:
    """Name and outline every candidate of one picture, each exactly once."""
    shapes: list[Shape] = []
    open_indices = set(range(len(evidence.candidates.boxes)))
    for pair in facing(evidence.candidates, evidence.departure):
        if open_indices.issuperset(pair):
            dent = _dent(open_window(evidence, *pair))
            if dent is not None:
                shapes.append(dent)
                open_indices.difference_update(pair)
    return shapes + [_single(open_window(evidence, index)) for index in sorted(open_indices)]


def _dent(window: Window) -> Shape | None:
    """The dent whose two sides this window joins; None where they are none."""
    blob = delineate(window)
    if blob is None or not blob.bipolar or _kind(blob) is not DefectKind.DENT:
        return None
    return Shape(DefectKind.DENT, blob.contour_px + _offset(window), None, blob.contrast)


def _offset(window: Window) -> Points:
    return np.array([window.column_px, window.row_px], dtype=np.float64)


def _single(window: Window) -> Shape:
    """Name and outline one candidate."""
    line, blob = trace(window), delineate(window)
    offset = _offset(window)
    if line is not None and aspect(line) >= _SCRATCH_ASPECT and not _is_compact(blob, line):
        return Shape(
            DefectKind.SCRATCH,
            ribbon(line) + offset,
            line.centreline_px + offset,
            line.contrast,
        )
    if blob is None:
        return Shape(DefectKind.OTHER, _box(window) + offset, None, 0.0)
    return Shape(_kind(blob), blob.contour_px + offset, None, blob.contrast)


def _is_compact(blob: Blob | None, line: Line) -> bool:
    """Whether the blob, not the line, is what this candidate is: as long as the line, but wide."""
    if blob is None or elongation(blob.contour_px) >= _BLOB_ASPECT:
        return False
    return feret_diameter(blob.contour_px) >= _COVERS * feret_diameter(line.centreline_px)


def _kind(blob: Blob) -> DefectKind:
    diameter = feret_diameter(blob.contour_px)
    roundness = polygon_area(blob.contour_px) / (np.pi / 4 * max(diameter, 1.0) ** 2)
    if blob.bipolar or blob.hollow > HOLLOW:
        return DefectKind.DENT if roundness > _ROUND else DefectKind.OTHER
    if blob.bordered < _BORDERED or elongation(blob.contour_px) >= _SCRATCH_ASPECT:
        return DefectKind.OTHER
    return DefectKind.STAIN


def _box(window: Window) -> Points:
    rows, columns = np.nonzero(window.inside)
    left, right, top, bottom = columns.min(), columns.max(), rows.min(), rows.max()
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
