"""Contrast-to-noise of drawn scratches: asked for, and as rendered."""

from dataclasses import replace

import numpy as np
import pytest

from inspectd.simulate.contrast import contrast_of, noise_of, of_contrast
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.scratch import Scratch
from inspectd.simulate.surface import Surface

SCRATCH = Scratch((10.0, 10.0), 8.0, 0.3, 0.01, 30.0, colour=(0.7, 0.7, 0.7))


@pytest.mark.parametrize("contrast", [0.02, 0.1, 0.25])
def test_a_scratch_has_the_contrast_that_was_asked_for(contrast: float) -> None:
    spec = PartSpec(surface=Surface.PLASTIC)
    assert contrast_of(of_contrast(SCRATCH, spec, contrast), spec) == pytest.approx(
        contrast, rel=0.02
    )


def test_the_contrast_shows_in_the_picture() -> None:
    spec = PartSpec(surface=Surface.PLASTIC, width_px=400, height_px=400)
    drawn = of_contrast(SCRATCH, spec, 0.1)
    damaged, sound = (
        render_part(replace(spec, defects=defects), 1).astype(float) for defects in ((drawn,), ())
    )
    assert np.percentile(np.abs(damaged - sound), 99.8) == pytest.approx(0.1 * 255, rel=0.25)


def test_noise_is_the_spread_of_pixels_and_not_the_lights_fall_off() -> None:
    noise = np.random.default_rng(1).normal(0.0, 3.0, (400, 400))
    slope = np.linspace(80.0, 160.0, 400)
    picture = np.rint(slope + noise).astype(np.uint8)
    assert noise_of(picture, 0.05) * 255 == pytest.approx(3.0, rel=0.05)
