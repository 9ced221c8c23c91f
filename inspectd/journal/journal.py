"""The verdict journal: one writer thread between the supervisor and the disk."""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import structlog

from inspectd.core.errors import JournalError
from inspectd.core.outbox import OutboxRow
from inspectd.core.verdict import Verdict
from inspectd.core.verdict_json import verdict_json
from inspectd.journal.lock import FileLock
from inspectd.journal.remedies import journal_error
from inspectd.journal.store import Reader, Record, Writer
from inspectd.settings.journal import JournalSettings

# Retention works in the writer's idle time, in bites that a verdict can wait for.
_PRUNE_EVERY_S = 60.0
_PRUNE_ROWS = 100
_PRUNE_AGAIN_S = 0.05
# Ticks that a full disk refused are tried again with the next verdict, or after this.
_RETRY_TICKS_S = 1.0
# What one transaction takes at most: a burst must not keep its first verdict waiting.
_GROUP = 32
_DAY_S = 86_400

_log = structlog.get_logger("journal")


@dataclass(frozen=True, slots=True)
class JournalStatus:
    """Totals since `start`, and what waits now."""

    committed: int
    failed: int
    queued: int
    backlog: int
    pruned: int
    last_error: str
    # Given up because the file was too large: delivered verdicts, and outlines of waiting ones.
    dropped: int = 0
    outlines_dropped: int = 0


_Commit = tuple[Verdict, "Future[None]"]


