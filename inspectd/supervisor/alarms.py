"""The alarms of the running service: looked at with every snapshot, told to everybody."""

import time
from collections.abc import Callable, Iterable

import structlog

from inspectd.core.alarm_table import ALARMS, BY_ID, Priority
from inspectd.core.alarms import Alarm, AlarmBook, AlarmState, Change
from inspectd.observe.snapshot import AlarmSnapshot

_NS = 1_000_000_000
# A counter that grew within this time has "just" grown.
_RECENT_NS = 60 * _NS
_ORDER = tuple(Priority)

log = structlog.get_logger("alarm")


class AlarmDesk:
    """Where alarms are raised, acknowledged and shelved. All calls on the loop's thread.

    Nothing of it outlives the service: what still stands is raised again at the next start, and
    somebody should know that there was one. `tell` is given every change.
    """

    def __init__(
        self,
        tell: Callable[[Change], None],
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.raised = dict.fromkeys(BY_ID, 0)
        self._book = AlarmBook({alarm.id: alarm.delays for alarm in ALARMS})
        self._tell = tell
        self._now_ns = now_ns
        self._counts: dict[str, tuple[int, int | None]] = {}

    def recently(self, counter: str, count: int) -> bool:
        """Whether a counter has grown within the last minute; what it starts with is no growth."""
        now_ns = self._now_ns()
        before, grown_ns = self._counts.get(counter, (count, None))
        if count > before:
            grown_ns = now_ns
        self._counts[counter] = count, grown_ns
        return grown_ns is not None and now_ns - grown_ns < _RECENT_NS

    def look(self, conditions: dict[str, str]) -> tuple[AlarmSnapshot, ...]:
        """Take the conditions that stand now; all alarms that somebody may want to know of."""
        now_ns = self._now_ns()
        self._note(self._book.look(conditions, now_ns))
        shown = [
            alarm
            for alarm in self._book.alarms.values()
            if alarm.state is not AlarmState.NORMAL or alarm.shelved_until_ns is not None
        ]
        shown.sort(key=lambda a: (_ORDER.index(BY_ID[a.id].priority), a.raised_ns or 0))
        return tuple(_snapshot(alarm, now_ns) for alarm in shown)

    def acknowledge(self, alarm: str) -> str:
        """Take note of one alarm; why not, or an empty text."""
        if alarm not in BY_ID:
            return _unknown(alarm)
        changes = self._book.alarms[alarm].acknowledge()
        self._note(changes)
        return "" if changes else f"{alarm}: there is nothing to acknowledge"

    def acknowledge_all(self) -> None:
        """Take note of everything."""
        self._note(self._book.acknowledge_all())

    def shelve(self, alarm: str, minutes: float) -> str:
        """Do not annunciate one alarm for a while, 0: again; why not, or an empty text.

        High ones stand for parts that are not judged: they are never shelved.
        """
        if alarm not in BY_ID:
            return _unknown(alarm)
        if BY_ID[alarm].priority is Priority.HIGH:
            return f"{alarm}: an alarm of high priority cannot be shelved"
        now_ns, found = self._now_ns(), self._book.alarms[alarm]
        until_ns = now_ns + int(minutes * 60 * _NS)
        self._note(found.shelve(until_ns, now_ns) if minutes > 0 else found.unshelve())
        return ""

    def _note(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self.raised[change.alarm] += change.what == "raised"
            said = log.warning if change.what == "raised" else log.info
            said("alarm", alarm=change.alarm, what=change.what, detail=change.detail)
            self._tell(change)


def _snapshot(alarm: Alarm, now_ns: int) -> AlarmSnapshot:
    found = BY_ID[alarm.id]
    shelved_ns = alarm.shelved_until_ns
    return AlarmSnapshot(
        id=alarm.id,
        state=alarm.state.value,
        priority=found.priority.value,
        detail=alarm.detail,
        age_s=0.0 if alarm.raised_ns is None else (now_ns - alarm.raised_ns) / _NS,
        chattering=alarm.chattering,
        shelved_s=None if shelved_ns is None else (shelved_ns - now_ns) / _NS,
        within_min=found.within_min,
        cause=found.cause,
        consequence=found.consequence,
        action=found.action,
    )


def _unknown(alarm: str) -> str:
    return f"no alarm is called {alarm}"
