"""From triggers and views to one answer per part, whatever fails.

Pure bookkeeping: time is handed in. Every part that was announced, triggered or seen by a camera
is answered exactly once, in the order of its acquisition id, at its deadline at the latest.

Under hardware trigger the photo-eye fires the cameras and nobody numbers the edges, so frames
are matched to parts by time. Where that leaves a doubt the part is NO-VERDICT, because a verdict
shown for the wrong part is worse than none:

* a PLC that has announced one part must announce them all; a frame without an announcement
  within `match_window_ns`, before it or after it, is answered as part 0, NO-VERDICT
  (trigger_mismatch);
* a frame that was there first goes to an announcement only if none before it was nearer, and is
  answered only `match_window_ns` after the announcement: the part's own frame may yet come;
* a second frame within `match_window_ns` of an announcement, before the part is answered, takes
  the part down: nobody can say which of the two shows it;
* an announcement that comes while another part still waits for its frame takes both down;
* a part that was answered without its frame still owns it: a frame that fits it and another part
  as well makes the other NO-VERDICT, and one that fits it alone is nobody else's.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from inspectd.core.verdict import Decision, Reason, ReasonCode, ViewResult, worst


@dataclass(frozen=True, slots=True)
class AssemblyRules:
    """How long things may take.

    `deadline_ns`: from a part's start to its answer. `match_window_ns`: the most that the frames
    of one part by different cameras, and its announcement, may be apart, either way. Less than
    half of the time between two parts, or a lost frame may be taken for the next part's.
    """

    hardware_trigger: bool
    deadline_ns: int
    match_window_ns: int


# Parts answered without a frame that may still come: far more than can be on their way at once.
_MOST_OWED = 64


@dataclass(frozen=True, slots=True)
class DecidedPart:
    """All that is known of one part once it is answered; `due_ns`: when the PLC must know it."""

    acquisition_id: int
    part_id: int
    lot_id: int
    decision: Decision
    reasons: tuple[Reason, ...]
    views: dict[str, ViewResult]
    late: bool
    due_ns: int


@dataclass(slots=True)
class _OpenPart:
    acquisition_id: int
    part_id: int
    lot_id: int
    started_ns: int
    # Until when its announcement may come; None: it has come.
    named_by_ns: int | None
    announced_ns: int | None = None
    # Not answered before, because another frame may still claim it.
    held_until_ns: int = 0
    framed_ns: int | None = None
    started: dict[str, int] = field(default_factory=dict)
    results: dict[str, ViewResult] = field(default_factory=dict)
    failures: list[Reason] = field(default_factory=list)
    decided: DecidedPart | None = None

    @property
    def nearest_ns(self) -> int:
        """What further frames are compared with: its first frame, or else its announcement."""
        return self.started_ns if self.framed_ns is None else self.framed_ns


def no_view(code: ReasonCode, text: str) -> ViewResult:
    """The result of a view that was never judged."""
    return ViewResult(Decision.NO_VERDICT, (Reason(code, text),), (), 0, 0.0, {})


class PartAssembler:
    """Matches triggers, frames and results into parts; see the module's text for the rules."""

    def __init__(self, stations: tuple[str, ...], rules: AssemblyRules) -> None:
        self._stations = stations
        self._rules = rules
        self._down: dict[str, Reason] = {}
        self._parts: OrderedDict[int, _OpenPart] = OrderedDict()
        self._owed: deque[_OpenPart] = deque(maxlen=_MOST_OWED)
        self._views: dict[tuple[str, int], _OpenPart] = {}
        self._last_id = 0
        self._announced_ns: int | None = None
        self.late_results = 0

    @property
    def last_id(self) -> int:
        """The acquisition id of the newest part; 0 before the first."""
        return self._last_id

    def announce(self, part_id: int, lot_id: int, now_ns: int) -> int:
        """Note the PLC's trigger for one part; the acquisition id that it gets."""
        self.expire(now_ns)
        part = self._seen_but_not_announced(now_ns)
        self._announced_ns = now_ns
        if part is None:
            part = self._open(part_id, lot_id, now_ns, None)
        else:
            part.held_until_ns = now_ns + self._rules.match_window_ns
        part.announced_ns = now_ns
        part.part_id, part.lot_id, part.named_by_ns = part_id, lot_id, None
        self._settle(part, now_ns)
        return part.acquisition_id

    def missed(self, part_id: int, lot_id: int, now_ns: int) -> int:
        """Note a trigger that came while the line was not ready: NO-VERDICT at once."""
        if self._rules.hardware_trigger:
            for other in self._waiting_for_frames():
                text = f"part {part_id} was announced while this one still waited for its frame"
                self._fail(other, Reason(ReasonCode.TRIGGER_MISMATCH, text))
        self._announced_ns = now_ns
        part = self._open(part_id, lot_id, now_ns, None)
        text = "the trigger came while vision was not ready"
        self._fail(part, Reason(ReasonCode.MISSED_ACQUISITION, text))
        return part.acquisition_id

    def view_started(
        self, station: str, view: int, received_ns: int, acquisition_id: int | None, now_ns: int
    ) -> int:
        """Note the frames of one view; the acquisition id of the part they belong to."""
        self.expire(now_ns)
        if acquisition_id is None:
            part = self._part_of_frames(station, received_ns)
            if part is None:
                part = self._open(0, 0, now_ns, self._named_by(received_ns))
                self._settle(part, now_ns)
        elif (fired := self._parts.get(acquisition_id)) is not None:
            part = fired
        else:
            return acquisition_id
        part.framed_ns = received_ns if part.framed_ns is None else part.framed_ns
        part.started[station] = view
        if part.decided is None:
            self._views[station, view] = part
        return part.acquisition_id

    def view_done(self, station: str, view: int, result: ViewResult, now_ns: int) -> int | None:
        """Note one view's result; its acquisition id, None where its part is answered already."""
        # Whoever is called first after the deadline: what comes after it is late.
        self.expire(now_ns)
        part = self._views.pop((station, view), None)
        if part is None or part.decided is not None:
            self.late_results += 1
            return None
        part.results.setdefault(station, result)
        self._settle(part, now_ns)
        return part.acquisition_id

    def station_down(self, station: str, reason: Reason, now_ns: int) -> None:
        """Note that a station cannot answer: every part that waits for it gets NO-VERDICT."""
        self._down[station] = reason
        self._views = {key: part for key, part in self._views.items() if key[0] != station}
        for part in list(self._parts.values()):
            if part.decided is None and station not in part.results:
                part.results[station] = no_view(reason.code, reason.text)
                self._settle(part, now_ns)

    def station_up(self, station: str) -> None:
        """Note that a station answers again."""
        self._down.pop(station, None)

    def expire(self, now_ns: int) -> None:
        """Answer every part whose deadline has passed."""
        for part in list(self._parts.values()):
            if part.decided is not None:
                continue
            if now_ns >= part.started_ns + self._rules.deadline_ns:
                self._give_up(part)
            else:
                self._settle(part, now_ns)

    def next_event_ns(self) -> int | None:
        """When `expire` must be called next; None while no part is open."""
        times = [self._next_event_of(p) for p in self._parts.values() if p.decided is None]
        return min(times, default=None)

    def exposed(self, acquisition_id: int) -> bool:
        """Whether every camera has taken its pictures of the part: it may move on."""
        part = self._parts.get(acquisition_id)
        if part is None or part.decided is not None:
            return True
        return all(s in part.started or s in part.results for s in self._stations)

    def unannounced(self, acquisition_id: int) -> bool:
        """Whether the part is waiting and its announcement has not come."""
        part = self._parts.get(acquisition_id)
        return part is not None and part.named_by_ns is not None

    def open_parts(self) -> int:
        """How many parts are not answered yet."""
        return sum(1 for part in self._parts.values() if part.decided is None)

    def take_decided(self) -> list[DecidedPart]:
        """Parts answered since the last call, in the order of their acquisition ids."""
        taken: list[DecidedPart] = []
        while self._parts:
            first = next(iter(self._parts.values()))
            if first.decided is None:
                break
            del self._parts[first.acquisition_id]
            taken.append(first.decided)
        return taken

    def _open(self, part_id: int, lot_id: int, now_ns: int, named_by_ns: int | None) -> _OpenPart:
        self._last_id += 1
        part = _OpenPart(self._last_id, part_id, lot_id, now_ns, named_by_ns)
        part.results.update({s: no_view(r.code, r.text) for s, r in self._down.items()})
        self._parts[part.acquisition_id] = part
        return part

    def _part_of_frames(self, station: str, received_ns: int) -> _OpenPart | None:
        """The part whose announcement or frames are nearest; a choice puts all of them in doubt."""
        undecided = [part for part in self._parts.values() if part.decided is None]
        fitting = [
            part
            for part in (*self._owed, *undecided)
            if station not in part.started
            and abs(received_ns - part.nearest_ns) <= self._rules.match_window_ns
        ]
        if not fitting:
            self._put_in_doubt(undecided, received_ns)
            return None
        nearest = min(fitting, key=lambda part: abs(received_ns - part.nearest_ns))
        if len(fitting) > 1:
            text = "its frame could be that of another part as well"
            for part in fitting:
                self._fail(part, Reason(ReasonCode.TRIGGER_MISMATCH, text))
        return nearest

    def _put_in_doubt(self, undecided: list[_OpenPart], received_ns: int) -> None:
        """A frame that is nobody's, so near an announcement that it may be that part's own."""
        text = "two frames came for one announcement"
        for part in undecided:
            announced_ns = part.announced_ns
            if announced_ns is None or not self._rules.hardware_trigger:
                continue
            if abs(received_ns - announced_ns) <= self._rules.match_window_ns:
                self._fail(part, Reason(ReasonCode.TRIGGER_MISMATCH, text))

    def _seen_but_not_announced(self, now_ns: int) -> _OpenPart | None:
        if not self._rules.hardware_trigger:
            return None
        fitting = [
            part
            for part in self._parts.values()
            if part.decided is None and part.named_by_ns is not None and now_ns <= part.named_by_ns
        ]
        if len(fitting) > 1:
            text = "two frames came before one announcement"
            fitting[0].failures.append(Reason(ReasonCode.TRIGGER_MISMATCH, text))
        return fitting[0] if fitting else None

    def _named_by(self, received_ns: int) -> int:
        """How long an announcement may name this frame: while it is nearer than the one before."""
        longest_ns = self._rules.match_window_ns
        if self._announced_ns is not None:
            longest_ns = min(longest_ns, received_ns - self._announced_ns)
        return received_ns + longest_ns

    def _waiting_for_frames(self) -> list[_OpenPart]:
        return [
            part
            for part in self._parts.values()
            if part.decided is None and part.named_by_ns is None and not part.started
        ]

    def _next_event_of(self, part: _OpenPart) -> int:
        deadline = part.started_ns + self._rules.deadline_ns
        if any(station not in part.results for station in self._stations):
            # Until then only a result changes anything, and that comes by itself.
            return deadline
        if part.held_until_ns:
            return min(deadline, part.held_until_ns)
        if part.named_by_ns is None or not self._in_doubt(part):
            return deadline
        return min(deadline, part.named_by_ns + 1)

    def _settle(self, part: _OpenPart, now_ns: int) -> None:
        """Answer the part if all views are in and its announcement is no longer in doubt."""
        if any(station not in part.results for station in self._stations):
            return
        if self._in_doubt(part) and part.named_by_ns is not None and now_ns <= part.named_by_ns:
            return
        if now_ns < part.held_until_ns:
            return
        self._decide(part, late=False)

    def _in_doubt(self, part: _OpenPart) -> bool:
        announces = self._announced_ns is not None
        return self._rules.hardware_trigger and announces and part.named_by_ns is not None

    def _fail(self, part: _OpenPart, reason: Reason) -> None:
        if part.decided is None:
            part.failures.append(reason)
            self._decide(part, late=False)

    def _give_up(self, part: _OpenPart) -> None:
        limit_ms = self._rules.deadline_ns / 1e6
        if all(station in part.results for station in self._stations):
            text = f"it was still in doubt when the deadline of {limit_ms:g} ms passed"
            part.failures.append(Reason(ReasonCode.DEADLINE_MISSED, text))
        for station in self._stations:
            if station in part.results:
                continue
            if station in part.started:
                code, what = ReasonCode.DEADLINE_MISSED, "was still judging"
            else:
                code, what = ReasonCode.FRAME_MISSING, "had no frame"
            text = f"station {station} {what} when the deadline of {limit_ms:g} ms passed"
            part.results[station] = no_view(code, text)
        self._decide(part, late=True)

    def _decide(self, part: _OpenPart, *, late: bool) -> None:
        if self._in_doubt(part):
            text = "a frame came that the PLC had not announced: an extra or a doubled trigger"
            part.failures.append(Reason(ReasonCode.TRIGGER_MISMATCH, text))
        decisions = [result.decision for result in part.results.values()]
        if part.failures:
            decisions.append(Decision.NO_VERDICT)
        reasons = list(part.failures)
        for result in part.results.values():
            reasons.extend(result.reasons)
        part.decided = DecidedPart(
            part.acquisition_id,
            part.part_id,
            part.lot_id,
            worst(decisions),
            tuple(reasons),
            dict(part.results),
            late,
            part.started_ns + self._rules.deadline_ns,
        )
        if self._rules.hardware_trigger and len(part.started) < len(self._stations):
            self._owed.append(part)
