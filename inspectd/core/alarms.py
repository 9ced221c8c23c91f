"""Alarms as ISA-18.2 (IEC 62682) has them: raised, acknowledged, returned to normal, shelved.

Pure: time comes in as CLOCK_MONOTONIC ns. What is true at a moment (the conditions) is handed in;
what has changed (the events) comes out. Shelving silences an alarm's annunciation and nothing
else: no interlock of the line looks here.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from inspectd.core.errors import ProtocolError

_NS = 1_000_000_000
# Chattering: raised so often within the window (ISA-18.2, 3.1: "in a short period").
CHATTER_RAISES = 4
CHATTER_WINDOW_NS = 60 * _NS
LONGEST_SHELF_NS = 8 * 3600 * _NS


class AlarmState(StrEnum):
    """The states of ISA-18.2, figure 3, that are about the process and the operator."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED_UNACKNOWLEDGED = "returned_unacknowledged"


class AlarmEvent(Enum):
    """What moves an alarm: its condition, or a person."""

    RAISED = "raised"
    RETURNED = "returned"
    ACKNOWLEDGED = "acknowledged"


TRANSITIONS: dict[tuple[AlarmState, AlarmEvent], AlarmState] = {
    (AlarmState.NORMAL, AlarmEvent.RAISED): AlarmState.UNACKNOWLEDGED,
    (AlarmState.UNACKNOWLEDGED, AlarmEvent.ACKNOWLEDGED): AlarmState.ACKNOWLEDGED,
    (AlarmState.UNACKNOWLEDGED, AlarmEvent.RETURNED): AlarmState.RETURNED_UNACKNOWLEDGED,
    (AlarmState.ACKNOWLEDGED, AlarmEvent.RETURNED): AlarmState.NORMAL,
    (AlarmState.RETURNED_UNACKNOWLEDGED, AlarmEvent.RAISED): AlarmState.UNACKNOWLEDGED,
    (AlarmState.RETURNED_UNACKNOWLEDGED, AlarmEvent.ACKNOWLEDGED): AlarmState.NORMAL,
}


def step(state: AlarmState, event: AlarmEvent) -> AlarmState:
    """The state after an event. ProtocolError where the table has no row for it."""
    following = TRANSITIONS.get((state, event))
    if following is None:
        msg = f"{event.name} is not allowed in {state.name}"
        raise ProtocolError(msg)
    return following


@dataclass(frozen=True, slots=True)
class Delays:
    """How long a condition must last, and be gone, before it counts (ISA-18.2, 3.1)."""

    on_ns: int = 0
    off_ns: int = 5 * _NS


@dataclass(frozen=True, slots=True)
class Change:
    """One event of one alarm; `what`: raised, returned, acknowledged, shelved, unshelved, ..."""

    alarm: str
    what: str
    detail: str = ""


