"""Whether a picture ends at a level below its full scale: an offset, a converter, a video range.

What is brighter than that level is hidden, as it is at full scale.
"""

import numpy as np

from inspectd.core.frame import Pixels
from inspectd.core.recipe import PictureGate
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.vision.normalise import brightest_channel

_EVERY = 4  # pixel of a row, and row, is looked at
_SHIFT = 6  # 16-bit levels are counted in 1,024 steps, those of Mono10
_STRAY = 0.001  # of the pixels may be brighter: hot ones
# A drawn or a dark picture may well be of one level; the white of a video range is at 0.92.
_BRIGHT = 0.9
_NEARLY_WHITE = 0.98
_PILE = 0.2  # of the pixels in one level: a sensor's noise spreads a bright surface over several


def refuse_clipped(shot: str, pixels: Pixels, gate: PictureGate) -> tuple[Reason, ...]:
    """Why a picture that ends below full scale hides defects; empty where it does not.

    Only levels of 0.9 of full scale and more: below, nobody can tell a clipped picture from one of
    an even surface. Where the recipe allows a larger share at full scale, it does here, too.
    """
    sample = pixels[::_EVERY, ::_EVERY]
    brightest = brightest_channel(sample)
    if brightest.dtype == np.uint16:
        brightest = np.right_shift(brightest, np.uint16(_SHIFT))
    full_scale = 255 if pixels.dtype == np.uint8 else 65_535 >> _SHIFT
    above = np.cumsum(np.bincount(brightest.ravel(), minlength=full_scale + 1)[::-1])[::-1]
    top = int(np.flatnonzero(above > _STRAY * brightest.size)[-1])
    from_level = min(top, round(_NEARLY_WHITE * full_scale))
    share = float(above[from_level]) / brightest.size
    if top < _BRIGHT * full_scale or share <= max(_PILE, gate.max_saturated_fraction):
        return ()
    text = (
        f"shot {shot}: {share:.1%} of the pixels are at {from_level / full_scale:.1%} of full "
        "scale or more, where the picture ends: shorten the exposure or dim the light"
    )
    return (Reason(ReasonCode.PICTURE_SATURATED, text),)
