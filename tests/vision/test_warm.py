import numpy as np
import pytest

from inspectd.core.fields import Fields
from inspectd.core.frame import Pixels
from inspectd.vision.kernels import gabor, lightness
from inspectd.vision.normalise import linearise
from inspectd.vision.texture import gabor_energy
from inspectd.vision.warm import warm_up


def _compiled() -> int:
    kernels = (lightness.mono, lightness.bgr, gabor.energy)
    return sum(len(kernel.signatures) for kernel in kernels)


@pytest.mark.parametrize("wavelength_px", [6.0, 10.0, 13.3, 40.0])
@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((30, 41), np.uint8),
        np.zeros((30, 41), np.uint16),
        np.zeros((30, 41, 3), np.uint8),
    ],
    ids=["Mono8", "Mono16", "BGR8"],
)
def test_after_the_warm_up_no_part_waits_for_a_compiler(
    pixels: Pixels, wavelength_px: float
) -> None:
    warm_up()
    compiled = _compiled()
    full_scale_dn = int(np.iinfo(pixels.dtype).max)
    even = Fields(
        np.zeros(pixels.shape, np.float32), np.ones(pixels.shape, np.float32), full_scale_dn
    )
    for gamma in (1.0, 2.2):
        for correction in (None, even.correction()):
            gabor_energy(linearise(pixels, gamma, correction).half, wavelength_px, 8)
    assert _compiled() == compiled
