"""The journal as an outsider reads it, while the service writes it and afterwards."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.record import JournalRow

_ROWS = """SELECT id, document FROM verdicts
    WHERE id > ? AND part_id BETWEEN ? AND ? ORDER BY id"""
_LARGEST = 2**32 - 1


class JournalView:
    """Reads only what was written after `begin`: a bench's journal may hold earlier runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._after = 0

    def begin(self) -> None:
        """Call it once the service runs, and before the first part."""
        with closing(self._open()) as database:
            query = "SELECT coalesce(max(id), 0) FROM verdicts"
            self._after = int(database.execute(query).fetchone()[0])

    def rows(self, first_part: int = 0) -> list[JournalRow]:
        """Every verdict from that part on, in order."""
        with closing(self._open()) as database:
            found = database.execute(_ROWS, (self._after, first_part, _LARGEST)).fetchall()
        return [_row(json.loads(document)) for _, document in found]

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)


def _row(verdict: dict[str, Any]) -> JournalRow:
    codes = tuple(reason["code"] for reason in verdict["reasons"])
    return JournalRow(verdict["acquisition_id"], verdict["part_id"], verdict["decision"], codes)
