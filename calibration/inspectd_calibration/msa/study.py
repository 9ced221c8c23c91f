"""What a study measured: parts x operators x repeats, and nothing missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError

Cell = tuple[str, str]
Value = TypeVar("Value", float, bool)

_LEAST = 2


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Measured values, (parts, operators, repeats) float64; an operator may be a station.

    `quantity`: what was measured, and its unit, as a picture's axis names it.
    """

    parts: tuple[str, ...]
    operators: tuple[str, ...]
    values: NDArray[np.float64]
    quantity: str = "value"


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Pass or fail: `accepted` (parts, appraisers, trials) bool, `reference` (parts,) bool."""

    parts: tuple[str, ...]
    appraisers: tuple[str, ...]
    accepted: NDArray[np.bool_]
    reference: NDArray[np.bool_]


def study(rows: Iterable[tuple[str, str, float]], quantity: str = "value") -> Study:
    """Arrange (part, operator, value) rows; repeats in the order in which they come.

    Raises CalibrationError where the design is not crossed and balanced, or too small to tell the
    spread of the parts from that of repeats.
    """
    parts, operators, cells = _crossed(rows)
    values = np.array([[cells[part, operator] for operator in operators] for part in parts])
    return Study(parts, operators, values.astype(np.float64), quantity)


def ratings(rows: Iterable[tuple[str, str, bool]], reference: Mapping[str, bool]) -> Ratings:
    """Arrange (part, appraiser, accepted) rows; `reference` says which parts are good.

    Raises CalibrationError as `study` does, or where all parts are good, or all bad.
    """
    parts, appraisers, cells = _crossed(rows)
    accepted = np.array([[cells[part, name] for name in appraisers] for part in parts], dtype=bool)
    truth = np.array([reference[part] for part in parts], dtype=bool)
    if truth.all() or not truth.any():
        kind = "good" if truth.all() else "bad"
        msg = f"every part of the study is {kind} by its reference: take good and bad parts"
        raise CalibrationError(msg)
    return Ratings(parts, appraisers, accepted, truth)


def _crossed(
    rows: Iterable[tuple[str, str, Value]],
) -> tuple[tuple[str, ...], tuple[str, ...], dict[Cell, list[Value]]]:
    """Parts and operators in the order of their first row, and the values of each pair."""
    cells: dict[Cell, list[Value]] = {}
    for part, operator, value in rows:
        cells.setdefault((part, operator), []).append(value)
    parts = tuple(dict.fromkeys(part for part, _ in cells))
    operators = tuple(dict.fromkeys(operator for _, operator in cells))
    if len(parts) < _LEAST:
        msg = f"{len(parts)} part(s): a study needs at least {_LEAST}; AIAG recommends 10"
        raise CalibrationError(msg)
    _check_balance(parts, operators, {cell: len(values) for cell, values in cells.items()})
    return parts, operators, cells


def _check_balance(
    parts: Sequence[str], operators: Sequence[str], counts: Mapping[Cell, int]
) -> None:
    repeats = max(counts.values())
    for part, operator in product(parts, operators):
        if (found := counts.get((part, operator), 0)) != repeats:
            msg = (
                f"part {part}, operator {operator}: {found} value(s), but {repeats} elsewhere: "
                "every operator measures every part equally often"
            )
            raise CalibrationError(msg)
    if repeats < _LEAST:
        msg = f"each part is measured once: repeat it, at least {_LEAST} times, without knowing it"
        raise CalibrationError(msg)
