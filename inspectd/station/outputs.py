"""Pass, fail and ready on the camera's lines, by a thread that keeps the times of the pulses.

Whatever is in doubt is no PASS: a verdict that comes here late, or while another pulse is up, is
given as fail; ready is down unless the supervisor has said within the last half second that the
line is ready; and all is down when the station ends. A killed process cannot lower anything: the
camera holds its lines until it is opened again, which lowers them first of all. That is why a
gate must take the edge of pass, not its level, and why ready alternates.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

from inspectd.core.errors import DeviceError
from inspectd.core.messages import SignalReady, SignalVerdict
from inspectd.core.outputs import OutputSignals
from inspectd.station.report import report

_NS_PER_MS = 1_000_000
# On its way from the supervisor a verdict takes a few milliseconds.
_LATE_NS = 50 * _NS_PER_MS
_READY_FOR_NS = 500 * _NS_PER_MS
_CHANGE_NS = 100 * _NS_PER_MS


class Signals:
    """What should be up now: plain rules over times, without a thread.

    Times are CLOCK_MONOTONIC ns. `turn` is called when something has come, and at `due_ns`.
    """

    def __init__(self, wanted: OutputSignals, switch: Callable[[str, bool], None]) -> None:
        self.withheld = 0
        self._wanted = wanted
        self._switch = switch
        self._pulse = ""
        self._pulse_ends_ns = 0
        self._ready_until_ns = 0
        self._ready_up = False
        self._change_ns = 0

    def verdict(self, message: SignalVerdict, now_ns: int) -> None:
        """Begin the pulse of one verdict."""
        self.turn(now_ns)
        late = now_ns - message.decided_ns > _LATE_NS
        passes = message.passed and not late and not self._pulse
        if message.passed and not passes:
            self.withheld += 1
            why = "it came late" if late else "another pulse was up: pulse_ms is too long"
            report("pass_signal_withheld", part=message.part_id, why=why)
        self._end_pulse()
        output = self._wanted.pass_output if passes else self._wanted.fail_output
        if output:
            self._pulse = output
            self._pulse_ends_ns = now_ns + self._wanted.pulse_ms * _NS_PER_MS
            self._switch(output, True)  # noqa: FBT003 - on

    def ready(self, message: SignalReady, now_ns: int) -> None:
        """Take the supervisor's word, which holds for half a second."""
        self._ready_until_ns = now_ns + _READY_FOR_NS if message.ready else 0
        self.turn(now_ns)

    def turn(self, now_ns: int) -> None:
        """End the pulse that is over; keep ready as it must be."""
        if self._pulse and now_ns >= self._pulse_ends_ns:
            self._end_pulse()
        if not self._wanted.ready_output:
            return
        if now_ns >= self._ready_until_ns:
            self._ready_until_ns = 0
            self._show_ready(up=False)
        elif self._wanted.ready_signal == "level":
            self._show_ready(up=True)
        elif now_ns >= self._change_ns:
            self._change_ns = now_ns + _CHANGE_NS
            self._show_ready(up=not self._ready_up)

    def due_ns(self) -> int | None:
        """When `turn` has something to do at the latest; None: when something comes."""
        due = [self._pulse_ends_ns] if self._pulse else []
        if self._ready_until_ns:
            due.append(self._ready_until_ns)
            if self._wanted.ready_signal == "alternating":
                due.append(self._change_ns)
        return min(due, default=None)

    def end(self) -> None:
        """Lower everything."""
        self._end_pulse()
        self._ready_until_ns = 0
        self._show_ready(up=False)

    def _show_ready(self, *, up: bool) -> None:
        if up is not self._ready_up:
            self._ready_up = up
            self._switch(self._wanted.ready_output, up)

    def _end_pulse(self) -> None:
        if self._pulse:
            self._switch(self._pulse, False)  # noqa: FBT003 - off
            self._pulse = ""


class Outputs:
    """Runs `Signals` in a thread. `signal` never blocks; `close` lowers everything.

    `set_output` may raise DeviceError: without a camera there is nothing to lower, and the
    next one that is opened begins with everything down.
    """

    def __init__(self, wanted: OutputSignals, set_output: Callable[[str, bool], None]) -> None:
        self._set_output = set_output
        self._signals = Signals(wanted, self._switch)
        self._changed = threading.Condition()
        self._waiting: deque[SignalVerdict | SignalReady] = deque()
        self._closing = False
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="outputs")
        self._thread.start()

    def signal(self, message: SignalVerdict | SignalReady) -> None:
        """Take what the supervisor says."""
        with self._changed:
            self._waiting.append(message)
            self._changed.notify()

    def close(self) -> None:
        """Lower everything, and end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (messages := self._next()) is not None:
            for message in messages:
                now_ns = time.monotonic_ns()
                if isinstance(message, SignalVerdict):
                    self._signals.verdict(message, now_ns)
                else:
                    self._signals.ready(message, now_ns)
            self._signals.turn(time.monotonic_ns())
        self._signals.end()

    def _next(self) -> list[SignalVerdict | SignalReady] | None:
        """What has come, perhaps nothing when a time is due; None at the end."""
        with self._changed:
            due_ns = self._signals.due_ns()
            wait_s = None if due_ns is None else max(0.0, (due_ns - time.monotonic_ns()) / 1e9)
            self._changed.wait_for(lambda: self._waiting or self._closing, wait_s)
            if self._closing:
                return None
            messages = list(self._waiting)
            self._waiting.clear()
            return messages

    def _switch(self, output: str, on: bool) -> None:
        try:
            self._set_output(output, on)
            self._failing = False
        except DeviceError as error:
            if not self._failing:
                report("output_not_set", output=output, reason=str(error))
            self._failing = True
