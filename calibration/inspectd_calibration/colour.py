"""White balance and colour matrix of a camera under its light, from a chart of 24 patches."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError
from inspectd_calibration.colour_chart import NAMES, NEUTRAL, REFERENCE_LAB
from inspectd_calibration.colour_space import (
    Colours,
    ciede2000,
    lab_to_linear_srgb,
    linear_srgb_to_lab,
)

_LARGEST_NONLINEARITY = 0.03  # of white; an sRGB curve leaves 0.15
_LARGEST_BLACK = 0.1
_SMALLEST_WHITE = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class ColourFit:
    """linear sRGB = matrix @ (white_balance * (camera - black_level)) * exposure; R, G, B order.

    Camera values have 1 at full scale. `white_balance` (3,) is 1 for green (SFNC BalanceRatio);
    `matrix` (3, 3) has rows that sum to 1, so that grey stays grey (SFNC
    ColorTransformationValue). Differences are CIEDE2000 of the 24 patches, (24,) each: `raw` with
    black level and exposure alone, `balanced` with the white balance, `corrected` with the matrix,
    `unseen` with a matrix that was fitted without the patch it is told for.
    """

    black_level: NDArray[np.float64]
    white_balance: NDArray[np.float64]
    exposure: float
    matrix: NDArray[np.float64]
    nonlinearity: float
    raw: NDArray[np.float64]
    balanced: NDArray[np.float64]
    corrected: NDArray[np.float64]
    unseen: NDArray[np.float64]
    patches_srgb: Colours


def fit_colour(camera: Colours) -> ColourFit:
    """Fit from the patches' R, G, B (24, 3), in the chart's order, 1 is full scale.

    An affine map in linear RGB by least squares, then taken apart: what it maps to black is the
    black level, what it maps to white the white balance and exposure, and the rest, which keeps
    white, the matrix. CalibrationError: the greys do not follow the light linearly, or are dark.
    """
    wanted = lab_to_linear_srgb(REFERENCE_LAB)
    nonlinearity = _check_greys(camera[NEUTRAL], wanted[NEUTRAL])
    black, white, matrix = _taken_apart(*_affine(camera, wanted))
    _check_black(black)
    balanced = (camera - black) / white
    unseen = np.concatenate([_without(patch, camera, wanted) for patch in range(len(NAMES))])
    corrected = balanced @ matrix.T
    return ColourFit(
        black_level=black,
        white_balance=white[1] / white,
        exposure=float(1.0 / white[1]),
        matrix=matrix,
        nonlinearity=nonlinearity,
        raw=_difference((camera - black) / white[1]),
        balanced=_difference(balanced),
        corrected=_difference(corrected),
        unseen=_difference(unseen),
        patches_srgb=corrected,
    )


def _affine(camera: Colours, wanted: Colours) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Matrix (3, 3) and offset (3,) of the least-squares map from `camera` to `wanted`."""
    terms = np.column_stack((camera, np.ones(len(camera))))
    solution, *_ = np.linalg.lstsq(terms, wanted, rcond=None)
    return np.asarray(solution[:3].T), np.asarray(solution[3])


def _taken_apart(
    matrix: NDArray[np.float64], offset: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Camera values of black and of white above it, and the matrix between balanced colours."""
    black = np.linalg.solve(matrix, -offset)
    white = np.linalg.solve(matrix, np.ones(3))
    if float(white.min()) <= 0.0:
        msg = (
            "no white balance makes the chart's white of this camera's colours: is it the chart of "
            "24 patches, lit by white light, with the camera's own colour processing off?"
        )
        raise CalibrationError(msg)
    return np.asarray(black), np.asarray(white), np.asarray(matrix * white)


def _without(patch: int, camera: Colours, wanted: Colours) -> Colours:
    """What a map that never saw this patch makes of it, (1, 3)."""
    matrix, offset = _affine(np.delete(camera, patch, axis=0), np.delete(wanted, patch, axis=0))
    return np.asarray(camera[patch : patch + 1] @ matrix.T + offset)


def _check_greys(camera: Colours, wanted: Colours) -> float:
    """How far the six greys depart from a straight line in the worst channel, of white."""
    lines = [
        np.polynomial.Polynomial.fit(*pair, 1) for pair in zip(wanted.T, camera.T, strict=True)
    ]
    black, slope = np.array([line.convert().coef for line in lines]).T
    if float(slope.min()) <= 0.0:
        msg = (
            "the greys do not run from white to black: the chart is turned or mirrored, or "
            "--corners are in the wrong order (dark skin, bluish green, black, white)"
        )
        raise CalibrationError(msg)
    if float(camera[0].max()) < _SMALLEST_WHITE:
        msg = (
            f"the white patch reaches only {100 * camera[0].max():.0f} % of full scale: lengthen "
            "the exposure until it reaches 60 to 90 %"
        )
        raise CalibrationError(msg)
    residual = float(np.abs((camera - black) / slope - wanted).max())
    if residual > _LARGEST_NONLINEARITY:
        msg = (
            f"the greys depart from a straight line by {100 * residual:.0f} % of white (at most "
            f"{100 * _LARGEST_NONLINEARITY:.0f} %): set the camera's Gamma to 1, light the chart "
            "evenly and without glare, and check that it lies upright"
        )
        raise CalibrationError(msg)
    return residual


def _check_black(black: NDArray[np.float64]) -> None:
    if float(np.abs(black).max()) > _LARGEST_BLACK:
        msg = (
            f"black stands at {100 * np.abs(black).max():.0f} % of full scale: look for stray "
            "light or haze on the lens, and lower the camera's BlackLevel"
        )
        raise CalibrationError(msg)


def _difference(srgb: Colours) -> NDArray[np.float64]:
    return ciede2000(linear_srgb_to_lab(srgb), REFERENCE_LAB)
