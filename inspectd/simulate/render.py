"""Pictures of parts: a surface with defects, lit, seen through a lens, taken by a sensor.

Pixel centres are at whole numbers, and pixel (column, row) looks at (column, row) * mm_per_px:
the plane of `Calibration.from_scale`.
"""

import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.camera import PixelFormat, is_colour
from inspectd.core.frame import Pixels
from inspectd.simulate.defects import Defect
from inspectd.simulate.field import Field, as_field
from inspectd.simulate.light import OBLIQUE, Light
from inspectd.simulate.outline import Outline
from inspectd.simulate.sensor import DEFAULT_SENSOR, Sensor
from inspectd.simulate.surface import MATERIALS, Surface, Texture, make_texture

# Each pixel that a defect touches is the mean of this many by this many points.
_SUPERSAMPLING = 5


@dataclass(frozen=True, slots=True)
class PartSpec:
    """One part and how it is looked at.

    `level` is where the light is set: the share of full scale that a level, sound surface gives.
    `blur_px` is the lens: the standard deviation of its point spread. `outline`: where the part
    is; None where it fills the picture.
    """

    surface: Surface = Surface.BRUSHED
    defects: tuple[Defect, ...] = ()
    width_px: int = 1224
    height_px: int = 1024
    mm_per_px: float = 0.05
    light: Light = OBLIQUE
    pixel_format: PixelFormat = "Mono8"
    level: float = 0.45
    blur_px: float = 0.7
    sensor: Sensor = DEFAULT_SENSOR
    outline: Outline | None = None


def render_part(spec: PartSpec, seed: int) -> Pixels:
    """Picture of `spec`: (height_px, width_px) or, for BGR8, (height_px, width_px, 3).

    The same `seed` is the same part down to its roughness, whatever the light; the noise differs
    from light to light. The same spec and seed give the same bytes.
    """
    shape = (spec.height_px, spec.width_px)
    texture = make_texture(spec.surface, shape, spec.mm_per_px, np.random.default_rng((seed, 0)))
    noise = np.random.default_rng((seed, 1, zlib.crc32(spec.light.name.encode())))
    return spec.sensor.expose(through_lens(spec, texture), spec.pixel_format, noise)


def through_lens(spec: PartSpec, texture: Texture) -> Field:
    """What falls on the sensor, without noise: (rows, columns, channels), 1 fills a pixel's well.

    A single channel's axis is left out.
    """
    shape = (spec.height_px, spec.width_px)
    radiance = _sound(spec, texture)
    if spec.defects:
        rows, columns = _touched(spec)
        radiance[rows, columns] = _damaged(spec, texture, rows, columns)
    if spec.outline is not None:
        rows, columns = np.mgrid[: spec.height_px, : spec.width_px]
        x, y = as_field(columns * spec.mm_per_px), as_field(rows * spec.mm_per_px)
        radiance *= spec.outline.share(x, y, spec.mm_per_px)[..., None]
    radiance *= spec.light.field(*shape)[..., None]
    seen = cv2.GaussianBlur(radiance, (0, 0), sigmaX=spec.blur_px) * np.float32(spec.level)
    return as_field(seen)


def _channels(spec: PartSpec, colour: Field) -> Field:
    """B, G, R as they are, or what a monochrome sensor, equally sensitive to all, makes of them."""
    return colour if is_colour(spec.pixel_format) else colour.mean(axis=-1, keepdims=True)


def _material_colour(spec: PartSpec) -> Field:
    return as_field(MATERIALS[spec.surface].colour)


def _sound(spec: PartSpec, texture: Texture) -> Field:
    """Radiance of the part without its defects, (rows, columns, channels)."""
    finish = MATERIALS[spec.surface].finish
    shade = spec.light.shade(texture.slope_x, texture.slope_y, finish) * texture.albedo
    return as_field(shade[..., None] * _channels(spec, _material_colour(spec)))


def _touched(spec: PartSpec) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of every pixel that a defect reaches into."""
    touched = np.zeros((spec.height_px, spec.width_px), dtype=np.bool_)
    for defect in spec.defects:
        window = _window(defect, spec)
        rows, columns = np.mgrid[window]
        x, y = (as_field(v * spec.mm_per_px) for v in (columns, rows))
        touched[window] |= defect.distance_mm(x, y) < spec.mm_per_px
    rows, columns = np.nonzero(touched)
    return rows, columns


def _window(defect: Defect, spec: PartSpec) -> tuple[slice, slice]:
    """Rows and columns of a box around the defect, inside the picture."""
    corners = np.asarray(defect.contour_mm()) / spec.mm_per_px
    # A soft edge or rim ends beyond the outline: a tenth of the size, and 0.5 mm, is more.
    margin = 2.0 + 0.5 / spec.mm_per_px + 0.1 * float(np.ptp(corners, axis=0).max())
    size = (spec.width_px, spec.height_px)
    low = np.clip(np.floor(corners.min(axis=0) - margin), 0, size).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0) + margin) + 1, 0, size).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])


def _damaged(
    spec: PartSpec, texture: Texture, rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> Field:
    """Radiance of the named pixels, (pixels, channels), each the mean over its own area."""
    steps = (np.arange(_SUPERSAMPLING, dtype=np.float32) + 0.5) / _SUPERSAMPLING - 0.5
    down, across = (v.ravel() for v in np.meshgrid(steps, steps, indexing="ij"))
    x = as_field((columns[:, None] + across) * spec.mm_per_px)
    y = as_field((rows[:, None] + down) * spec.mm_per_px)
    slope_x = np.repeat(texture.slope_x[rows, columns][:, None], across.size, axis=1)
    slope_y = np.repeat(texture.slope_y[rows, columns][:, None], across.size, axis=1)
    colour = np.broadcast_to(_material_colour(spec), (*x.shape, 3)).copy()
    for defect in spec.defects:
        mark = defect.mark(x, y)
        if mark.slopes is not None:
            slope_x += mark.slopes[0]
            slope_y += mark.slopes[1]
        if mark.reflectance is not None:
            colour *= mark.reflectance
    shade = spec.light.shade(slope_x, slope_y, MATERIALS[spec.surface].finish)
    lit = _channels(spec, colour) * shade[..., None]
    return as_field(lit.mean(axis=1) * texture.albedo[rows, columns][:, None])
