"""What a sender of verdicts needs of the journal: rows in order, and a way to tick them off."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One verdict that waits to be sent.

    `row_id` grows with every commit and is never used twice. `document` is `verdict_json`'s.
    `committed_ns` is CLOCK_MONOTONIC of the run that committed it; `recovered` tells that this
    was an earlier run, whose clock means nothing now.
    """

    row_id: int
    boot_id: str
    sequence: int
    document: bytes
    committed_ns: int
    recovered: bool


class Outbox(Protocol):
    """The journal as its one sender sees it. Every call may come from the sender's own thread."""

    def pending(self, after_row_id: int, limit: int) -> Sequence[OutboxRow]:
        """The oldest rows not yet done, above `after_row_id`, in order. Raises JournalError."""
        ...

    def done(self, row_ids: Iterable[int]) -> None:
        """Tick rows off, soon: a crash before that sends them a second time. Never blocks."""
        ...

    def backlog(self) -> int:
        """How many rows are not yet done."""
        ...
