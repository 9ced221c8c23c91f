"""Signs of life: when each loop last turned, so that a hung call shows as a growing age."""

import os
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_STATM = Path("/proc/self/statm")


class Vitals:
    """Written by the loops, read by the beat. All times are CLOCK_MONOTONIC in ns.

    Every attribute has one writer and is a plain int, so no lock is needed: a loop that hangs
    while it holds a lock would otherwise silence the very beat that must report it.
    """

    def __init__(self, now_ns: int) -> None:
        self._acquire_ns = now_ns
        self._judge_ns = now_ns
        self._judging_since_ns = 0

    def acquire_turned(self, now_ns: int) -> None:
        """The acquisition loop is about to make its next bounded call."""
        self._acquire_ns = now_ns

    def judge_turned(self, now_ns: int) -> None:
        """The judging loop is waiting for work, or about to judge."""
        self._judge_ns = now_ns

    def judging_began(self, now_ns: int) -> None:
        """A judgement starts."""
        self._judging_since_ns = now_ns

    def judging_ended(self) -> None:
        """The judgement is over."""
        self._judging_since_ns = 0

    def acquire_age_ms(self, now_ns: int) -> float:
        """How long the acquisition loop's present call takes so far."""
        return (now_ns - self._acquire_ns) / 1e6

    def judge_age_ms(self, now_ns: int) -> float:
        """How long ago the judging loop last turned."""
        return (now_ns - self._judge_ns) / 1e6

    def judging_since_ms(self, now_ns: int) -> float:
        """How long the running judgement takes so far; 0 when there is none."""
        since_ns = self._judging_since_ns
        return (now_ns - since_ns) / 1e6 if since_ns else 0.0


def rss_bytes() -> int:
    """Resident memory of this process (proc(5), /proc/pid/statm, second field, in pages)."""
    return int(_STATM.read_text().split()[1]) * _PAGE_BYTES
