"""Type-1 study: one reference part, measured many times by one set-up. Cg, Cgk and bias.

Bosch, Quality Management, Booklet 10 "Capability of Measurement and Test Processes" (2019),
procedure 1: 20 % of the tolerance against 6 standard deviations. VDA volume 5 (2011), section
5.2.2.1, takes 4. Both ask for 1.33.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError

Sigmas = Literal[6, 4]

CAPABLE = 1.33
RECOMMENDED = 50
_FEWEST = 10
_SHARE = 0.2
_CONFIDENCE = 0.95
_SIGNIFICANT = 0.05
SOURCES: dict[Sigmas, str] = {6: "Bosch Booklet 10", 4: "VDA 5"}


@dataclass(frozen=True, slots=True, eq=False)
class Type1:
    """What a type-1 study says; everything but `t`, `p` and the indices in the values' unit.

    `bias` is mean minus reference, `bias_interval` its 95 % interval; `t` and `p` are of Student's
    test that it is zero (two-sided, n - 1 degrees of freedom).
    """

    values: NDArray[np.float64]
    reference: float
    tolerance: float
    sigmas: Sigmas
    mean: float
    s: float
    t: float
    p: float
    bias_interval: tuple[float, float]

    @property
    def bias(self) -> float:
        """Mean minus reference."""
        return self.mean - self.reference

    @property
    def cg(self) -> float:
        """20 % of the tolerance by 6 (or 4) standard deviations."""
        return _SHARE * self.tolerance / (self.sigmas * self.s)

    @property
    def cgk(self) -> float:
        """10 % of the tolerance less the bias, by 3 (or 2) standard deviations."""
        return (_SHARE / 2.0 * self.tolerance - abs(self.bias)) / (self.sigmas / 2.0 * self.s)

    @property
    def capable(self) -> bool:
        """Both indices reach 1.33."""
        return min(self.cg, self.cgk) >= CAPABLE

    @property
    def biased(self) -> bool:
        """The bias is significant at 5 %."""
        return self.p < _SIGNIFICANT


def type_1(
    values: Sequence[float], reference: float, tolerance: float, sigmas: Sigmas = 6
) -> Type1:
    """Study `values` of one part whose true value is `reference`.

    `tolerance`: its whole width. CalibrationError for too few values, or none that differ.
    """
    from scipy import stats  # noqa: PLC0415 - half a second that other commands need not wait

    x = np.asarray(values, dtype=np.float64)
    if x.size < _FEWEST:
        msg = f"{x.size} values: a type-1 study needs at least {_FEWEST}, better {RECOMMENDED}"
        raise CalibrationError(msg)
    s = float(x.std(ddof=1))
    if s <= 1e-12 * float(np.abs(x).max()):
        msg = f"every value is {x[0]:g}: no spread is to be seen; record more digits"
        raise CalibrationError(msg)
    error = s / math.sqrt(x.size)
    t = (float(x.mean()) - reference) / error
    reach = float(stats.t.ppf(0.5 + _CONFIDENCE / 2.0, x.size - 1)) * error
    bias = float(x.mean()) - reference
    p = 2.0 * float(stats.t.sf(abs(t), x.size - 1))
    interval = (bias - reach, bias + reach)
    return Type1(x, reference, tolerance, sigmas, float(x.mean()), s, t, p, interval)