@dataclass(slots=True)
class Alarm:
    """One alarm as it stands. `detail`: what the condition said last, for people."""

    id: str
    delays: Delays
    state: AlarmState = AlarmState.NORMAL
    detail: str = ""
    # When it was raised last; None: never.
    raised_ns: int | None = None
    raises: int = 0
    shelved_until_ns: int | None = None
    chattering: bool = False
    # Since when the condition is not as the state has it.
    _differs_since_ns: int | None = None
    _recent: deque[int] = field(default_factory=deque)

    @property
    def active(self) -> bool:
        """Whether its condition stands."""
        return self.state in (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED)

    @property
    def annunciated(self) -> bool:
        """Whether a person is to be told of it."""
        return self.state is not AlarmState.NORMAL and self.shelved_until_ns is None

    def look(self, detail: str | None, now_ns: int) -> list[Change]:
        """Take its condition at this moment; None: it does not stand."""
        changes = self._unshelve_when_due(now_ns)
        if detail is not None:
            self.detail = detail
        if (detail is not None) is self.active:
            self._differs_since_ns = None
            return [*changes, *self._calm(now_ns)]
        if self._differs_since_ns is None:
            self._differs_since_ns = now_ns
        if now_ns - self._differs_since_ns < self._delay_ns(raising=detail is not None):
            return changes
        self._differs_since_ns = None
        return [*changes, *(self._raise(now_ns) if detail is not None else self._return())]

    def acknowledge(self) -> list[Change]:
        """A person has taken note. Nothing where there is nothing to take note of."""
        if (self.state, AlarmEvent.ACKNOWLEDGED) not in TRANSITIONS:
            return []
        self.state = step(self.state, AlarmEvent.ACKNOWLEDGED)
        return [Change(self.id, "acknowledged", self.detail)]

    def shelve(self, until_ns: int, now_ns: int) -> list[Change]:
        """Do not annunciate it until then, at most `LONGEST_SHELF_NS` from now."""
        self.shelved_until_ns = min(until_ns, now_ns + LONGEST_SHELF_NS)
        return [Change(self.id, "shelved", self.detail)]

    def unshelve(self) -> list[Change]:
        """Annunciate it again. Nothing where it is not shelved."""
        if self.shelved_until_ns is None:
            return []
        self.shelved_until_ns = None
        return [Change(self.id, "unshelved", self.detail)]

    def _unshelve_when_due(self, now_ns: int) -> list[Change]:
        due = self.shelved_until_ns is not None and now_ns >= self.shelved_until_ns
        return self.unshelve() if due else []

    def _delay_ns(self, *, raising: bool) -> int:
        if raising:
            return self.delays.on_ns
        # One that chatters must be quiet for the whole window before it is believed to be gone.
        return CHATTER_WINDOW_NS if self.chattering else self.delays.off_ns

    def _raise(self, now_ns: int) -> list[Change]:
        self.state = step(self.state, AlarmEvent.RAISED)
        self.raised_ns = now_ns
        self.raises += 1
        self._recent.append(now_ns)
        while now_ns - self._recent[0] > CHATTER_WINDOW_NS:
            self._recent.popleft()
        changes = [Change(self.id, "raised", self.detail)]
        if not self.chattering and len(self._recent) >= CHATTER_RAISES:
            self.chattering = True
            changes.append(Change(self.id, "chattering", self.detail))
        return changes

    def _return(self) -> list[Change]:
        self.state = step(self.state, AlarmEvent.RETURNED)
        if self.chattering:
            self.chattering = False
            self._recent.clear()
        return [Change(self.id, "returned", self.detail)]

    def _calm(self, now_ns: int) -> list[Change]:
        """An alarm that has stood still for the window does not chatter any more."""
        if self.chattering and self._recent and now_ns - self._recent[-1] > CHATTER_WINDOW_NS:
            self.chattering = False
            self._recent.clear()
        return []


class AlarmBook:
    """All alarms of one service, by id."""

    def __init__(self, delays: Mapping[str, Delays]) -> None:
        self.alarms = {name: Alarm(name, each) for name, each in delays.items()}

    def look(self, conditions: Mapping[str, str], now_ns: int) -> list[Change]:
        """Take all conditions that stand at this moment. KeyError for one that is no alarm."""
        unknown = conditions.keys() - self.alarms.keys()
        if unknown:
            raise KeyError(*unknown)
        return [
            change
            for name, alarm in self.alarms.items()
            for change in alarm.look(conditions.get(name), now_ns)
        ]

    def acknowledge_all(self) -> list[Change]:
        """A person has taken note of everything."""
        return [change for alarm in self.alarms.values() for change in alarm.acknowledge()]

    def first_out(self) -> str:
        """The alarm that came first of those not acknowledged; empty where there is none."""
        waiting = [a for a in self.alarms.values() if a.state is AlarmState.UNACKNOWLEDGED]
        first = min(waiting, key=lambda alarm: alarm.raised_ns or 0, default=None)
        return "" if first is None else first.id
