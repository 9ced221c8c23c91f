"""What disks do to a journal, and what a process that dies leaves of it."""

import os
import pickle
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inspectd.core.errors import JournalError
from inspectd.core.verdict import Verdict
from inspectd.journal.journal import Journal
from inspectd.settings.journal import JournalSettings

Make = Callable[..., Verdict]
Open = Callable[..., Journal]
_COMMITTER = Path(__file__).with_name("committer.py")
_TIMEOUT_S = 30.0


@contextmanager
def _committer(
    path: Path, verdict: Verdict, count: int, *before: str
) -> "Iterator[subprocess.Popen[bytes]]":
    arguments = [*before, sys.executable, str(_COMMITTER), str(path), "doomed", str(count)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(pickle.dumps(verdict))
        process.stdin.close()
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("lines", [1, 7, 40, 150])
def test_what_was_said_to_be_durable_survives_a_kill(
    lines: int, open_journal: Open, make_verdict: Make, path: Path
) -> None:
    with _committer(path, make_verdict(), 1_000_000) as process:
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(lines)]
        process.kill()
        # The last line may be cut in two, and then means nothing.
        said += [int(line) for line in process.stdout if line.endswith(b"\n")]
    journal = open_journal()
    rows = journal.pending(0, 1_000_000)
    kept = [row.sequence for row in rows]
    assert all(row.recovered for row in rows)
    # Nothing said is lost, nothing is there twice, and there is no hole: order is kept.
    assert kept == list(range(1, len(kept) + 1))
    assert set(said) <= set(kept)
    assert journal.sequences("doomed") == kept
    journal.commit(make_verdict()).result(_TIMEOUT_S)


