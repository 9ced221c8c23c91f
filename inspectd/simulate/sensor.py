"""The image sensor, in the terms of EMVA 1288 (release 4.0, linear model)."""

from dataclasses import dataclass

import numpy as np

from inspectd.core.camera import PixelFormat
from inspectd.core.frame import Pixels
from inspectd.simulate.field import Field

_EIGHT_BIT = 255
_DEEP = {"Mono10": 1_023, "Mono12": 4_095, "Mono16": 65_535}


@dataclass(frozen=True, slots=True)
class Sensor:
    """Saturation capacity and temporal dark noise in electrons; the black level's share of 1.

    The defaults are typical of a 3.45 µm global-shutter pixel (Sony IMX264: about 10,500 e- and
    2.3 e- in Basler's EMVA 1288 data of the acA2440-20gm).
    """

    saturation_capacity_e: float = 10_500.0
    temporal_dark_noise_e: float = 2.3
    black_level: float = 0.008

    def expose(self, signal: Field, pixel_format: PixelFormat, rng: np.random.Generator) -> Pixels:
        """Digitise `signal`, where 1 fills the pixel's well. Same shape; uint8 or uint16.

        Shot noise is drawn as normal with the variance of Poisson's, which is exact enough above
        20 electrons; saturation clips, as in the sensor.
        """
        electrons = np.maximum(signal, 0.0) * np.float32(self.saturation_capacity_e)
        variance = electrons + np.float32(self.temporal_dark_noise_e**2)
        electrons += np.sqrt(variance) * rng.standard_normal(signal.shape, dtype=np.float32)
        full_scale = _DEEP.get(pixel_format, _EIGHT_BIT)
        grey = electrons * np.float32(full_scale / self.saturation_capacity_e)
        grey += np.float32(self.black_level * full_scale + 0.5)
        clipped = np.clip(grey, 0, full_scale)
        if full_scale == _EIGHT_BIT:
            return np.asarray(clipped, dtype=np.uint8)
        return np.asarray(clipped, dtype=np.uint16)


DEFAULT_SENSOR = Sensor()
