"""The journal's tables, as a list of migrations: entry n brings version n to version n + 1."""

import sqlite3
from datetime import UTC, datetime

from inspectd.core.errors import JournalError

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE meta (schema_version INTEGER NOT NULL, created_at TEXT NOT NULL)",
        # AUTOINCREMENT: an id is never used twice, even after retention emptied the table.
        """CREATE TABLE verdicts (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            boot_id TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            acquisition_id INTEGER NOT NULL,
            part_id INTEGER NOT NULL,
            lot_id INTEGER NOT NULL,
            decision TEXT NOT NULL,
            created_at TEXT NOT NULL,
            document TEXT NOT NULL,
            UNIQUE (boot_id, sequence))""",
        """CREATE TABLE outbox (
            id INTEGER PRIMARY KEY REFERENCES verdicts (id),
            committed_ns INTEGER NOT NULL,
            done_at_s INTEGER)""",
        "CREATE INDEX outbox_pending ON outbox (id) WHERE done_at_s IS NULL",
        "CREATE INDEX outbox_done ON outbox (done_at_s) WHERE done_at_s IS NOT NULL",
    ),
    (
        # What was delivered ages by the journal's own running time: a wall clock that starts in
        # 1970, or leaps to 2099, must not make all of it old at once.
        "ALTER TABLE meta ADD COLUMN ran_s INTEGER NOT NULL DEFAULT 0",
        "UPDATE outbox SET done_at_s = 0 WHERE done_at_s IS NOT NULL",
    ),
)
SCHEMA_VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to `SCHEMA_VERSION`, all or nothing.

    Raises JournalError for a file that is not a journal or is from a newer inspectd, and
    sqlite3.Error.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)
        for steps in MIGRATIONS[version:]:
            for step in steps:
                connection.execute(step)
        _set_version(connection, version)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection) -> int:
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if not tables:
        return 0
    row = "meta" in tables and connection.execute("SELECT schema_version FROM meta").fetchone()
    if not row:
        msg = "it is a database of some other program: give the journal a path of its own"
        raise JournalError(msg)
    if row[0] > SCHEMA_VERSION:
        msg = (
            f"it has schema version {row[0]}, this inspectd knows up to {SCHEMA_VERSION}:"
            " run the newer inspectd, or give this one another path"
        )
        raise JournalError(msg)
    return int(row[0])


def _set_version(connection: sqlite3.Connection, found: int) -> None:
    if found == 0:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        connection.execute(
            "INSERT INTO meta (schema_version, created_at) VALUES (?, ?)", (SCHEMA_VERSION, now)
        )
    else:
        connection.execute("UPDATE meta SET schema_version = ?", (SCHEMA_VERSION,))
