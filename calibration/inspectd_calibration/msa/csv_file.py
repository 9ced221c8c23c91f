"""Studies from CSV files: UTF-8, commas, the columns named in the first line, in any order."""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from inspectd.core.errors import ConfigurationError
from inspectd_calibration.msa.study import Ratings, Study, ratings, study

_LARGEST_BYTES = 20_000_000
_LARGEST = 1e12
_DECISIONS = {"pass": True, "fail": False}
_NOT_UTF_8 = "not UTF-8 text; save it as CSV UTF-8"


def read_study(path: Path) -> Study:
    """Columns part, operator, value. ConfigurationError for the file, CalibrationError for it."""
    rows = list(_rows(path, ("part", "operator", "value")))
    return study((part, operator, _number(path, at, text)) for at, (part, operator, text) in rows)


def read_values(path: Path) -> list[float]:
    """Column value. ConfigurationError."""
    return [_number(path, at, text) for at, (text,) in _rows(path, ("value",))]


def read_ratings(path: Path) -> Ratings:
    """Columns part, operator, decision, reference; the last two `pass` or `fail`.

    ConfigurationError, also where a part's reference changes; CalibrationError for the study.
    """
    judged, reference = [], dict[str, bool]()
    for at, (part, operator, said, truth) in _rows(
        path, ("part", "operator", "decision", "reference")
    ):
        judged.append((part, operator, _decision(path, at, "decision", said)))
        good = _decision(path, at, "reference", truth)
        if reference.setdefault(part, good) is not good:
            msg = f"{path}, line {at}: part {part} has another reference above: a part has one"
            raise ConfigurationError(msg)
    return ratings(judged, reference)


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Line number and the named columns of each line; empty lines are passed over."""
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        head = [name.strip() for name in next(reader, [])]
        wanted = [head.index(name) for name in columns if name in head]
        if len(wanted) < len(columns):
            missing = ", ".join(name for name in columns if name not in head)
            msg = (
                f"{path}: no column {missing}; the first line must name the columns "
                f"{', '.join(columns)}, with commas between them; found: {', '.join(head)}"
            )
            raise ConfigurationError(msg)
        if twice := [name for name in columns if head.count(name) > 1]:
            msg = (
                f"{path}: two columns are called {' and '.join(twice)}: rename or delete the one "
                "that is not meant"
            )
            raise ConfigurationError(msg)
        found = False
        for row in reader:
            if any(cell.strip() for cell in row):
                found = True
                yield reader.line_num, _cells(path, reader.line_num, row, head, wanted)
    except csv.Error as error:
        msg = f"{path}, line {reader.line_num}: not CSV: {error}"
        raise ConfigurationError(msg) from None
    if not found:
        msg = f"{path}: no line below the names of the columns"
        raise ConfigurationError(msg)


def _cells(
    path: Path, at: int, row: Sequence[str], head: Sequence[str], wanted: Sequence[int]
) -> list[str]:
    if len(row) != len(head):
        msg = f"{path}, line {at}: {len(row)} cells, but the first line names {len(head)} columns"
        raise ConfigurationError(msg)
    cells = [row[column].strip() for column in wanted]
    if "" in cells:
        msg = f"{path}, line {at}: {head[wanted[cells.index('')]]} is empty"
        raise ConfigurationError(msg)
    return cells


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            msg = f"{path}: larger than 20 MB: this is no study"
            raise ConfigurationError(msg)
        return path.read_text("utf-8-sig")
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise ConfigurationError(msg) from None
    except UnicodeDecodeError:
        msg = f"{path}: {_NOT_UTF_8}"
        raise ConfigurationError(msg) from None


def _number(path: Path, at: int, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) <= _LARGEST:
        msg = f"{path}, line {at}: value {text!r} is no number; write it as 12.345"
        raise ConfigurationError(msg)
    return value


def _decision(path: Path, at: int, column: str, text: str) -> bool:
    decision = _DECISIONS.get(text.lower())
    if decision is None:
        msg = f"{path}, line {at}: {column} {text!r} is neither pass nor fail"
        raise ConfigurationError(msg)
    return decision
