"""Blobs: the outline of a compact candidate at half of its own contrast, and how it is shaded."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Points
from inspectd.vision.background import Plane, Planes, blurred
from inspectd.vision.edges import edge_support
from inspectd.vision.regions import Mask
from inspectd.vision.rim import round_rim
from inspectd.vision.shape import filled, largest, outline, polygon_area
from inspectd.vision.window import Window

_HALF = 0.5
HOLLOW = 0.4  # share of a ring's inside that looks like the surface
_SIGMAS = 4.0
_LOBES_ALIKE = 0.35  # the weaker lobe of a dent has at least this share of the stronger one
_SMOOTHEST_PX = 4.0
_AROUND_PX = 20  # a little more than the reach of that smoothing
_WIDER_THAN_PX = 17  # a line of 0.35 mm has 7 at 0.05 mm a pixel, 17 at 0.02
_NOISE_GAIN = 3.545  # 2 sqrt(pi): a Gaussian of s px leaves noise / (2 sqrt(pi) s)


@dataclass(frozen=True, slots=True, eq=False)
class Blob:
    """A compact defect, in pixels of its window.

    `bipolar`: it has a bright and a dark side. `wide`: it is wider than any line. `hollow`: share
    of the outline's inside that looks like the surface around. `bordered`: share of the outline
    that lies on an edge. `contrast`: 1 is full scale.
    """

    contour_px: Points
    bipolar: bool
    wide: bool
    hollow: float
    bordered: float
    contrast: float


def delineate(window: Window) -> Blob | None:
    """The blob in this window; None where nothing stands out at full resolution."""
    sigma = _smoothing(window)
    noise = window.noise / np.float32(max(1.0, _NOISE_GAIN * sigma))
    left, top, width, height = cv2.boundingRect(window.inside)
    left, top, right, bottom = (
        max(0, left - _AROUND_PX),
        max(0, top - _AROUND_PX),
        left + width + _AROUND_PX,
        top + height + _AROUND_PX,
    )
    near = slice(top, bottom), slice(left, right)
    smooth = blurred(window.difference[:, *near], sigma)
    inside = window.inside[near]
    blob = _lobes(smooth[0], inside, float(noise[0]))
    if blob is None:
        blob = _patch(smooth, inside, noise)
    if blob is None:
        return None
    contour = blob.contour_px + np.array([left, top])
    if blob.bipolar or blob.hollow > HOLLOW:
        contour = round_rim(window.difference[0], contour)
    return replace(blob, contour_px=contour)


def _smoothing(window: Window) -> float:
    """Just enough that noise is a sixth of the contrast at most."""
    inside = window.inside > 0
    strength = np.percentile(np.abs(window.difference[:, inside]), 95, axis=1) / window.noise
    return float(np.clip(6.0 / max(float(strength.max()), 1e-3), 1.0, _SMOOTHEST_PX))


def _lobes(smooth: Plane, inside: Mask, noise: float) -> Blob | None:
    """A bright and a dark side of about the same strength and size, next to each other."""
    values = smooth[inside > 0]
    bright, dark = float(np.percentile(values, 98)), -float(np.percentile(values, 2))
    weaker, stronger = min(bright, dark), max(bright, dark)
    if weaker < max(_SIGMAS * noise, _LOBES_ALIKE * stronger):
        return None
    signs = []
    for sign, peak in ((1.0, bright), (-1.0, dark)):
        mask = ((sign * smooth > _HALF * peak) & (inside > 0)).astype(np.uint8)
        signs.append((largest(mask, mask), sign, peak))
    sizes = [int(mask.sum()) for mask, _, _ in signs]
    if min(sizes) < _LOBES_ALIKE * max(sizes):
        return None
    corners = [outline(sign * smooth - _HALF * peak, mask) for mask, sign, peak in signs]
    hull = cv2.convexHull(np.vstack(corners).astype(np.float32)).reshape(-1, 2).astype(np.float64)
    if polygon_area(hull) <= 0.0:
        return None
    contrast = bright if bright > dark else -dark
    return Blob(hull, bipolar=True, wide=False, hollow=0.0, bordered=1.0, contrast=contrast)


def _patch(smooth: Planes, inside: Mask, noise: NDArray[np.float32]) -> Blob | None:
    """The region that differs from the surface in one direction of lightness and colour."""
    significance = (np.abs(smooth) / noise[:, None, None]).max(axis=0) * (inside > 0)
    core = significance > _HALF * np.percentile(significance[inside > 0], 95)
    for _ in range(2):
        if not core.any():
            return None
        shift = np.median(smooth[:, core], axis=1)
        weight = shift / noise**2
        scale = float((shift * weight).sum())
        if scale <= 0.0:
            return None
        # Not tensordot: BLAS would wake a thread of its own on each core for a few channels.
        likeness = np.einsum("c,crk->rk", weight / scale, smooth).astype(np.float32)
        found = ((likeness > _HALF) & (inside > 0)).astype(np.uint8)
        solid = _without_lines(filled(found))
        wide = bool(solid.any())
        mask = largest(solid, solid) if wide else largest(found, found & core.astype(np.uint8))
        core = (mask > 0) & (likeness > _HALF)
    if not mask.any():
        return None
    contour = outline(likeness - np.float32(_HALF), mask)
    hollow = 1.0 - float(core.sum()) / float(mask.sum())
    return Blob(
        contour,
        bipolar=False,
        wide=wide,
        hollow=hollow,
        bordered=edge_support(likeness, contour),
        contrast=float(shift[0]),
    )


def _without_lines(mask: Mask) -> Mask:
    """The parts that are wider than a line, with their true borders (opening by reconstruction)."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_WIDER_THAN_PX,) * 2)
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc)
    return np.minimum(cv2.dilate(opened, np.ones((7, 7), np.uint8)), mask).astype(np.uint8)
