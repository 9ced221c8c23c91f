import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from inspectd.core.errors import JournalError
from inspectd.journal import schema
from inspectd.journal.journal import Journal

Open = Callable[..., Journal]


def _run(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def _tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    return names


def test_a_new_file_gets_the_newest_version(open_journal: Open, path: Path) -> None:
    open_journal()
    connection = sqlite3.connect(path)
    versions = connection.execute("SELECT schema_version FROM meta").fetchall()
    connection.close()
    assert versions == [(schema.SCHEMA_VERSION,)]


def test_a_journal_of_a_newer_inspectd_is_refused_and_left_alone(
    open_journal: Open, path: Path
) -> None:
    open_journal().stop()
    _run(path, "UPDATE meta SET schema_version = 99")
    with pytest.raises(JournalError, match="schema version 99") as refused:
        open_journal()
    assert str(path) in str(refused.value)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT schema_version FROM meta").fetchone() == (99,)
    connection.close()


def test_the_database_of_another_program_is_refused_and_left_alone(
    open_journal: Open, path: Path
) -> None:
    _run(path, "CREATE TABLE recipes (name TEXT)")
    with pytest.raises(JournalError, match="some other program"):
        open_journal()
    assert _tables(path) == {"recipes"}


def test_a_refused_start_lets_go_of_the_lock(open_journal: Open, path: Path) -> None:
    _run(path, "CREATE TABLE recipes (name TEXT)")
    with pytest.raises(JournalError):
        open_journal()
    path.unlink()
    assert open_journal().backlog() == 0


def test_a_migration_that_fails_leaves_nothing_behind(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (("CREATE TABLE meta (x)", "NONSENSE"),))
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        schema.migrate(connection)
    connection.close()
    assert _tables(path) == set()


def test_an_older_journal_is_brought_up_to_date_with_its_rows(
    open_journal: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_journal().stop()
    later = (*schema.MIGRATIONS, ("CREATE TABLE pictures (id INTEGER PRIMARY KEY)",))
    monkeypatch.setattr(schema, "MIGRATIONS", later)
    monkeypatch.setattr(schema, "SCHEMA_VERSION", len(later))
    open_journal().stop()
    assert {"verdicts", "pictures"} <= _tables(path)
    open_journal().stop()


def test_what_was_delivered_before_retention_counted_running_time_is_kept_its_whole_time_again(
    open_journal: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 1)
    connection = sqlite3.connect(path, isolation_level=None)
    schema.migrate(connection)
    connection.close()
    _run(
        path,
        "INSERT INTO verdicts VALUES (1, 'b', 1, 1, 1, 1, 'PASS', '', '{}')",
        "INSERT INTO outbox VALUES (1, 1, 1700)",
    )
    monkeypatch.undo()
    journal = open_journal(retention_days=1)
    assert journal.sequences("b") == [1]
    journal.stop()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT done_at_s FROM outbox").fetchall() == [(0,)]
    connection.close()
