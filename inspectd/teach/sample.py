"""One good part's picture, as far as it is learned from."""

from dataclasses import dataclass

import numpy as np

from inspectd.core.frame import Pixels
from inspectd.core.job import Job
from inspectd.core.scales import wavelengths_px, why_no_filter
from inspectd.vision.background import Departure, Plane, Planes, departure, quartered
from inspectd.vision.gate import refuse_exposure, structure
from inspectd.vision.normalise import linearise
from inspectd.vision.sharpness import Sharpness, sharpness
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


def sample(name: str, group: str, shot: str, pixels: Pixels, job: Job) -> Sample | str:
    """What is learned from one picture, or why it cannot be judged at all.

    `job`: what pictures are corrected and filtered by; it must have a calibration. PictureError.
    """
    vision, calibration = job.recipe.vision, job.calibration
    assert calibration is not None
    working = linearise(pixels, vision.gamma, job.correction)
    reasons = refuse_exposure(shot, pixels, working, job.recipe.picture)
    if reasons:
        return reasons[0].text
    rows, columns = pixels.shape[:2]
    if why := why_no_filter(vision, calibration, columns, rows):
        return f"[vision] {why}"
    (wavelength_px,) = wavelengths_px(vision, calibration, columns, rows)
    planes = quartered(working)
    own = departure(working)
    return Sample(
        name,
        group,
        planes,
        gabor_energy(working.half, wavelength_px, vision.orientations),
        # The background itself is not needed again.
        Departure(np.empty((len(planes), 0, 0), np.float32), own.difference, own.noise),
        sharpness(working.lightness),
        structure(working),
        pixels.shape[:2],
    )