class Journal:
    """Verdicts on disk, each with its outbox row in the same transaction. An `Outbox`.

    Order: `start`, any number of other calls from any thread, `stop`; none of them but `start`,
    `pending`, `sequences` and `stop` touches the disk in the caller's thread.
    """

    def __init__(self, settings: JournalSettings) -> None:
        self._settings = settings
        self._path = Path(settings.path)
        self._lock = FileLock(self._path.with_name(self._path.name + ".lock"))
        self._changed = threading.Condition()
        self._commits: deque[_Commit] = deque()
        self._done: set[int] = set()
        self._running = False
        self._committed = self._failed = self._backlog = self._pruned = 0
        self._dropped = self._outlines_dropped = 0
        self._recovered_up_to = 0
        self._last_error = ""
        self._prune_at_s = 0.0
        self._ticks_at_s = 0.0

    def start(self) -> None:
        """Lock, open and migrate the file. Raises JournalError, with path and remedy."""
        try:
            if self._path.is_dir():
                msg = "it is a folder: name a file in it"
                raise JournalError(msg)  # noqa: TRY301 - as every other reason it gets path and remedy below
            self._lock.acquire()
            self._open()
        except (JournalError, OSError, sqlite3.Error) as error:
            self._lock.release()
            raise journal_error(self._path, "open", error) from error
        self._running = True
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def commit(self, verdict: Verdict) -> "Future[None]":
        """Hand a verdict over. Never blocks.

        The future is done when the verdict is on the disk, or has failed with a JournalError;
        it cannot be cancelled.
        """
        future: Future[None] = Future()
        future.set_running_or_notify_cancel()
        with self._changed:
            if not self._running:
                refusal = "it is closed"
            elif len(self._commits) >= self._settings.queue_depth:
                refusal = f"{len(self._commits)} verdicts wait for the disk: look at its load"
            else:
                self._commits.append((verdict, future))
                self._changed.notify()
                return future
        self._fail(JournalError(refusal), [future])
        return future

    def pending(self, after_row_id: int, limit: int) -> list[OutboxRow]:
        """As `Outbox.pending`. Raises JournalError."""
        with self._changed:
            ticked = frozenset(self._done)
        try:
            # Ticks that the writer has not come to yet still look like waiting rows.
            rows = self._reader.pending(after_row_id, limit + len(ticked), self._recovered_up_to)
        except sqlite3.Error as error:
            raise journal_error(self._path, "read", error) from error
        return [row for row in rows if row.row_id not in ticked][:limit]

    def done(self, row_ids: Iterable[int]) -> None:
        """As `Outbox.done`."""
        with self._changed:
            self._done.update(row_ids)
            self._changed.notify()

    def backlog(self) -> int:
        """As `Outbox.backlog`."""
        with self._changed:
            return self._backlog

    def sequences(self, boot_id: str) -> list[int]:
        """The sequence of every verdict kept of one run, ascending. Raises JournalError."""
        try:
            return self._reader.sequences(boot_id)
        except sqlite3.Error as error:
            raise journal_error(self._path, "read", error) from error

    def status(self) -> JournalStatus:
        """Totals so far."""
        with self._changed:
            return JournalStatus(
                self._committed,
                self._failed,
                len(self._commits),
                self._backlog,
                self._pruned,
                self._last_error,
                self._dropped,
                self._outlines_dropped,
            )

    def stop(self) -> None:
        """Write what was handed over, then close the file. Twice is harmless."""
        with self._changed:
            if not self._running:
                return
            self._running = False
            self._changed.notify()
        self._thread.join()
        self._reader.close()
        self._writer.close()
        self._lock.release()

    def _open(self) -> None:
        self._writer = Writer(self._path, self._settings.max_mb * 1_000_000)
        try:
            self._backlog, self._recovered_up_to = self._writer.outbox_state()
            self._reader = Reader(self._path)
        except BaseException:
            self._writer.close()
            raise

    def _run(self) -> None:
        while True:
            commits, done, stopping = self._take()
            if commits or done:
                self._write(commits, done)
            elif not stopping:
                self._prune()
            if stopping:
                return

    def _take(self) -> tuple[list[_Commit], frozenset[int], bool]:
        """Wait for work: verdicts, ticks, whether this is the end; nothing: time to prune."""
        with self._changed:
            self._changed.wait_for(self._has_work, self._idle_s())
            work = self._has_work()
            commits = [self._commits.popleft() for _ in range(min(_GROUP, len(self._commits)))]
            stopping = not self._running and not self._commits
            return commits, frozenset(self._done if work else ()), stopping

    def _has_work(self) -> bool:
        ticks_due = self._done and time.monotonic() >= self._ticks_at_s
        return bool(self._commits or ticks_due or not self._running)

    def _idle_s(self) -> float:
        wake_at_s = min(self._prune_at_s, self._ticks_at_s) if self._done else self._prune_at_s
        return max(0.0, wake_at_s - time.monotonic())

    def _write(self, commits: list[_Commit], done: frozenset[int]) -> None:
        pairs = [pair for commit in commits if (pair := self._record(commit))]
        try:
            written, ticked = self._writer.write([record for record, _ in pairs], done)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is an answer, and the thread lives
            self._ticks_at_s = time.monotonic() + _RETRY_TICKS_S
            self._fail(error, [future for _, future in pairs])
            return
        with self._changed:
            self._done -= done
            self._backlog += sum(written) - ticked
            self._committed += sum(written)
        for (_, future), durable in zip(pairs, written, strict=True):
            if durable:
                future.set_result(None)
            else:
                self._fail(JournalError("its boot id and sequence are there already"), [future])
        self._tidy()

    def _tidy(self) -> None:
        try:
            self._writer.tidy()
        except sqlite3.Error as error:
            self._fail(error, [])

    def _record(self, commit: _Commit) -> "tuple[Record, Future[None]] | None":
        verdict, future = commit
        try:
            return Record(verdict, verdict_json(verdict)), future
        except Exception as error:  # noqa: BLE001 - one verdict that is no JSON must not take others along
            self._fail(error, [future])
            return None

    def _fail(self, error: Exception, futures: "list[Future[None]]") -> None:
        failure = journal_error(self._path, "write", error)
        with self._changed:
            self._last_error = str(failure)
            self._failed += len(futures)
        for future in futures:
            future.set_exception(failure)
        if not futures:
            # Ticks, retention or a checkpoint: nobody waits for an answer that could tell of it.
            _log.warning("journal_upkeep_failed", error=str(failure))

    def _prune(self) -> None:
        self._prune_at_s = time.monotonic() + _PRUNE_EVERY_S
        try:
            pruned = self._writer.prune(self._settings.retention_days * _DAY_S, _PRUNE_ROWS)
            bite = self._writer.slim()
        except sqlite3.Error as error:
            self._fail(error, [])
            return
        if pruned == _PRUNE_ROWS or bite.something:
            self._prune_at_s = time.monotonic() + _PRUNE_AGAIN_S
        with self._changed:
            self._pruned += pruned
            self._dropped += bite.delivered
            self._outlines_dropped += bite.outlines
        if bite.outlines:
            _log.warning("outlines_dropped", count=bite.outlines, total=self._outlines_dropped)
        self._tidy()
