"""Whether the line can spare the machine now.

The line's own page says how much of the deadline its last verdicts had left. A line that cannot be
asked because nothing listens does not run, and needs no room; one that does not answer in time is
the very line that must not be disturbed.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException

_ANSWER_WITHIN_S = 0.5
_LARGEST_ANSWER = 1_000_000
# What was tight is believed to stay so for this long.
_HOLD_AT_LEAST_S = 2.0


@dataclass(frozen=True, slots=True)
class Slack:
    """The least share of a deadline that was left lately: 1 all of it; None: no part came."""

    share: float | None
    reachable: bool = True


def ask_line(address: str) -> Slack | None:
    """Ask the line's page; None where it did not answer in time, or not as it should."""
    try:
        with urllib.request.urlopen(  # noqa: S310 - http(s) by the settings' own pattern
            f"{address.rstrip('/')}/api/slack", timeout=_ANSWER_WITHIN_S
        ) as answer:
            told = json.loads(answer.read(_LARGEST_ANSWER))
        share = told["deadline_slack"]
        return Slack(None if share is None else float(share))
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionRefusedError):
            return Slack(None, reachable=False)
        return None
    except (OSError, HTTPException, ValueError, TypeError, KeyError):
        return None


@dataclass(slots=True)
class Admission:
    """`tight` is asked about once a second. `ask` is `ask_line` with the line's address."""

    ask: Callable[[], Slack | None] | None
    min_slack: float
    clock_s: Callable[[], float] = time.monotonic
    held_s: float = 0.0
    why: str = ""
    _until_s: float = field(default=float("-inf"))
    _asked_s: float | None = None

    def tight(self) -> bool:
        """Whether no new job may start, and running ones wait; `why` says the reason."""
        if self.ask is None:
            return False
        slack, now_s = self.ask(), self.clock_s()
        if self._asked_s is not None and self.why:
            self.held_s += now_s - self._asked_s
        self._asked_s = now_s
        why = self._reason(slack)
        if why:
            self._until_s = now_s + _HOLD_AT_LEAST_S
            self.why = why
        elif now_s >= self._until_s:
            self.why = ""
        return bool(self.why)

    def _reason(self, slack: Slack | None) -> str:
        if slack is None:
            return "the line does not answer in time"
        if slack.share is not None and slack.share < self.min_slack:
            return f"a part had {slack.share:.0%} of its deadline left"
        return ""
