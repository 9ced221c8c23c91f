"""How clearly a scratch stands out: its contrast-to-noise ratio, as measured and as asked for.

Contrast-to-noise ratio (CNR) here is |contrast| over noise, both in full-resolution pixels of the
picture's lightness (the mean of its channels):

* contrast: the largest difference to the sound surface that a profile across the groove shows
  behind the lens, on a perfectly smooth part and before sensor noise;
* noise: the standard deviation of the pixels of the same sound part, surface roughness and sensor
  together, around their own mean within some 2 mm.
"""

import math
from dataclasses import replace

import cv2
import numpy as np

from inspectd.core.frame import Pixels
from inspectd.simulate.field import as_field
from inspectd.simulate.render import PartSpec, through_lens
from inspectd.simulate.scratch import Scratch
from inspectd.simulate.surface import Texture

_SIDE_PX = 41
_STEPS = 6
_NEAR_MM = 2.0
_BLACKEST = 0.05


def noise_of(pixels: Pixels, mm_per_px: float) -> float:
    """Standard deviation of a sound part's pixels, as a share of full scale."""
    full = float(np.iinfo(pixels.dtype).max)
    lightness = pixels.astype(np.float32).reshape(*pixels.shape[:2], -1).mean(axis=2) / full
    near_px = _NEAR_MM / mm_per_px
    rest = lightness - cv2.GaussianBlur(lightness, (0, 0), near_px)
    # The blur mirrors a slope of the light at the borders.
    rows, columns = (round(min(2 * near_px, side / 3)) for side in rest.shape)
    return float(np.std(rest[rows:-rows, columns:-columns]))


def contrast_of(scratch: Scratch, spec: PartSpec) -> float:
    """Contrast of `scratch` in a picture of `spec`, as a share of full scale; 0 or more."""
    middle = (_SIDE_PX - 1) / 2 * spec.mm_per_px
    straight = replace(
        scratch,
        centre_mm=(middle, middle),
        length_mm=4 * _SIDE_PX * spec.mm_per_px + scratch.width_mm,
        curvature_per_mm=0.0,
        gaps_mm=(),
    )
    level = replace(spec, defects=(), width_px=_SIDE_PX, height_px=_SIDE_PX)
    flat = np.zeros((_SIDE_PX, _SIDE_PX), np.float32)
    smooth = Texture(flat, flat, np.ones_like(flat))
    damaged, sound = (
        through_lens(replace(level, defects=defects), smooth) for defects in ((straight,), ())
    )
    change = as_field(damaged - sound).reshape(_SIDE_PX, _SIDE_PX, -1).mean(axis=2)
    # Away from the borders, where the lens mirrors what it sees.
    inner = slice(_SIDE_PX // 4, -(_SIDE_PX // 4))
    return float(np.abs(change[inner, inner]).max())


def of_contrast(scratch: Scratch, spec: PartSpec, contrast: float) -> Scratch:
    """`scratch`, deeper and stronger in colour or less so, with `contrast` in a picture of `spec`.

    As near as a black groove can come.
    """
    factor = 1.0
    for _ in range(_STEPS):
        found = contrast_of(_times(scratch, factor), spec)
        factor *= min(4.0, contrast / max(found, 1e-9))
    return _times(scratch, factor)


def _times(scratch: Scratch, factor: float) -> Scratch:
    colour = tuple(max(_BLACKEST, 1.0 + factor * (share - 1.0)) for share in scratch.colour)
    deepest = scratch.width_mm / math.tau
    return replace(
        scratch,
        colour=(colour[0], colour[1], colour[2]),
        depth_mm=min(factor * scratch.depth_mm, deepest),
    )
