import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from inspectd.core.errors import JournalError
from inspectd.core.verdict import Verdict
from inspectd.core.verdict_json import verdict_json
from inspectd.journal.journal import Journal
from inspectd.journal.store import Record

Make = Callable[..., Verdict]
Open = Callable[..., Journal]
_TIMEOUT_S = 60.0


@contextmanager
def _held_by_a_stranger(path: Path) -> Iterator[None]:
    """Somebody's sqlite3 shell in the middle of a transaction."""
    stranger = sqlite3.connect(path, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        stranger.close()


def _commit(journal: Journal, make: Make, *sequences: int) -> None:
    for future in [journal.commit(make(sequence=sequence)) for sequence in sequences]:
        future.result(_TIMEOUT_S)


def _pending(journal: Journal) -> list[int]:
    return [row.sequence for row in journal.pending(0, 1_000)]


def test_a_committed_verdict_waits_in_the_outbox_as_its_document(
    journal: Journal, make_verdict: Make
) -> None:
    verdict = make_verdict(sequence=5)
    journal.commit(verdict).result(_TIMEOUT_S)
    (row,) = journal.pending(0, 10)
    assert (row.boot_id, row.sequence, row.recovered) == ("boot-1", 5, False)
    assert row.document == verdict_json(verdict)


def test_rows_wait_in_the_order_of_their_commits(journal: Journal, make_verdict: Make) -> None:
    _commit(journal, make_verdict, 3, 1, 2)
    assert _pending(journal) == [3, 1, 2]


def test_pending_goes_on_after_a_row_and_stops_at_a_limit(
    journal: Journal, make_verdict: Make
) -> None:
    _commit(journal, make_verdict, *range(1, 8))
    first = journal.pending(0, 3)
    assert [row.sequence for row in first] == [1, 2, 3]
    assert [row.sequence for row in journal.pending(first[-1].row_id, 3)] == [4, 5, 6]


def test_a_burst_is_written_whole(journal: Journal, make_verdict: Make) -> None:
    _commit(journal, make_verdict, *range(1, 201))
    assert _pending(journal) == list(range(1, 201))
    assert journal.status().committed == 200


def test_a_sequence_committed_twice_is_refused_without_harm_to_its_neighbours(
    journal: Journal, make_verdict: Make, path: Path
) -> None:
    with _held_by_a_stranger(path):  # so that all three go into one transaction
        futures = [journal.commit(make_verdict(sequence=sequence)) for sequence in (1, 1, 2)]
    assert [type(future.exception(_TIMEOUT_S)) for future in futures] == [
        type(None),
        JournalError,
        type(None),
    ]
    assert _pending(journal) == [1, 2]
    assert journal.backlog() == 2


def test_the_same_sequence_of_another_boot_is_another_verdict(
    journal: Journal, make_verdict: Make
) -> None:
    for boot_id in ("boot-1", "boot-2"):
        journal.commit(make_verdict(boot_id=boot_id)).result(_TIMEOUT_S)
    assert journal.backlog() == 2


def test_a_verdict_that_cannot_become_json_fails_alone(
    journal: Journal, make_verdict: Make, path: Path
) -> None:
    with _held_by_a_stranger(path):
        bad = journal.commit(make_verdict(sequence=1, stages_ms={"texture": object()}))
        good = journal.commit(make_verdict(sequence=2))
    assert isinstance(bad.exception(_TIMEOUT_S), JournalError)
    assert good.exception(_TIMEOUT_S) is None
    assert journal.status().failed == 1


def test_a_row_that_is_done_is_never_pending_again(journal: Journal, make_verdict: Make) -> None:
    _commit(journal, make_verdict, 1, 2, 3)
    journal.done([journal.pending(0, 1)[0].row_id])
    assert _pending(journal) == [2, 3]


def test_rows_that_are_being_ticked_off_do_not_hide_later_ones(
    journal: Journal, make_verdict: Make, path: Path
) -> None:
    _commit(journal, make_verdict, *range(1, 11))
    with _held_by_a_stranger(path):
        journal.done([row.row_id for row in journal.pending(0, 5)])
        assert [row.sequence for row in journal.pending(0, 3)] == [6, 7, 8]


def test_done_rows_stay_done_and_the_others_are_recovered_by_the_next_run(
    open_journal: Open, make_verdict: Make
) -> None:
    first = open_journal()
    _commit(first, make_verdict, 1, 2, 3)
    first.done([first.pending(0, 1)[0].row_id])
    first.stop()
    second = open_journal()
    _commit(second, make_verdict, 4)
    assert [(row.sequence, row.recovered) for row in second.pending(0, 10)] == [
        (2, True),
        (3, True),
        (4, False),
    ]
    assert second.backlog() == 3


def test_the_backlog_counts_what_is_not_done(
    journal: Journal, make_verdict: Make, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    _commit(journal, make_verdict, 1, 2, 3)
    assert journal.backlog() == 3
    row_id = journal.pending(0, 1)[0].row_id
    journal.done([row_id])
    eventually(lambda: journal.backlog() == 2)
    journal.done([row_id])
    _commit(journal, make_verdict, 4)
    assert journal.backlog() == 3


def test_stop_writes_what_was_handed_over(open_journal: Open, make_verdict: Make) -> None:
    journal = open_journal()
    futures = [journal.commit(make_verdict(sequence=sequence)) for sequence in range(1, 101)]
    journal.stop()
    assert all(future.done() and future.exception() is None for future in futures)
    assert _pending(open_journal()) == list(range(1, 101))


def test_a_commit_after_stop_is_an_error(journal: Journal, make_verdict: Make) -> None:
    journal.stop()
    assert isinstance(journal.commit(make_verdict()).exception(0), JournalError)


def test_reading_after_stop_is_an_error(journal: Journal) -> None:
    journal.stop()
    with pytest.raises(JournalError, match=r"journal\.sqlite"):
        journal.pending(0, 1)


def test_a_commit_cannot_be_cancelled(journal: Journal, make_verdict: Make, path: Path) -> None:
    with _held_by_a_stranger(path):
        future = journal.commit(make_verdict())
        assert not future.cancel()
    assert future.result(_TIMEOUT_S) is None


def test_a_full_queue_refuses_at_once(open_journal: Open, make_verdict: Make, path: Path) -> None:
    journal = open_journal(queue_depth=2)
    with _held_by_a_stranger(path):
        # One group of two may be with the writer, and on a slow machine it may have failed some
        # already; a queue of two is full long before a hundred.
        futures = []
        for sequence in range(1, 101):
            futures.append(journal.commit(make_verdict(sequence=sequence)))
            if futures[-1].done():
                break
        assert isinstance(futures[-1].exception(0), JournalError)
        assert "wait for the disk" in str(futures[-1].exception(0))
        assert journal.status().queued <= 2
    durable = [number for number, future in enumerate(futures, 1) if not future.exception(10)]
    assert _pending(journal) == durable


def test_a_file_locked_by_a_stranger_is_an_error_that_passes(
    journal: Journal, make_verdict: Make, path: Path
) -> None:
    with _held_by_a_stranger(path):
        error = journal.commit(make_verdict(sequence=1)).exception(_TIMEOUT_S)
    assert isinstance(error, JournalError)
    assert str(path) in str(error)
    assert "close that program" in str(error)
    _commit(journal, make_verdict, 2)
    assert _pending(journal) == [2]
    assert journal.status().last_error == str(error)


def test_ticks_refused_by_a_locked_file_are_told_and_tried_again(
    journal: Journal,
    make_verdict: Make,
    path: Path,
    eventually: Callable[[Callable[[], bool]], None],
) -> None:
    _commit(journal, make_verdict, 1)
    with _held_by_a_stranger(path), capture_logs() as logs:
        journal.done([journal.pending(0, 1)[0].row_id])
        eventually(lambda: "journal_upkeep_failed" in [entry["event"] for entry in logs])
        assert "locked" in journal.status().last_error
        assert _pending(journal) == []
    eventually(lambda: journal.backlog() == 0)


def test_a_tick_that_comes_while_others_are_written_is_not_forgotten(
    journal: Journal,
    make_verdict: Make,
    eventually: Callable[[Callable[[], bool]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _commit(journal, make_verdict, 1, 2)
    first, second = (row.row_id for row in journal.pending(0, 2))
    write = journal._writer.write

    def interrupted(records: list[Record], done: frozenset[int]) -> tuple[list[bool], int]:
        if done == {first}:
            journal.done([second])
        return write(records, done)

    monkeypatch.setattr(journal._writer, "write", interrupted)
    journal.done([first])
    eventually(lambda: journal.backlog() == 0)


def test_ticks_that_fail_for_long_do_not_keep_the_writer_busy(
    journal: Journal,
    make_verdict: Make,
    path: Path,
    eventually: Callable[[Callable[[], bool]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _commit(journal, make_verdict, 1)
    attempts: list[int] = []
    write = journal._writer.write

    def counted(records: list[Record], done: frozenset[int]) -> tuple[list[bool], int]:
        attempts.append(len(done))
        return write(records, done)

    monkeypatch.setattr(journal._writer, "write", counted)
    with _held_by_a_stranger(path):
        journal._prune_at_s = 0.0
        journal.done([1])
        eventually(lambda: journal.status().last_error.count("locked") > 0)
        journal._prune_at_s = 0.0
    eventually(lambda: journal.backlog() == 0)
    assert len(attempts) == 2


def test_a_second_service_is_refused_and_told_who_has_it(
    journal: Journal, open_journal: Open, path: Path
) -> None:
    assert journal.backlog() == 0
    with pytest.raises(JournalError, match=r"another inspectd \(process \d+\)") as refused:
        open_journal()
    assert str(path) in str(refused.value)


def test_the_sequences_of_one_run_can_be_listed(journal: Journal, make_verdict: Make) -> None:
    _commit(journal, make_verdict, 2, 1)
    journal.commit(make_verdict(boot_id="other", sequence=9)).result(_TIMEOUT_S)
    assert journal.sequences("boot-1") == [1, 2]


def test_the_columns_agree_with_the_document(
    journal: Journal, make_verdict: Make, path: Path
) -> None:
    _commit(journal, make_verdict, 1)
    with sqlite3.connect(path) as stranger:
        row = stranger.execute(
            "SELECT boot_id, sequence, acquisition_id, part_id, lot_id, decision, created_at,"
            " document FROM verdicts"
        ).fetchone()
    stranger.close()
    document = json.loads(row[-1])
    head = ("boot_id", "sequence", "acquisition_id", "part_id", "lot_id", "decision", "created_at")
    assert list(row[:-1]) == [document[key] for key in head]


def test_verdicts_delivered_long_ago_go_and_all_others_stay(
    open_journal: Open,
    make_verdict: Make,
    path: Path,
    eventually: Callable[[Callable[[], bool]], None],
) -> None:
    first = open_journal(queue_depth=300)
    _commit(first, make_verdict, *range(1, 301))
    first.stop()
    with sqlite3.connect(path) as stranger:
        stranger.execute("UPDATE meta SET ran_s = 200000")
        stranger.execute("UPDATE outbox SET done_at_s = 1 WHERE id <= 250")
        stranger.execute("UPDATE outbox SET done_at_s = 199990 WHERE id BETWEEN 251 AND 260")
    stranger.close()
    second = open_journal(retention_days=1)
    eventually(lambda: second.status().pruned == 250)
    assert second.sequences("boot-1") == list(range(251, 301))
    assert second.backlog() == 40
    _commit(second, make_verdict, 301)
    assert second.pending(0, 100)[-1].row_id == 301


def test_a_clock_that_leaps_makes_no_verdict_old(
    open_journal: Open,
    make_verdict: Make,
    eventually: Callable[[Callable[[], bool]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As on a host whose battery is empty: it starts in 1970, and then hears of the real time.
    monkeypatch.setattr(time, "time", lambda: 100.0)
    journal = open_journal(retention_days=1)
    _commit(journal, make_verdict, 1, 2, 3)
    journal.done([1, 2, 3])
    eventually(lambda: journal.backlog() == 0)
    monkeypatch.setattr(time, "time", lambda: 1.8e9)
    pruned: list[int] = []
    prune = journal._writer.prune

    def watched(keep_s: int, limit: int) -> int:
        pruned.append(prune(keep_s, limit))
        return pruned[-1]

    monkeypatch.setattr(journal._writer, "prune", watched)
    journal._prune_at_s = 0.0
    journal.done([1])
    eventually(lambda: pruned != [])
    assert set(pruned) == {0}
    assert journal.sequences("boot-1") == [1, 2, 3]


def test_the_time_that_it_ran_is_kept_over_a_restart(open_journal: Open, path: Path) -> None:
    first = open_journal()
    first._writer._started_s -= 5_000.0
    first.stop()
    second = open_journal()
    second._writer._started_s -= 1_000.0
    second.stop()
    with sqlite3.connect(path) as stranger:
        (ran_s,) = stranger.execute("SELECT ran_s FROM meta").fetchone()
    stranger.close()
    assert 6_000 <= ran_s < 6_000 + _TIMEOUT_S
