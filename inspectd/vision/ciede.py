"""Colour difference CIEDE2000.

Source: G. Sharma, W. Wu and E. N. Dalal, "The CIEDE2000 color-difference formula: implementation
notes, supplementary test data, and mathematical observations", Color Res. Appl. 30 (2005) 21.
"""

import numpy as np
from numpy.typing import NDArray

Lab = NDArray[np.float64]  # (..., 3): L*, a*, b*
_Values = NDArray[np.float64]

_TWENTY_FIVE_7 = 25.0**7
_FULL_TURN = 360.0


def delta_e_2000(one: Lab, other: Lab) -> _Values:
    """CIEDE2000 of colours in CIELAB, element by element, with kL = kC = kH = 1.

    `one`, `other`: (..., 3) float64 of shapes that broadcast. Symmetric; 0 for equal colours.
    """
    mean_chroma = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(other[..., 1], other[..., 2])) / 2
    stretch = 1.5 - 0.5 * np.sqrt(_saturation(mean_chroma))
    c1, h1 = _chroma_and_hue(one, stretch)
    c2, h2 = _chroma_and_hue(other, stretch)
    grey = c1 * c2 == 0.0
    turn = np.where(grey, 0.0, (h2 - h1 + 180.0) % 360.0 - 180.0)
    # Exactly opposite hues: the formula takes the positive way from the smaller to the larger.
    turn = np.where(np.isclose(np.abs(h2 - h1), 180.0), h2 - h1, turn) * ~grey
    lightness, chroma = other[..., 0] - one[..., 0], c2 - c1
    hue = 2.0 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2.0))
    mean_lightness, mean_c = (one[..., 0] + other[..., 0]) / 2.0, (c1 + c2) / 2.0
    mean_hue = np.where(grey, h1 + h2, _mean_hue(h1, h2))
    off = (mean_lightness - 50.0) ** 2
    s_l = 1.0 + 0.015 * off / np.sqrt(20.0 + off)
    s_c = 1.0 + 0.045 * mean_c
    s_h = 1.0 + 0.015 * mean_c * _hue_weight(mean_hue)
    bend = np.radians(60.0 * np.exp(-(((mean_hue - 275.0) / 25.0) ** 2)))
    rotation = -np.sin(bend) * 2.0 * np.sqrt(_saturation(mean_c))
    lightness, chroma, hue = lightness / s_l, chroma / s_c, hue / s_h
    squared = lightness**2 + chroma**2 + hue**2 + rotation * chroma * hue
    return np.asarray(np.sqrt(squared), dtype=np.float64)


def _saturation(chroma: _Values) -> _Values:
    seventh = chroma**7
    return seventh / (seventh + _TWENTY_FIVE_7)


def _chroma_and_hue(lab: Lab, stretch: _Values) -> tuple[_Values, _Values]:
    """C' and h' in degrees, 0 to 360."""
    a, b = stretch * lab[..., 1], lab[..., 2]
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360.0


def _mean_hue(one: _Values, other: _Values) -> _Values:
    total = one + other
    near = np.abs(one - other) <= 180.0 + 1e-9
    around = np.where(total < _FULL_TURN, total + _FULL_TURN, total - _FULL_TURN)
    return np.where(near, total, around) / 2.0


def _hue_weight(hue: _Values) -> _Values:
    terms = ((-0.17, 1.0, -30.0), (0.24, 2.0, 0.0), (0.32, 3.0, 6.0), (-0.20, 4.0, -63.0))
    weight = np.ones_like(hue)
    for share, times, shift in terms:
        weight = weight + share * np.cos(np.radians(times * hue + shift))
    return weight
