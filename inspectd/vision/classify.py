"""Which class a candidate is of. Every candidate gets one; what fits none is OTHER."""

import numpy as np

from inspectd.core.defect import DefectKind
from inspectd.vision.blob import Blob, delineate
from inspectd.vision.line import Line, aspect, ribbon, trace
from inspectd.vision.shape import Shape, elongation, feret_diameter, polygon_area
from inspectd.vision.window import Window

_SCRATCH_ASPECT = 4.0
_BLOB_ASPECT = 3.0
_HOLLOW = 0.4
_ROUND = 0.5  # area over that of the circle around it
_COVERS = 0.6  # a blob that explains a candidate reaches over this share of it


def classify(window: Window) -> Shape:
    """Name the defect in this window and outline it."""
    line, blob = trace(window), delineate(window)
    offset = np.array([window.column_px, window.row_px], dtype=np.float64)
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
    if blob.bipolar or blob.hollow > _HOLLOW:
        return DefectKind.DENT if roundness > _ROUND else DefectKind.OTHER
    return DefectKind.STAIN if elongation(blob.contour_px) < _SCRATCH_ASPECT else DefectKind.OTHER


def _box(window: Window) -> np.ndarray:
    rows, columns = np.nonzero(window.inside)
    left, right, top, bottom = columns.min(), columns.max(), rows.min(), rows.max()
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
