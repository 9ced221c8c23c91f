"""The database file: opened, written by one thread, read by another. All SQL but the schema's."""

import contextlib
import shutil
import sqlite3
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from inspectd.core.errors import JournalError
from inspectd.core.outbox import OutboxRow
from inspectd.core.verdict import Verdict
from inspectd.journal.diet import Bite, Diet
from inspectd.journal.schema import migrate

# A commit that extends the log waits for the file system's own journal as well: measured on an
# ext4 disk, 99 of 100 commits took up to 5.5 ms in a growing log and 1.2 ms in one laid out before.
_LOG_PAGES = 512
_PAGE_BYTES = 4096
_SPARE_TIMES = 16
# What fits into it, at about six pages of 4 KiB a verdict.
_CHECKPOINT_AFTER = 64
# How long a write waits for a stranger (a backup, a person with the sqlite3 shell).
_BUSY_S = 0.5

_INSERT_VERDICT = """INSERT INTO verdicts
    (boot_id, sequence, acquisition_id, part_id, lot_id, decision, created_at, document)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_PENDING = """SELECT outbox.id, boot_id, sequence, document, committed_ns
    FROM outbox INDEXED BY outbox_pending JOIN verdicts ON verdicts.id = outbox.id
    WHERE done_at_s IS NULL AND outbox.id > ? ORDER BY outbox.id LIMIT ?"""

_STORE_RAN = "UPDATE meta SET ran_s = ?"


@dataclass(frozen=True, slots=True)
class Record:
    """A verdict and its document, ready to be written."""

    verdict: Verdict
    document: bytes


class Writer:
    """The one connection that writes. Called by one thread after `open`. Raises sqlite3.Error."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        # Opened by the thread that starts the journal, used by its writer alone from then on.
        self._connection = _connect(path, "rwc")
        self._diet = Diet(self._connection, most_bytes)
        self._since_checkpoint = 0
        self._started_s = time.monotonic()
        self._ran_before_s = 0
        try:
            self._configure(path)
        except BaseException:
            self._connection.close()
            raise

    def _configure(self, path: Path) -> None:
        mode = self._connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            msg = f"its disk allows no write-ahead log (mode {mode}): use a local disk"
            raise JournalError(msg)
        self._connection.execute("PRAGMA foreign_keys = ON")
        migrate(self._connection)
        self._ran_before_s = self._connection.execute("SELECT ran_s FROM meta").fetchone()[0]
        # SQLite would do it inside a commit, and a verdict would wait for it.
        self._connection.execute("PRAGMA wal_autocheckpoint = 0")
        self._lay_out_log(path)

    def _lay_out_log(self, path: Path) -> None:
        """Write the log's length once, unless the disk is too small to spare it."""
        if shutil.disk_usage(path.parent).free < _SPARE_TIMES * _LOG_PAGES * _PAGE_BYTES:
            return
        connection = self._connection
        connection.execute("PRAGMA synchronous = OFF")
        # A number that nobody reads: SQLite writes no page for an update that changes nothing.
        for number in range(_LOG_PAGES):
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_checkpoint(RESTART)")

    def tidy(self) -> None:
        """Copy the log into the file when it is due; between two writes, never inside one."""
        if self._since_checkpoint >= _CHECKPOINT_AFTER:
            self._since_checkpoint = 0
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def outbox_state(self) -> tuple[int, int]:
        """How many rows wait, and the highest id so far."""
        connection = self._connection
        count = connection.execute(
            "SELECT count(*) FROM outbox INDEXED BY outbox_pending WHERE done_at_s IS NULL"
        ).fetchone()[0]
        last = connection.execute("SELECT coalesce(max(id), 0) FROM verdicts").fetchone()[0]
        return count, last

    def write(self, records: Sequence[Record], done: Collection[int]) -> tuple[list[bool], int]:
        """Verdicts with their outbox rows, and rows ticked off, in one transaction.

        Returns for each record whether it is now durable (False: its boot id and sequence are
        there already), and how many rows were ticked off. Raises with nothing written.
        """
        # A tick lost in a power cut only sends twice; a verdict must be on the disk.
        self._begin(durable=bool(records))
        self._since_checkpoint += 1
        try:
            written = [self._insert(record) for record in records]
            ticked = self._tick(done)
            self._connection.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        return written, ticked

    def prune(self, keep_s: int, limit: int) -> int:
        """Delete up to `limit` verdicts delivered longer ago than that; how many.

        Counted in the time that journals ran on this file, which is stored here.
        """
        now_s = self._ran_s()
        self._begin(durable=False)
        self._since_checkpoint += 1
        try:
            self._connection.execute(_STORE_RAN, (now_s,))
            ids = self._connection.execute(
                "SELECT id FROM outbox INDEXED BY outbox_done"
                " WHERE done_at_s < ? ORDER BY done_at_s LIMIT ?",
                (now_s - keep_s, limit),
            ).fetchall()
            self._connection.executemany("DELETE FROM outbox WHERE id = ?", ids)
            self._connection.executemany("DELETE FROM verdicts WHERE id = ?", ids)
            self._connection.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        return len(ids)

    def slim(self) -> Bite:
        """Give a little up where the file has become too large."""
        bite = self._diet.bite()
        self._since_checkpoint += bite.something
        return bite

    def close(self) -> None:
        """Store how long it ran, fold the log into the file and let go of it."""
        with contextlib.suppress(sqlite3.Error):
            # Unstored, verdicts are only kept a minute longer.
            self._connection.execute(_STORE_RAN, (self._ran_s(),))
        self._connection.close()

    def _ran_s(self) -> int:
        """For how long journals have run on this file, s."""
        return self._ran_before_s + int(time.monotonic() - self._started_s)

    def _begin(self, *, durable: bool) -> None:
        self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        self._connection.execute("BEGIN IMMEDIATE")

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _insert(self, record: Record) -> bool:
        verdict = record.verdict
        row = (
            verdict.boot_id,
            verdict.sequence,
            verdict.acquisition_id,
            verdict.part_id,
            verdict.lot_id,
            verdict.decision.name,
            verdict.created_at,
            record.document.decode(),
        )
        try:
            row_id = self._connection.execute(_INSERT_VERDICT, row).lastrowid
        except sqlite3.IntegrityError:
            return False
        self._connection.execute(
            "INSERT INTO outbox (id, committed_ns) VALUES (?, ?)", (row_id, time.monotonic_ns())
        )
        return True

    def _tick(self, done: Collection[int]) -> int:
        now_s = self._ran_s()
        return self._connection.executemany(
            "UPDATE outbox SET done_at_s = ? WHERE id = ? AND done_at_s IS NULL",
            [(now_s, row_id) for row_id in done],
        ).rowcount


class Reader:
    """A read-only connection beside the writer's; any thread. Raises sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        self._connection = _connect(path, "ro")
        self._lock = threading.Lock()

    def pending(self, after_row_id: int, limit: int, recovered_up_to: int) -> list[OutboxRow]:
        """As `Outbox.pending`; rows up to `recovered_up_to` are an earlier run's."""
        with self._lock:
            rows = self._connection.execute(_PENDING, (after_row_id, limit)).fetchall()
        return [
            OutboxRow(row_id, boot_id, sequence, text.encode(), ns, row_id <= recovered_up_to)
            for row_id, boot_id, sequence, text, ns in rows
        ]

    def sequences(self, boot_id: str) -> list[int]:
        """The sequence of every verdict kept of one run, ascending."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT sequence FROM verdicts WHERE boot_id = ? ORDER BY sequence", (boot_id,)
            ).fetchall()
        return [row[0] for row in rows]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        timeout=_BUSY_S,
        isolation_level=None,
        check_same_thread=False,
    )
