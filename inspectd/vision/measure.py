"""From an outline in pixels to a defect in millimetres, with its uncertainty."""

import math

import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.frame import Frame, Points
from inspectd.vision.colour import colour_of
from inspectd.vision.normalise import saturated
from inspectd.vision.shape import (
    Line,
    Shape,
    feret_diameter,
    is_cut,
    path_length,
    polygon_area,
    rounded,
    sides,
)

_MOST_CORNERS = 64
_TIPS_SHARE = 0.2  # of a line's width, its two ends together; and how well its middle is known
_TURN_PX = 16  # over so much, noise does not look like a bend
_BESIDE_PX = 4  # of an outline: what is clipped there may move it
_FEWEST_CLIPPED_PX = 4  # fewer may be hot pixels
_ROUND = 0.99  # of its diameter's disc; a polygon of 64 corners has 0.998
_COMMON_SHARE = 0.17  # of an edge's uncertainty; the rest averages out along a closed outline


def measure(shape: Shape, calibration: Calibration, frame: Frame) -> Defect:
    """Measure one shape, found in `frame`, in the part's plane.

    Length: along the centreline of a line; the maximum Feret diameter of anything else. Width:
    area over length of a line, the short side of the smallest rectangle around anything else.
    Diameter: the maximum Feret diameter; of a dent whose outline is a circle in the picture, which
    `vision.rim` draws at the mean radius however the camera looks at it, that of a circle of the
    same area. Area: of the contour mapped to mm.

    Uncertainties (k = 2, JCGM 100:2008): the scale's relative one; that of the two edges that
    bound a length, and of where noise lets a line's two ends be seen (`Line.end_sd_px`); of an
    area's outline, the part that all its points share; of a circle, half of what it is longer than
    wide in the plane. Where a line ends is a matter of definition
    (JCGM 200:2012, 2.27): a round tip runs out over a part of its width. Of a bent line the path
    is longer on one side of its middle than on the other, by the distance times the angle it turns.
    What they cover is counted by `hil/studies/accuracy.py`.
    """
    contour_mm = calibration.to_mm(shape.contour_px)
    area_mm2 = polygon_area(contour_mm)
    longest_mm = feret_diameter(contour_mm)
    circle = _is_circle(shape)
    diameter_mm = _round_diameter(shape, area_mm2) if circle else longest_mm
    centreline_mm = (
        contour_mm if shape.line is None else calibration.to_mm(shape.line.centreline_px)
    )
    if shape.line is None:
        short_mm = diameter_mm if circle else sides(contour_mm)[0]
        length_mm, width_mm, tips_mm = diameter_mm, short_mm, 0.5 * (longest_mm - diameter_mm)
    else:
        length_mm = path_length(centreline_mm, closed=False)
        width_mm = area_mm2 / max(length_mm, 1e-9)
        tips_mm = _TIPS_SHARE * width_mm * math.hypot(1.0, _turn_rad(centreline_mm))
    scale = calibration.mm_per_px_at(*(float(v) for v in shape.contour_px.mean(axis=0)))
    edge_mm = calibration.edge_uncertainty_px * scale
    noise_mm = 0.0 if shape.line is None else 2.0 * shape.line.end_sd_px * scale
    relative = calibration.length_uncertainty_relative
    kept = _thinned(shape.contour_px)
    colour = colour_of(frame.pixels, shape.contour_px) if shape.kind is DefectKind.STAIN else None
    return Defect(
        kind=shape.kind,
        length_mm=length_mm,
        width_mm=width_mm,
        diameter_mm=diameter_mm,
        area_mm2=area_mm2,
        depth_mm=None,
        uncertainty_mm=math.hypot(
            relative * length_mm,
            math.sqrt(2.0) * math.hypot(edge_mm, noise_mm),
            tips_mm,
            shape.doubt * length_mm,
        ),
        area_uncertainty_mm2=math.hypot(
            2.0 * relative * area_mm2,
            2.0 * shape.doubt * area_mm2,
            _COMMON_SHARE * edge_mm * path_length(contour_mm, closed=True),
        ),
        contrast=shape.contrast,
        shot=frame.shot,
        contour_mm=rounded(calibration.to_mm(kept)),
        contour_px=rounded(kept),
        cut=is_cut(shape.contour_px, frame.pixels.shape),
        max_width_mm=None if shape.line is None else width_mm * _widening(shape.line),
        direction_deg=None if shape.line is None else _direction_deg(centreline_mm),
        delta_e=None if colour is None else colour[0],
        hue_deg=None if colour is None else colour[1],
        in_grain=shape.in_grain,
        clipped=_is_clipped(shape.contour_px, frame),
        hides=shape.hides,
    )


def _is_circle(shape: Shape) -> bool:
    """Whether a dent's outline is that of `vision.rim`, which knows a radius and no direction."""
    if shape.kind is not DefectKind.DENT:
        return False
    disc = math.pi / 4.0 * feret_diameter(shape.contour_px) ** 2
    return polygon_area(shape.contour_px) > _ROUND * disc


def _round_diameter(shape: Shape, area_mm2: float) -> float:
    """The circle's diameter in mm, by its area in the part's plane."""
    scale = math.sqrt(area_mm2 / polygon_area(shape.contour_px))
    return feret_diameter(shape.contour_px) * scale


def _is_clipped(contour_px: Points, frame: Frame) -> bool:
    """Whether pixels in or beside the box around an outline are at full scale."""
    left, top = np.maximum(np.floor(contour_px.min(axis=0)) - _BESIDE_PX, 0).astype(int)
    right, bottom = np.maximum(np.ceil(contour_px.max(axis=0)) + _BESIDE_PX + 1, 0).astype(int)
    around = saturated(frame.pixels[top:bottom, left:right])
    return int(np.count_nonzero(around)) >= _FEWEST_CLIPPED_PX


def _widening(line: Line) -> float:
    """The largest width as a multiple of the usual one."""
    return max(1.0, line.max_width_px / max(line.width_px, 1e-9))


def _turn_rad(path: Points) -> float:
    """By how much a path turns from its one end to its other, all in all."""
    x, y = np.diff(path[::_TURN_PX], axis=0).T
    angle = np.unwrap(np.arctan2(y, x))
    return abs(float(angle[-1] - angle[0])) if len(angle) else 0.0


def _direction_deg(path_mm: Points) -> float:
    """From end to end, 0 to 180: 0 along x, 90 along y."""
    x, y = (float(v) for v in path_mm[-1] - path_mm[0])
    return math.degrees(math.atan2(y, x)) % 180.0


def _thinned(points: Points) -> Points:
    """At most 64 corners: a record travels to the PLC's neighbours, a picture to the screen."""
    step = math.ceil(len(points) / _MOST_CORNERS)
    return points[::step]
