"""One good part's picture, as far as it is learned from."""

from dataclasses import dataclass

import numpy as np

from inspectd.core.frame import Pixels
from inspectd.core.recipe import Recipe
from inspectd.vision.background import Departure, Plane, Planes, departure, quartered
from inspectd.vision.gate import refuse_exposure, structure
from inspectd.vision.normalise import linearise
from inspectd.vision.sharpness import Sharpness, sharpness
from inspectd.vision.statistics import pooled
from inspectd.vision.texture import gabor_energy


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """`planes`, `energy`: at a quarter of the resolution, as vision sees them.

    `own`: the departure from the picture's own background. `group`: samples of one group are the
    same part, and never on both sides of a trial.
    """

    name: str
    group: str
    planes: Planes
    energy: Plane
    own: Departure
    sharp: Sharpness
    structure: float
    shape: tuple[int, ...]


def sample(name: str, group: str, shot: str, pixels: Pixels, recipe: Recipe) -> Sample | str:
    """What is learned from one picture, or why it cannot be judged at all. PictureError."""
    working = linearise(pixels, recipe.vision.gamma)
    reasons = refuse_exposure(shot, working, recipe.picture)
    if reasons:
        return reasons[0].text
    energy = gabor_energy(working.half, recipe.vision.wavelength_px, recipe.vision.orientations)
    planes = quartered(working.half, pixels)
    own = departure(working.half, pixels)
    return Sample(
        name,
        group,
        planes,
        pooled(energy),
        # The background itself is not needed again.
        Departure(np.empty((len(planes), 0, 0), np.float32), own.difference, own.noise),
        sharpness(working.lightness),
        structure(working),
        pixels.shape[:2],
    )
