"""Gauge R&R by averages and ranges, as on AIAG's form: what people did by hand.

AIAG MSA, 4th edition, chapter III section B, "Average and Range Method". It cannot see an
interaction, so that the analysis of variance is to be preferred; the report shows both.
"""

import math
from dataclasses import dataclass

from inspectd_calibration.msa.grr import Components
from inspectd_calibration.msa.study import Study

# Reciprocals of d2* (A. J. Duncan, Quality Control and Industrial Statistics, table D3), as the
# form prints them: by trials, by appraisers, by parts.
_K1 = {2: 0.8862, 3: 0.5908}
_K2 = {2: 0.7071, 3: 0.5231}
_K3 = {
    2: 0.7071,
    3: 0.5231,
    4: 0.4467,
    5: 0.4030,
    6: 0.3742,
    7: 0.3534,
    8: 0.3375,
    9: 0.3249,
    10: 0.3146,
}


@dataclass(frozen=True, slots=True)
class Averages:
    """The form's first half, in the unit of the values.

    `range_mean`: of the ranges of all repeats; `operator_difference`: of the largest and the
    smallest mean of an operator; `part_range`: the same of parts.
    """

    parts: int
    operators: int
    repeats: int
    range_mean: float
    operator_difference: float
    part_range: float


def averages(study: Study) -> Averages:
    """The form's first half, not rounded."""
    by_operator = study.values.mean(axis=(0, 2))
    by_part = study.values.mean(axis=(1, 2))
    parts, operators, repeats = study.values.shape
    return Averages(
        parts,
        operators,
        repeats,
        float((study.values.max(axis=2) - study.values.min(axis=2)).mean()),
        float(by_operator.max() - by_operator.min()),
        float(by_part.max() - by_part.min()),
    )


def by_ranges(given: Averages) -> Components | None:
    """The form's second half; None where its constants do not reach."""
    k1, k2, k3 = _K1.get(given.repeats), _K2.get(given.operators), _K3.get(given.parts)
    if k1 is None or k2 is None or k3 is None:
        return None
    ev = given.range_mean * k1
    operator = (given.operator_difference * k2) ** 2 - ev**2 / (given.parts * given.repeats)
    negative = ("AV",) if operator < 0.0 else ()
    return Components(ev, math.sqrt(max(0.0, operator)), 0.0, given.part_range * k3, negative)
