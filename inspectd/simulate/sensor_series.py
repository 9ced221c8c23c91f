"""A sensor in front of an even light: the pictures that a photon-transfer study asks for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspectd.core.frame import Pixels

_MONO8_BITS = 8
# Mono12 and its like fill the upper bits of their 16-bit container, as pylon hands them over.
_CONTAINER_BITS = 16


@dataclass(frozen=True, slots=True)
class LinearSensor:
    """The linear model of EMVA 1288 release 4.0, with every number free.

    `system_gain_dn_per_e` K, `temporal_dark_noise_e` sigma_d, `dark_signal_dn` the mean in the
    dark, `saturation_capacity_e` the well, `dsnu_e` and `prnu` (of 1) standard deviations over
    pixels.
    """

    bits: int
    system_gain_dn_per_e: float
    temporal_dark_noise_e: float
    saturation_capacity_e: float
    dark_signal_dn: float
    dsnu_e: float = 0.0
    prnu: float = 0.0

    def pattern(
        self, shape: tuple[int, int], rng: np.random.Generator
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What is every pixel's own: offset in electrons, and gain around 1; both of `shape`."""
        offset_e = self.dsnu_e * rng.standard_normal(shape)
        return offset_e, 1.0 + self.prnu * rng.standard_normal(shape)

    def expose(
        self,
        electrons: NDArray[np.float64],
        pattern: tuple[NDArray[np.float64], NDArray[np.float64]],
        rng: np.random.Generator,
    ) -> Pixels:
        """One picture of `electrons` (mean per pixel), Poisson's noise and all: uint8 or uint16."""
        offset_e, gain = pattern
        collected = rng.poisson(electrons * gain).astype(np.float64)
        collected = np.minimum(collected, self.saturation_capacity_e) + offset_e
        collected += self.temporal_dark_noise_e * rng.standard_normal(collected.shape)
        grey = np.rint(self.system_gain_dn_per_e * collected + self.dark_signal_dn)
        clipped = np.clip(grey, 0, 2**self.bits - 1)
        if self.bits == _MONO8_BITS:
            return clipped.astype(np.uint8)
        return clipped.astype(np.uint16) << np.uint16(_CONTAINER_BITS - self.bits)
