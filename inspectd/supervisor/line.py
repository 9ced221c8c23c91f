"""The line: triggers and views in, one committed and published verdict per part out.

Everything here runs on the event loop's one thread and never waits: disk, broker and pixels
have threads and processes of their own.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from inspectd.core.commands import CommandAnswer, LineCommand
from inspectd.core.messages import Beat, CameraUp, Preview, ViewDone, ViewStarted
from inspectd.core.parts import AssemblyRules, DecidedPart, PartAssembler
from inspectd.core.verdict import Reason, ReasonCode, Verdict
from inspectd.observe.metrics import Metrics
from inspectd.settings.root import Settings
from inspectd.supervisor.line_needs import Desk, VerdictJournal
from inspectd.supervisor.publication import Publication
from inspectd.supervisor.verdicts import VerdictMaker, not_journaled

_MOST_VIEWS_REMEMBERED = 256
# What the journal refused is kept in memory; beyond this only the log has it.
_MOST_UNSTORED = 10_000
# A part that is answered at its deadline, too, is given this time to reach the disk.
_LEAST_COMMIT_NS = 100_000_000
# `turned` is called ten times a second.
_TURN_NS = 100_000_000
_OFFLINE = "the line was taken offline by a command: take it online again"

Argument = TypeVar("Argument")


@dataclass(slots=True)
class _Commit:
    """A verdict on its way through the journal, and when the PLC must have an answer."""

    verdict: Verdict
    started_ns: int
    limit_ns: int
    triggered_ns: int
    timer: asyncio.TimerHandle | None = None
    # What the line is told; None: the disk has not answered, and may still.
    answer: Verdict | None = None


class Line:
    """Owns the parts. Implements the events of the PLC link and of the stations."""

    def __init__(
        self,
        settings: Settings,
        maker: VerdictMaker,
        journal: VerdictJournal,
        metrics: Metrics,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._now_ns = now_ns
        stations = tuple(station.name for station in settings.stations)
        rules = AssemblyRules(
            settings.hardware_trigger,
            settings.trigger.deadline_ms * 1_000_000,
            settings.trigger.match_window_ms * 1_000_000,
        )
        self.parts = PartAssembler(stations, rules)
        self.down: dict[str, str] = {name: _starting(name).text for name in stations}
        self.journal_error = ""
        self.never_stored = 0
        # Pictures for the page of a view that is not remembered any more.
        self.previews_unknown = 0
        self.accepting = True
        self.offline = False
        # Why no part is taken for a moment; empty: parts are taken.
        self.paused = ""
        # Done, with an exception, when the line cannot be trusted: a defect of the program.
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._publication: Publication
        self._desk: Desk
        # Called when whether parts are taken has just changed: the PLC should know at once.
        self._turned_over: Callable[[], None] = _nobody
        self._fire: Callable[[int], None] | None = None
        self._exposing: int | None = None
        self._maker = maker
        self._journal = journal
        self._metrics = metrics
        self._acquisitions: OrderedDict[tuple[str, int], int] = OrderedDict()
        self._loop = asyncio.get_running_loop()
        self._window_ns, self._deadline_ns = rules.match_window_ns, rules.deadline_ns
        self._turned_ns = self._now_ns()
        self._timer: asyncio.TimerHandle | None = None
        self._in_journal = 0
        # In the order of the parts, from their decision to their publication.
        self._untold: deque[_Commit] = deque()
        self._unstored: deque[Verdict] = deque()
        self._retrying = False
        self._progress = asyncio.Event()
        for name in stations:
            self.parts.station_down(name, _starting(name), self._now_ns())

    def connect(
        self,
        publication: Publication,
        fire: Callable[[int], None] | None,
        desk: Desk,
        turned_over: Callable[[], None],
    ) -> None:
        """Say where verdicts go, how cameras are fired (None: the photo-eye fires them), and more.

        `desk` carries out commands; `turned_over` is called when parts begin or cease to be taken.
        Called once, before anything starts: the PLC link needs the line, and the line it.
        """
        self._publication = publication
        self._fire = fire
        self._desk = desk
        self._turned_over = turned_over

    def why_not_ready(self) -> list[str]:
        """Everything that keeps the line from taking the next part, in words."""
        reasons = [why for why in self.down.values() if why]
        if self.journal_error:
            reasons.append(f"journal: {self.journal_error}")
        if not self.accepting:
            reasons.append("the service is stopping")
        if self.paused:
            reasons.append(self.paused)
        if self.offline:
            reasons.append(_OFFLINE)
        return reasons

    def is_held(self) -> bool:
        """Whether nothing is wrong, and parts are not taken because somebody wants it so."""
        held = bool(self.paused) or self.offline
        return held and self.accepting and not self.journal_error and not any(self.down.values())

    def pause(self, why: str) -> None:
        """Take no parts until `resume`."""
        self.paused = why
        self._turned_over()

    def resume(self) -> None:
        """Take parts again."""
        self.paused = ""
        self._turned_over()

    def go_offline(self) -> None:
        """Take no parts until `go_online`; parts on their way are answered."""
        self.offline = True
        self._turned_over()

    def go_online(self) -> None:
        """Take parts again."""
        self.offline = False
        self._turned_over()

    def is_busy(self) -> bool:
        """Whether a part is between its trigger and the end of its exposure."""
        return self._exposing is not None

    async def until_idle(self) -> None:
        """Wait until every part has been answered and stored."""
        while self.parts.open_parts() or self._in_journal or self._untold:
            self._progress.clear()
            await self._progress.wait()

    def on_trigger(self, part_id: int, lot_id: int) -> int | None:
        """Take a part from the PLC; None when the line is not ready for it."""
        if self.why_not_ready() or self.is_busy() or self._stood_still():
            return None
        self._metrics.trigger()
        self._exposing = self.parts.announce(part_id, lot_id, self._now_ns())
        if self._fire is not None:
            self._fire(self._exposing)
        # The PLC link learns the acquisition id from this call's answer, so what follows waits.
        self._loop.call_soon(self._after_change)
        return self._exposing

    def on_command(
        self, command: LineCommand, argument: int, ended: Callable[[CommandAnswer], None]
    ) -> None:
        """Have a command of the PLC carried out."""
        self._desk.run(command, argument, ended)

    def on_error_cleared(self) -> None:
        """Pass the PLC's ClearError on."""
        self._desk.error_cleared()

    def turned(self) -> None:
        """Note that the loop turns; ten times a second."""
        self._turned_ns = self._now_ns()

    def _stood_still(self) -> bool:
        """Whether a trigger may have waited for this process so long that no frame fits it."""
        return self._now_ns() - self._turned_ns > _TURN_NS + self._window_ns

    def on_missed(self, part_id: int, lot_id: int) -> None:
        """Answer a part whose trigger came while the line was not ready."""
        self._metrics.trigger()
        self.parts.missed(part_id, lot_id, self._now_ns())
        self._after_change()

    def on_station_up(self, station: str, info: CameraUp) -> None:
        """Take a station into service."""
        self.down[station] = ""
        self._maker.camera_is(station, info.info)
        self.parts.station_up(station)
        self._metrics.station_up(station, info.info)

    def on_station_down(self, station: str, reason: Reason) -> None:
        """Answer what waits for a station that cannot answer any more."""
        self.down[station] = reason.text
        self.parts.station_down(station, reason, self._now_ns())
        self._metrics.station_down(station)
        self._after_change()

    def on_view_started(self, station: str, message: ViewStarted) -> None:
        """Match the frames of one view to their part."""
        acquisition_id = self.parts.view_started(
            station, message.view, message.received_ns, message.acquisition_id, self._now_ns()
        )
        # A station that was started again numbers its views from 1 again.
        self._acquisitions.pop((station, message.view), None)
        self._acquisitions[station, message.view] = acquisition_id
        while len(self._acquisitions) > _MOST_VIEWS_REMEMBERED:
            self._acquisitions.popitem(last=False)
        if self.parts.unannounced(acquisition_id) and self.parts.exposed(acquisition_id):
            self._publication.exposure_complete(acquisition_id)
        self._after_change()

    def on_view_done(self, station: str, message: ViewDone) -> None:
        """Take one view's result."""
        self.parts.view_done(station, message.view, message.result, self._now_ns())
        self._after_change()
        # While the disk works: nobody waits for it.
        self._metrics.picture(station, message.result.measures)

    def on_preview(self, station: str, message: Preview, jpeg: bytes) -> None:
        """Pass a picture on to the page."""
        acquisition_id = self._acquisitions.get((station, message.view))
        if acquisition_id is None:
            self.previews_unknown += 1
        else:
            self._publication.preview(acquisition_id, station, message, jpeg)

    def on_beat(self, station: str, beat: Beat) -> None:
        """Note a station's signs of life."""
        self._metrics.beat(station, beat)

    def _after_change(self) -> None:
        try:
            self._answer()
            self._set_timer()
        except Exception as error:  # noqa: BLE001 - asyncio would only log it, and parts would wait for ever
            self._fail(error)
        self._progress.set()

    def _answer(self) -> None:
        # A part that was answered without a picture is no longer waited for either.
        if self._exposing is not None and self.parts.exposed(self._exposing):
            self._publication.exposure_complete(self._exposing)
            self._exposing = None
        for part in self.parts.take_decided():
            self._commit(part)

    def _fail(self, error: Exception) -> None:
        if not self.failed.done():
            self.failed.set_exception(error)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_ns = self.parts.next_event_ns()
        if due_ns is not None:
            # The loop's clock is CLOCK_MONOTONIC, as every time here.
            self._timer = self._loop.call_at(due_ns / 1e9, self._guarded, self._on_timer, None)

    def _on_timer(self, _: None) -> None:
        self.parts.expire(self._now_ns())
        self._after_change()

    def _commit(self, part: DecidedPart) -> None:
        verdict = self._maker.make(part, degraded=bool(self.why_not_ready()))
        now_ns = self._now_ns()
        limit_ns = max(part.due_ns, now_ns + _LEAST_COMMIT_NS)
        commit = _Commit(verdict, now_ns, limit_ns, part.due_ns - self._deadline_ns)
        commit.timer = self._loop.call_at(commit.limit_ns / 1e9, self._guarded, self._slow, commit)
        self._in_journal += 1
        self._untold.append(commit)
        self._then(self._journal.commit(verdict), partial(self._committed, commit))

    def _then(self, future: Future[None], do: Callable[[BaseException | None], None]) -> None:
        """Come back from the journal's thread to the loop, in the order of the commits."""
        future.add_done_callback(
            lambda done: self._loop.call_soon_threadsafe(self._guarded, do, done.exception())
        )

    def _guarded(self, do: Callable[[Argument], None], argument: Argument) -> None:
        """Call back; an exception, which asyncio would only log, ends the service."""
        try:
            do(argument)
        except Exception as error:  # noqa: BLE001 - whatever it is, a part may be without its answer
            self._fail(error)

    def _committed(self, commit: _Commit, error: BaseException | None) -> None:
        assert commit.timer is not None
        commit.timer.cancel()
        self._in_journal -= 1
        now_ns = self._now_ns()
        if commit.answer is None:
            if error is not None:
                commit.answer = not_journaled(commit.verdict, error)
                self._keep_unstored(commit.answer, str(error))
            elif now_ns > commit.limit_ns:
                self._slow(commit)
            else:
                commit.answer = commit.verdict
            self._tell_in_order()
        if error is None:
            self._metrics.journal_commit((now_ns - commit.started_ns) / 1e9)
        self._progress.set()

    def _slow(self, commit: _Commit) -> None:
        """Answer a part whose verdict has not reached the disk in time: NO-VERDICT, anew.

        The slow one may be stored yet, so the answer has a number of its own; of one acquisition
        id the greatest sequence is what the PLC was told.
        """
        waited_ms = (self._now_ns() - commit.started_ns) / 1e6
        why = f"the disk has not taken a verdict for {waited_ms:.0f} ms: look at its load"
        commit.answer = self._maker.instead_of(commit.verdict, why)
        self._keep_unstored(commit.answer, why)
        self._tell_in_order()

    def _tell_in_order(self) -> None:
        """Publish what is known, but no part before those that came before it.

        What is refused at once would otherwise overtake what the disk still works on. Each wait
        ends at its part's limit.
        """
        while self._untold and (answer := self._untold[0].answer) is not None:
            commit = self._untold.popleft()
            self._publication.publish(answer, commit.triggered_ns)

    def _keep_unstored(self, verdict: Verdict, why: str) -> None:
        self.journal_error = why
        if len(self._unstored) < _MOST_UNSTORED:
            self._unstored.append(verdict)
        else:
            self.never_stored += 1
            self.journal_error = f"{why}; {self.never_stored} verdicts are in the log only"

    def unstored(self) -> int:
        """How many verdicts the PLC was told that are not in the journal, or not yet."""
        return len(self._unstored) + self.never_stored

    def retry_journal(self) -> None:
        """Store what the journal refused, oldest first; the line is ready again when all is in."""
        if self._unstored and not self._retrying:
            self._retrying = True
            self._then(self._journal.commit(self._unstored[0]), self._retried)

    def _retried(self, error: BaseException | None) -> None:
        self._retrying = False
        if error is not None:
            self.journal_error = str(error)
            return
        self._unstored.popleft()
        self._publication.stored_late()
        if self._unstored:
            self.retry_journal()
        else:
            self.journal_error = ""


def _starting(name: str) -> Reason:
    return Reason(ReasonCode.STATION_LOST, f"station {name} is still starting")


def _nobody() -> None:
    """Before anything is connected."""
