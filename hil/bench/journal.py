"""The journal as an outsider reads it, while the service writes it and afterwards."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bench.record import JournalRow

# The documents of a long run are too large to be read as a whole.
_ROWS = """SELECT acquisition_id, part_id, decision, (
        SELECT group_concat(json_extract(value, '$.code')) FROM json_each(document, '$.reasons'))
    FROM verdicts WHERE id > ? AND part_id >= ? ORDER BY id"""


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
            found = database.execute(_ROWS, (self._after, first_part)).fetchall()
        return [
            JournalRow(acquisition_id, part_id, decision, tuple(codes.split(",")) if codes else ())
            for acquisition_id, part_id, decision, codes in found
        ]

    def count(self) -> int:
        """How many verdicts there are."""
        with closing(self._open()) as database:
            query = "SELECT count(*) FROM verdicts WHERE id > ?"
            return int(database.execute(query, (self._after,)).fetchone()[0])

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
