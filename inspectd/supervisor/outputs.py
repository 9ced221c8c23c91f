"""Pass, fail and ready for a line without a bus, by the station whose camera has the lines."""

import time
from collections.abc import Callable

from inspectd.core.messages import SignalReady, SignalVerdict
from inspectd.core.verdict import Decision, Verdict

Send = Callable[[SignalVerdict | SignalReady], None]


class DigitalOutputs:
    """Tells a station what its lines should say; a line without outputs has none of these."""

    def __init__(self, send: Send, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._send = send
        self._now_ns = now_ns

    def show(self, verdict: Verdict) -> None:
        """Pulse for one verdict, which is stored or is none: PASS alone is pass."""
        passed = verdict.decision is Decision.PASS
        self._send(SignalVerdict(passed, verdict.part_id, self._now_ns()))

    def ready(self, ready: bool) -> None:
        """Say whether parts are taken; ten times a second, for it holds for half a second."""
        self._send(SignalReady(ready))