def test_every_verdict_waits_for_the_disk_itself_and_not_only_for_its_cache(
    open_journal: Open, make_verdict: Make, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    # No test can cut the power: SQLite's word for it is "FULL" (sqlite.org, PRAGMA synchronous).
    journal = open_journal()
    said: list[str] = []
    journal._writer._connection.set_trace_callback(said.append)
    for sequence in (1, 2):
        journal.commit(make_verdict(sequence=sequence)).result(_TIMEOUT_S)
        journal.done([journal.pending(0, 1)[0].row_id])
        eventually(lambda: journal.backlog() == 0)
    inserts = [number for number, sql in enumerate(said) if sql.startswith("INSERT INTO verdicts")]
    levels = [[sql for sql in said[:number] if "synchronous" in sql][-1] for number in inserts]
    assert levels == ["PRAGMA synchronous = FULL"] * 2


def test_the_log_is_laid_out_at_the_start_and_never_grows(
    open_journal: Open, make_verdict: Make, path: Path
) -> None:
    journal = open_journal()
    log = path.with_name(path.name + "-wal")
    laid_out = log.stat().st_size
    assert laid_out >= 512 * 4096
    for sequence in range(1, 251):
        journal.commit(make_verdict(sequence=sequence)).result(_TIMEOUT_S)
    assert log.stat().st_size == laid_out


def test_a_write_that_breaks_off_leaves_nothing_behind_and_the_next_one_works(
    open_journal: Open, make_verdict: Make
) -> None:
    journal = open_journal()
    too_large = journal.commit(make_verdict(lot_id=2**64))
    assert isinstance(too_large.exception(_TIMEOUT_S), JournalError)
    journal.commit(make_verdict(sequence=2)).result(_TIMEOUT_S)
    assert [row.sequence for row in journal.pending(0, 9)] == [2]


def test_a_full_disk_is_an_error_with_its_remedy_and_passes_when_there_is_room(
    open_journal: Open, make_verdict: Make
) -> None:
    journal = open_journal()
    pages = journal._writer._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._writer._connection.execute(f"PRAGMA max_page_count = {pages}")
    futures = [journal.commit(make_verdict(sequence=sequence)) for sequence in range(1, 101)]
    errors = {str(future.exception(_TIMEOUT_S)) for future in futures if future.exception()}
    (message,) = errors
    assert "database or disk is full: free space on its disk" in message
    journal._writer._connection.execute("PRAGMA max_page_count = 100000")
    journal.commit(make_verdict(sequence=101)).result(_TIMEOUT_S)
    durable = [number for number, future in enumerate(futures, 1) if not future.exception()]
    assert [row.sequence for row in journal.pending(0, 200)] == [*durable, 101]


def test_a_file_system_without_room_refuses_verdicts_and_keeps_those_it_took(
    open_journal: Open, make_verdict: Make, tmp_path: Path, path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = f"mount -t tmpfs -o size=256k tmpfs {small}"
    unshare = ("unshare", "--mount", "--map-root-user", "sh", "-c")
    if subprocess.run([*unshare, mount], check=False, capture_output=True).returncode:
        pytest.skip("this host lets nobody mount a small file system")
    inside = (*unshare, f'{mount} && "$@" && cp {small}/journal.sqlite* {tmp_path}', "sh")
    with _committer(small / "journal.sqlite", make_verdict(), 400, *inside) as process:
        assert process.stdout is not None
        output = process.stdout.read().decode().splitlines()
        assert process.wait(_TIMEOUT_S) == 0
    errors = [line for line in output if not line.isdigit()]
    durable = [int(line) for line in output if line.isdigit()]
    assert errors
    assert all(str(small) in line and "disk" in line for line in errors)
    assert open_journal().sequences("doomed") == durable
    assert path.exists()


def test_a_file_that_is_no_database_is_refused(open_journal: Open, path: Path) -> None:
    path.write_bytes(b"not a journal " * 1000)
    with pytest.raises(JournalError, match="move it aside") as refused:
        open_journal()
    assert str(path) in str(refused.value)
    assert path.read_bytes().startswith(b"not a journal")


def test_damage_met_while_running_is_an_error_and_never_a_silent_loss(
    open_journal: Open, make_verdict: Make, path: Path
) -> None:
    open_journal().stop()
    page = 4096
    damaged = bytearray(path.read_bytes())
    damaged[page:] = os.urandom(len(damaged) - page)
    path.write_bytes(damaged)
    with pytest.raises(JournalError, match="move it aside"):
        open_journal().commit(make_verdict()).result(_TIMEOUT_S)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere" / "journal.sqlite"
    with pytest.raises(JournalError, match="folder must exist") as refused:
        Journal(JournalSettings(path=missing)).start()
    assert str(missing) in str(refused.value)


def test_a_folder_that_takes_no_files_is_named() -> None:
    # Not even root may make files there.
    with pytest.raises(JournalError, match=r"/proc/journal\.sqlite: .*writable for this user"):
        Journal(JournalSettings(path=Path("/proc/journal.sqlite"))).start()


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").mkdir()
    with pytest.raises(JournalError, match=r"journal\.sqlite: it is a folder"):
        Journal(JournalSettings(path=tmp_path / "journal.sqlite")).start()
    assert [path.name for path in tmp_path.iterdir()] == ["journal.sqlite"]


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="the sqlite3 shell is not installed")
def test_a_person_may_read_along(open_journal: Open, make_verdict: Make, path: Path) -> None:
    journal = open_journal()
    journal.commit(make_verdict()).result(_TIMEOUT_S)
    query = "SELECT document ->> '$.decision' FROM verdicts"
    shell = subprocess.run(
        ["sqlite3", path, query], check=True, capture_output=True, text=True, timeout=_TIMEOUT_S
    )
    assert shell.stdout == "FAIL\n"


def test_the_library_can_read_along_too(open_journal: Open, make_verdict: Make, path: Path) -> None:
    open_journal().commit(make_verdict()).result(_TIMEOUT_S)
    stranger = sqlite3.connect(path)
    assert stranger.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    stranger.close()
