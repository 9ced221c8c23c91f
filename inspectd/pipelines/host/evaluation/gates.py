"""Conditions on scores, such as `kappa > 0.85`: what a release or an audit asks for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt

from inspectd.core.errors import ConfigurationError

_FORM = re.compile(r"^\s*([a-z_0-9]+)\s*(>=|>|<=|<)\s*(-?\d+(?:\.\d+)?)\s*$")
_COMPARE: dict[str, Callable[[float, float], bool]] = {">": gt, ">=": ge, "<": lt, "<=": le}


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """One condition, the figure that was found, and whether it holds."""

    condition: str
    figure: float
    holds: bool


def gate_verdicts(conditions: list[str], figures: Mapping[str, float]) -> list[GateVerdict]:
    """Each condition against the figures. ConfigurationError naming those that there are."""
    return [_verdict(condition, figures) for condition in conditions]


def _verdict(condition: str, figures: Mapping[str, float]) -> GateVerdict:
    read = _FORM.match(condition)
    if read is None or read[1] not in figures:
        msg = f"gate {condition!r}: write FIGURE > NUMBER; figures: {', '.join(figures)}"
        raise ConfigurationError(msg)
    limit = float(read[3])
    figure = figures[read[1]]
    return GateVerdict(condition.strip(), figure, _COMPARE[read[2]](figure, limit))
