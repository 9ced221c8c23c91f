import numpy as np
import pytest

from inspectd.core.calibration import Calibration
from inspectd.core.fields import Fields
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.vision.inspect import inspect
from inspectd.vision.kernels import bowl, clearness, gabor, lightness, lines, median, path, ridge
from inspectd.vision.normalise import linearise
from inspectd.vision.texture import gabor_energy
from inspectd.vision.warm import warm_up


def _compiled() -> int:
    kernels = (
        lightness.mono,
        lightness.bgr,
        gabor.energy,
        lines.stand_out,
        lines.next_clear,
        bowl.likest,
        clearness.clearest,
        median.middle_two,
        median.ordered_bits,
        path.normals,
        path.straighten,
        path.resampled,
        path.smoothed,
        path.onwards,
        path.within,
        path.own_profile,
        path.matched,
        path.longest_stretch,
        ridge.ridge_points,
        ridge.follow,
        ridge.best_way,
    )
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
    scratched = np.full((200, 240), 120, np.uint8)
    scratched[100:103, 40:200] = 60
    scratched[20:40, 100:140], scratched[40:60, 100:140] = 90, 150
    view = View((Frame(scratched, "main", 0),), "", simulated=True)
    inspect(view, Job(Recipe(), Calibration.from_scale(0.05)), lambda: 0)
    assert _compiled() == compiled
