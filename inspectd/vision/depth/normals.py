"""Normals from three or more directed lights, robust to shadows and highlights.

R. J. Woodham, "Photometric method for determining surface orientation from multiple images",
Optical Engineering 19 (1980), solved by iteratively re-weighted least squares (P. W. Holland and
R. E. Welsch, Communications in Statistics A6 (1977)) towards the least sum of absolute rests (as
S. Ikehata et al., "Robust photometric stereo using sparse regression", CVPR 2012, ask for): a
highlight or a cast shadow in one light is an outlier. Each light also weighs as its level, that of
a highlight as the matt surface would: what hardly reaches the surface says little about it, and an
attached shadow nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd.core.lights import refuse_directions
from inspectd.vision.kernels import normals as kernels

Levels = NDArray[np.float32]  # (lights, pixels), linear light; negative where it does not count
Directions = NDArray[np.float64]  # (lights, 3), unit: x right, y up, z to the camera

_FOUR = 4


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Share of the brightest level that noise and a nearly matt surface leave; rounds."""

    tolerance: float
    alike: int
    rounds: int


# With one light too many, levels tell at once what to trust; with more, the others' majority does.
_OF_FOUR = _Doubt(0.02, alike=0, rounds=12)
_OF_MORE = _Doubt(0.015, alike=6, rounds=12)


def normals(levels: Levels, directions: Directions) -> Levels:
    """Albedo times unit normal, (3, pixels) float32: x right, y up, z to the camera.

    NaN where fewer than three lights count. Raises CalibrationError for directions that tell no
    normals apart: see `core.lights.refuse_directions`.
    """
    if len(levels) != len(directions):
        msg = f"{len(levels)} pictures, but {len(directions)} directions of light"
        raise CalibrationError(msg)
    if reason := refuse_directions(directions.tolist()):
        raise CalibrationError(reason)
    doubt = _OF_MORE if len(levels) > _FOUR else _OF_FOUR
    found = np.empty((3, levels.shape[1]), np.float32)
    kernels.lambertian(
        np.ascontiguousarray(levels, dtype=np.float32),
        np.ascontiguousarray(directions, dtype=np.float64),
        np.ascontiguousarray(np.linalg.pinv(directions)),
        doubt.tolerance,
        doubt.alike,
        doubt.rounds,
        found,
    )
    return found
