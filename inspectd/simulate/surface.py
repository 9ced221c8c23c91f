"""Sound surfaces: how they look and how rough they are.

Roughness is given as the RMS slope that the camera can resolve. Lengths are in mm, so that the
same part looks the same at every magnification.
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from inspectd.simulate.field import Field, as_field
from inspectd.simulate.light import Finish


class Surface(StrEnum):
    """What the part is made of."""

    BRUSHED = "brushed"
    CAST = "cast"
    PLASTIC = "plastic"


@dataclass(frozen=True, slots=True)
class Material:
    """A material's colour (B, G, R, relative to the mean), finish and roughness."""

    colour: tuple[float, float, float]
    finish: Finish
    slope_rms: float
    albedo_rms: float


MATERIALS = {
    Surface.BRUSHED: Material((1.02, 1.01, 0.97), Finish(0.45, 12.0), 0.016, 0.012),
    Surface.CAST: Material((0.99, 1.00, 1.01), Finish(0.30, 8.0), 0.035, 0.02),
    Surface.PLASTIC: Material((1.06, 1.02, 0.92), Finish(0.10, 30.0), 0.006, 0.003),
}


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """Slopes dz/dx and dz/dy and relative albedo, each (height_px, width_px) float32."""

    slope_x: Field
    slope_y: Field
    albedo: Field


def make_texture(
    surface: Surface, shape: tuple[int, int], mm_per_px: float, rng: np.random.Generator
) -> Texture:
    """The sound surface in a field of `shape` (rows, columns) pixels."""
    material = MATERIALS[surface]
    slope_x, slope_y, albedo = _MAKERS[surface](shape, mm_per_px, rng)
    rms = np.sqrt(float(np.mean(slope_x**2) + np.mean(slope_y**2)))
    scale = np.float32(material.slope_rms / max(rms, 1e-12))
    spread = np.float32(material.albedo_rms / max(float(albedo.std()), 1e-12))
    relief = 1.0 + spread * (albedo - albedo.mean())
    return Texture(slope_x * scale, slope_y * scale, as_field(relief))


def _brushed(
    shape: tuple[int, int], mm_per_px: float, rng: np.random.Generator
) -> tuple[Field, Field, Field]:
    """Streaks along x of several lengths: slopes across them only, tilted by a hair along."""
    height = np.zeros(shape, dtype=np.float32)
    for length_mm, weight in ((1.5, 0.35), (6.0, 1.0), (30.0, 0.8)):
        streaks = _streaks(shape, length_mm / mm_per_px, rng)
        height += np.float32(weight / float(streaks.std())) * streaks
    fine = cv2.GaussianBlur(height, (1, 0), sigmaX=0.1, sigmaY=_at_least(0.04 / mm_per_px, 0.6))
    slope_x, slope_y = _gradient(as_field(fine), mm_per_px)
    tone = cv2.GaussianBlur(height, (1, 0), sigmaX=0.1, sigmaY=_at_least(0.25 / mm_per_px, 0.6))
    return slope_x, slope_y, as_field(tone)


def _streaks(shape: tuple[int, int], length_px: float, rng: np.random.Generator) -> Field:
    """White noise drawn out along x; two box filters make a streak fade at its ends."""
    reach = max(int(length_px) | 1, 3)
    noise = rng.standard_normal((shape[0], shape[1] + 2 * reach), dtype=np.float32)
    drawn = cv2.blur(cv2.blur(noise, (reach, 1)), (reach, 1))
    return as_field(drawn[:, reach : reach + shape[1]])


def _cast(
    shape: tuple[int, int], mm_per_px: float, rng: np.random.Generator
) -> tuple[Field, Field, Field]:
    """Grains of sand of two sizes."""
    grains = _bumps(shape, 0.08 / mm_per_px, rng)
    lumps = _bumps(shape, 0.3 / mm_per_px, rng)
    height = grains / float(grains.std()) + 2.5 * lumps / float(lumps.std())
    slope_x, slope_y = _gradient(as_field(height), mm_per_px)
    return slope_x, slope_y, grains


def _plastic(
    shape: tuple[int, int], mm_per_px: float, rng: np.random.Generator
) -> tuple[Field, Field, Field]:
    """Orange peel: shallow waves about 2 mm apart."""
    waves = _bumps(shape, 0.55 / mm_per_px, rng)
    slope_x, slope_y = _gradient(waves, mm_per_px)
    return slope_x, slope_y, _bumps(shape, 1.5 / mm_per_px, rng)


def _bumps(shape: tuple[int, int], sigma_px: float, rng: np.random.Generator) -> Field:
    """Smooth isotropic noise of one scale; coarse scales are made small and enlarged."""
    step = max(int(sigma_px / 2.0), 1)
    small = (shape[0] // step + 3, shape[1] // step + 3)
    noise = rng.standard_normal(small, dtype=np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), sigmaX=_at_least(sigma_px / step, 0.5))
    if step == 1:
        return as_field(smooth[: shape[0], : shape[1]])
    size = (small[1] * step, small[0] * step)
    enlarged = cv2.resize(smooth, size, interpolation=cv2.INTER_CUBIC)
    return as_field(enlarged[: shape[0], : shape[1]])


def _gradient(height: Field, mm_per_px: float) -> tuple[Field, Field]:
    """Central differences per mm."""
    per_mm = 0.5 / mm_per_px
    slope_x = cv2.filter2D(height, cv2.CV_32F, np.array([[-per_mm, 0.0, per_mm]]))
    slope_y = cv2.filter2D(height, cv2.CV_32F, np.array([[-per_mm], [0.0], [per_mm]]))
    return as_field(slope_x), as_field(slope_y)


def _at_least(sigma_px: float, floor_px: float) -> float:
    """A Gaussian much narrower than a pixel would do nothing but cost time."""
    return max(sigma_px, floor_px)


_MAKERS = {Surface.BRUSHED: _brushed, Surface.CAST: _cast, Surface.PLASTIC: _plastic}
