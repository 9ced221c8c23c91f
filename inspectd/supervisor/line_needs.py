"""What the line needs of others, as it sees them."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from inspectd.core.commands import CommandAnswer, LineCommand
from inspectd.core.verdict import Verdict


class Desk(Protocol):
    """Who carries out what the PLC asks for (`supervisor.commands`)."""

    def run(
        self, command: LineCommand, argument: int, ended: Callable[[CommandAnswer], None]
    ) -> None:
        """Carry out a command, and call `ended` once."""

    def error_cleared(self) -> None:
        """The PLC raised ClearError."""


class VerdictJournal(Protocol):
    """Where verdicts become durable (`journal.Journal`)."""

    def commit(self, verdict: Verdict) -> Future[None]:
        """Store it; done when it is on the disk. Never blocks."""
