"""How often a dead station is started again."""

from collections import deque

_MOST_STARTS = 5
_WINDOW_NS = 60_000_000_000
_BACK_OFF_NS = 30_000_000_000


class RestartPolicy:
    """At most 5 starts in 60 s, then one every 30 s with `exhausted` set for the alarm.

    The numbers are those of the design; a station that crashes at every start would otherwise
    keep a core busy compiling and the log full.
    """

    def __init__(self) -> None:
        self._starts_ns: deque[int] = deque()
        self.exhausted = False

    def delay_ns(self, now_ns: int) -> int:
        """Note a start that is wanted now; how long to wait before it."""
        while self._starts_ns and now_ns - self._starts_ns[0] >= _WINDOW_NS:
            self._starts_ns.popleft()
        self._starts_ns.append(now_ns)
        self.exhausted = len(self._starts_ns) > _MOST_STARTS
        return _BACK_OFF_NS if self.exhausted else 0
