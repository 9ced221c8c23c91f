"""What the journal gives up when its file has become too large: in bites, between two verdicts.

First delivered verdicts, oldest first: others have them. Then, of those that still wait for the
broker, the outlines of the defects, which are only there to be drawn and are most of a document.
A verdict that waits is never given up.
"""

import sqlite3
from dataclasses import dataclass

from inspectd.core.verdict_json import without_outlines

_BITE = 100
_COLUMNS = "id, boot_id, sequence, acquisition_id, part_id, lot_id, decision, created_at, document"


@dataclass(frozen=True, slots=True)
class Bite:
    """What one bite took."""

    delivered: int = 0
    outlines: int = 0

    @property
    def something(self) -> bool:
        """Whether there may be more to take."""
        return bool(self.delivered or self.outlines)


class Diet:
    """Keeps one database below a size. Used by the thread that writes. Raises sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection, most_bytes: int) -> None:
        self._connection = connection
        self._most_bytes = most_bytes
        # Rows up to here have no outlines any more, or never had.
        self._bare_up_to = 0

    def bite(self) -> Bite:
        """Give up a little, if the file is too large; nothing otherwise."""
        if self._used_bytes() <= self._most_bytes:
            return Bite()
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            bite = self._delivered()
            if not bite.something:
                bite = self._outlines()
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return bite

    def _used_bytes(self) -> int:
        """Pages that hold something; those that were freed are filled again first."""
        pages, free, size = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    def _delivered(self) -> Bite:
        ids = self._connection.execute(
            "SELECT id FROM outbox INDEXED BY outbox_done"
            " WHERE done_at_s IS NOT NULL ORDER BY done_at_s, id LIMIT ?",
            (_BITE,),
        ).fetchall()
        self._connection.executemany("DELETE FROM outbox WHERE id = ?", ids)
        self._connection.executemany("DELETE FROM verdicts WHERE id = ?", ids)
        return Bite(delivered=len(ids))

    def _outlines(self) -> Bite:
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM verdicts WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608 - own text
            (self._bare_up_to, _BITE),
        ).fetchall()
        bare = [
            (*rest, document.decode())
            for *rest, text in rows
            if (document := without_outlines(text.encode())) is not None
        ]
        # Not an UPDATE: SQLite would leave each short row alone on the page that the long one had
        # filled, and no page would be free. The outbox refers to the rows meanwhile.
        self._connection.execute("PRAGMA defer_foreign_keys = ON")
        self._connection.executemany(
            "DELETE FROM verdicts WHERE id = ?", [(row[0],) for row in bare]
        )
        self._connection.executemany(
            f"INSERT INTO verdicts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - own text
            bare,
        )
        if rows:
            self._bare_up_to = rows[-1][0]
        return Bite(outlines=len(bare))
