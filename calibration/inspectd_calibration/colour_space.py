"""From CIELAB to linear sRGB and back, and how different two colours look (CIEDE2000).

Lab is relative to D50, the reference illuminant of ICC profiles and of the chart's maker; sRGB to
D65 (IEC 61966-2-1). Between both: Bradford's chromatic adaptation (ICC.1:2022, annex E).
"""

import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.float64]  # (n, 3)

D50_XYZ = np.array([0.96422, 1.0, 0.82521])
_D65_XYZ = np.array([0.95047, 1.0, 1.08883])
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_SRGB_TO_XYZ_D65 = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_CONE_SCALE = np.diag((_BRADFORD @ D50_XYZ) / (_BRADFORD @ _D65_XYZ))
_SRGB_TO_XYZ_D50 = np.linalg.inv(_BRADFORD) @ _CONE_SCALE @ _BRADFORD @ _SRGB_TO_XYZ_D65
_XYZ_D50_TO_SRGB = np.linalg.inv(_SRGB_TO_XYZ_D50)
_EPSILON, _KAPPA = 216.0 / 24_389.0, 24_389.0 / 27.0  # CIE 15:2018
_25_TO_7 = 25.0**7
_HALF_TURN, _TURN = 180.0, 360.0
_SRGB_LINEAR_UP_TO = 0.0031308


def lab_to_linear_srgb(lab: Colours) -> Colours:
    """(n, 3) Lab (D50) to (n, 3) linear R, G, B, 1 is white; colours out of gamut stay so."""
    fy = (lab[:, 0] + 16.0) / 116.0
    f = np.column_stack((fy + lab[:, 1] / 500.0, fy, fy - lab[:, 2] / 200.0))
    relative = np.where(f**3 > _EPSILON, f**3, (116.0 * f - 16.0) / _KAPPA)
    return np.asarray((relative * D50_XYZ) @ _XYZ_D50_TO_SRGB.T)


def linear_srgb_to_lab(rgb: Colours) -> Colours:
    """The inverse."""
    relative = rgb @ _SRGB_TO_XYZ_D50.T / D50_XYZ
    f = np.where(relative > _EPSILON, np.cbrt(relative), (_KAPPA * relative + 16.0) / 116.0)
    return np.column_stack(
        (116.0 * f[:, 1] - 16.0, 500.0 * (f[:, 0] - f[:, 1]), 200.0 * (f[:, 1] - f[:, 2]))
    )


def srgb_encoded(rgb: Colours) -> Colours:
    """Linear sRGB as a screen wants it, 0 to 1 (IEC 61966-2-1), clipped to the gamut."""
    inside = np.clip(rgb, 0.0, 1.0)
    return np.where(
        inside <= _SRGB_LINEAR_UP_TO, 12.92 * inside, 1.055 * inside ** (1 / 2.4) - 0.055
    )


def ciede2000(first: Colours, second: Colours) -> NDArray[np.float64]:
    """Colour difference of (n, 3) Lab colours, (n,) float64; about 1 is just noticeable.

    Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula: implementation notes,
    supplementary test data, and mathematical observations", Color Research and Application 30
    (2005); kL = kC = kH = 1.
    """
    chroma_mean = 0.5 * (np.hypot(first[:, 1], first[:, 2]) + np.hypot(second[:, 1], second[:, 2]))
    stretch = 1.5 - 0.5 * np.sqrt(chroma_mean**7 / (chroma_mean**7 + _25_TO_7))
    chroma1, hue1 = _polar(stretch * first[:, 1], first[:, 2])
    chroma2, hue2 = _polar(stretch * second[:, 1], second[:, 2])
    grey = chroma1 * chroma2 == 0.0
    turn = np.where(grey, 0.0, (hue2 - hue1 + _HALF_TURN) % _TURN - _HALF_TURN)
    # Exactly opposite hues differ by +180, as in the paper's equation (10).
    turn = np.where(~grey & (hue2 - hue1 == _HALF_TURN), _HALF_TURN, turn)
    hue_difference = 2.0 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(0.5 * turn))
    lightness = 0.5 * (first[:, 0] + second[:, 0])
    chroma = 0.5 * (chroma1 + chroma2)
    hue = _mean_hue(hue1, hue2, grey)
    weight = (
        1.0
        - 0.17 * _cos(hue - 30.0)
        + 0.24 * _cos(2.0 * hue)
        + 0.32 * _cos(3.0 * hue + 6.0)
        - 0.20 * _cos(4.0 * hue - 63.0)
    )
    off = (lightness - 50.0) ** 2
    scaled_lightness = (second[:, 0] - first[:, 0]) / (1.0 + 0.015 * off / np.sqrt(20.0 + off))
    scaled_chroma = (chroma2 - chroma1) / (1.0 + 0.045 * chroma)
    scaled_hue = hue_difference / (1.0 + 0.015 * chroma * weight)
    rotation = (
        -2.0
        * np.sqrt(chroma**7 / (chroma**7 + _25_TO_7))
        * np.sin(np.radians(60.0 * np.exp(-(((hue - 275.0) / 25.0) ** 2))))
    )
    square = scaled_lightness**2 + scaled_chroma**2 + scaled_hue**2
    return np.sqrt(np.maximum(square + rotation * scaled_chroma * scaled_hue, 0.0))


def _polar(
    a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % _TURN


def _mean_hue(
    hue1: NDArray[np.float64], hue2: NDArray[np.float64], grey: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The paper's equation (14)."""
    total = hue1 + hue2
    apart = np.abs(hue1 - hue2) > _HALF_TURN
    far = np.where(total < _TURN, total + _TURN, total - _TURN)
    return np.where(grey, total, 0.5 * np.where(apart, far, total))


def _cos(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.cos(np.radians(degrees)))
