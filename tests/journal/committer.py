"""A process that commits verdicts and says which are durable: the one that gets killed.

Arguments: journal, boot id, how many. A pickled verdict comes on stdin, and then the process
goes on until that many are committed. Each line of its output is a sequence, or an error.
"""

import pickle
import sys
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from inspectd.journal.journal import Journal
from inspectd.settings.journal import JournalSettings

_AHEAD = 4


def _say(sequence: int, future: "Future[None]") -> None:
    error = future.exception()
    sys.stdout.write(f"{error or sequence}\n")
    sys.stdout.flush()


def _main(path: str, boot_id: str, count: int) -> None:
    verdict = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the test that started us
    journal = Journal(JournalSettings(path=Path(path)))
    journal.start()
    waiting: list[tuple[int, Future[None]]] = []
    for sequence in range(1, count + 1):
        waiting.append(
            (sequence, journal.commit(replace(verdict, boot_id=boot_id, sequence=sequence)))
        )
        if len(waiting) == _AHEAD:
            _say(*waiting.pop(0))
    for sequence, future in waiting:
        _say(sequence, future)
    journal.stop()


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
