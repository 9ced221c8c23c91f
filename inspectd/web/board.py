"""What the page shows: the last parts, their pictures, and the line's state.

A model in memory with bounds on everything; it knows no network. One thread, the supervisor's
loop, makes all calls, and none blocks. Nothing here can hold up the line: what does not fit is
let go, oldest first, and counted.
"""

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from inspectd.core.verdict import Verdict
from inspectd.core.verdict_json import verdict_json_bare
from inspectd.observe.snapshot import LineSnapshot

MAX_PARTS = 50
MAX_EARLY_PREVIEWS = 8
MAX_PREVIEW_BYTES = 2 * 1024 * 1024
MAX_ALL_PREVIEWS_BYTES = 48 * 1024 * 1024
# Who asks once a second misses none.
SLACK_WITHIN_S = 5.0
_NS_PER_MS = 1e6

Listener = Callable[["Event"], None]


@dataclass(frozen=True, slots=True)
class Event:
    """Something changed: `name` is part, preview or status; `data` is JSON."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class PreviewPicture:
    """One station's view of one part with its defects drawn in."""

    station: str
    jpeg: bytes
    width_px: int
    height_px: int


@dataclass(slots=True)
class _Part:
    verdict: Verdict
    latency_ms: float
    added_ns: int
    slack: float | None
    previews: dict[str, PreviewPicture] = field(default_factory=dict)


class Board:
    """The last parts, newest last. `clock_ns` is CLOCK_MONOTONIC."""

    def __init__(self, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock_ns = clock_ns
        self._parts: deque[_Part] = deque()
        self._status: LineSnapshot | None = None
        self._status_ns = clock_ns()
        self._listeners: list[Listener] = []
        self._early: deque[tuple[int, PreviewPicture]] = deque()
        self._preview_bytes = 0
        self.previews_dropped = 0

    @property
    def status(self) -> LineSnapshot | None:
        """The newest snapshot; None before the first."""
        return self._status

    @property
    def deadline_slack(self) -> float | None:
        """The least share of a deadline that was left in the last seconds; None: no part came."""
        since_ns = self._clock_ns() - int(SLACK_WITHIN_S * 1e9)
        lately = (part.slack for part in self._parts if part.added_ns >= since_ns)
        return min((slack for slack in lately if slack is not None), default=None)

    @property
    def status_age_s(self) -> float:
        """Seconds since the newest snapshot, or since the board was made."""
        return (self._clock_ns() - self._status_ns) / _NS_PER_MS / 1e3

    def add(self, verdict: Verdict, latency_ms: float, slack: float | None = None) -> None:
        """Show one more part; `latency_ms` from its last frame to the PLC record.

        `slack`: the share of its deadline that was left, below 0 where it was late.
        """
        part = _Part(verdict, latency_ms, self._clock_ns(), slack)
        self._parts.append(part)
        if len(self._parts) > MAX_PARTS:
            self._preview_bytes -= _preview_bytes(self._parts.popleft())
        self._tell("part", lambda: self._part_json(part))
        for early in [e for e in self._early if e[0] <= verdict.acquisition_id]:
            self._early.remove(early)
            self._attach(*early)

    def add_preview(
        self, acquisition_id: int, station: str, jpeg: bytes, width_px: int, height_px: int
    ) -> None:
        """Add a picture to a part shown; one of no such part, or too large, is counted away.

        A picture may come before its part, whose verdict waits for the disk: it is kept for it.
        """
        picture = PreviewPicture(station, jpeg, width_px, height_px)
        newest = self._parts[-1].verdict.acquisition_id if self._parts else 0
        if len(jpeg) > MAX_PREVIEW_BYTES:
            self.previews_dropped += 1
        elif acquisition_id <= newest:
            self._attach(acquisition_id, picture)
        else:
            self._keep_early(acquisition_id, picture)

    def _keep_early(self, acquisition_id: int, picture: PreviewPicture) -> None:
        self._early.append((acquisition_id, picture))
        if len(self._early) > MAX_EARLY_PREVIEWS:
            self._early.popleft()
            self.previews_dropped += 1

    def _attach(self, acquisition_id: int, picture: PreviewPicture) -> None:
        part = self._find(acquisition_id)
        if part is None or picture.station in part.previews:
            self.previews_dropped += 1
            return
        part.previews[picture.station] = picture
        self._preview_bytes += len(picture.jpeg)
        self._forget_oldest_pictures()
        self._tell("preview", lambda: self._part_json(part))

    def set_status(self, status: LineSnapshot) -> None:
        """Show the line's state."""
        self._status = status
        self._status_ns = self._clock_ns()
        self._tell("status", self.state_json)

    def preview(self, acquisition_id: int, station: str) -> PreviewPicture | None:
        """The picture of one part by one station, while it is kept."""
        part = self._find(acquisition_id)
        return None if part is None else part.previews.get(station)

    def last_pictures(self) -> dict[str, bytes]:
        """The newest JPEG of every station that has shown one."""
        found: dict[str, bytes] = {}
        for part in self._parts:
            found.update((name, picture.jpeg) for name, picture in part.previews.items())
        return found

    def state_json(self) -> bytes:
        """The line's state as JSON: `status` (null before the first) and `status_age_s`."""
        status = None if self._status is None else self._status.document()
        answer = {"status": status, "status_age_s": self.status_age_s}
        return json.dumps(answer, separators=(",", ":")).encode()

    def parts_json(self) -> Iterator[bytes]:
        """Each part's JSON, newest first, encoded as it is asked for."""
        return map(self._part_json, tuple(reversed(self._parts)))

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every event from now on; it must not block."""
        self._listeners.append(listener)

    def unlisten(self, listener: Listener) -> None:
        """No longer call `listener`."""
        self._listeners.remove(listener)

    def _part_json(self, part: _Part) -> bytes:
        about = {
            "latency_ms": part.latency_ms if part.verdict.received_ns else None,
            "age_ms": (self._clock_ns() - part.added_ns) / _NS_PER_MS,
            "previews": [
                {"station": p.station, "width_px": p.width_px, "height_px": p.height_px}
                for p in part.previews.values()
            ],
        }
        envelope = json.dumps(about, separators=(",", ":")).encode()
        return b'{"verdict":' + verdict_json_bare(part.verdict) + b"," + envelope[1:]

    def _find(self, acquisition_id: int) -> _Part | None:
        newest_first = reversed(self._parts)
        return next((p for p in newest_first if p.verdict.acquisition_id == acquisition_id), None)

    def _forget_oldest_pictures(self) -> None:
        for part in self._parts:
            if self._preview_bytes <= MAX_ALL_PREVIEWS_BYTES:
                return
            self._preview_bytes -= _preview_bytes(part)
            self.previews_dropped += len(part.previews)
            part.previews.clear()

    def _tell(self, name: str, data: Callable[[], bytes]) -> None:
        if not self._listeners:
            return
        event = Event(name, data())
        for listener in tuple(self._listeners):
            listener(event)


def _preview_bytes(part: _Part) -> int:
    return sum(len(picture.jpeg) for picture in part.previews.values())
