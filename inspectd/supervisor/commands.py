"""The one desk for whatever is asked of the line: by the PLC, over MQTT, or at the page."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from inspectd.core.commands import DONE, CommandAnswer, CommandResult, LineCommand, not_now
from inspectd.supervisor.alarms import AlarmDesk
from inspectd.supervisor.changeover import Changeover
from inspectd.supervisor.child import StationChild
from inspectd.supervisor.line import Line
from inspectd.supervisor.publication import Publication
from inspectd.supervisor.verification import Verification

_NO_GAUGE = "no gauge is configured: name one under [verification] in the settings"
_PLC_ONLY = "only the PLC takes results off its registers"

Ended = Callable[[CommandAnswer], None]

log = structlog.get_logger("command")


class LineCommands:
    """Carries commands out. All calls on the loop's thread; none blocks."""

    def __init__(
        self,
        *,
        line: Line,
        changeover: Changeover,
        publication: Publication,
        children: Sequence[StationChild],
        verification: Verification | None,
        alarms: AlarmDesk,
    ) -> None:
        self._line = line
        self._changeover = changeover
        self._publication = publication
        self._children = children
        self._verification = verification
        self._alarms = alarms
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, command: LineCommand, argument: int, ended: Ended) -> None:
        """Carry out a command, and call `ended` once: at once, or when it has taken its time."""
        now: dict[LineCommand, Callable[[], CommandAnswer]] = {
            LineCommand.VERIFY: lambda: not_now(self.verify()),
            LineCommand.GO_OFFLINE: self._go_offline,
            LineCommand.GO_ONLINE: self._go_online,
            LineCommand.ACKNOWLEDGE_ERROR: self._acknowledge_error,
            LineCommand.RESET: self._reset,
            LineCommand.DEQUEUE_RESULT: lambda: not_now(_PLC_ONLY),
        }
        later: dict[LineCommand, Callable[[int], Awaitable[CommandAnswer]]] = {
            LineCommand.PREPARE_RECIPE: self._changeover.prepare,
            LineCommand.ACTIVATE_RECIPE: self._changeover.activate,
        }
        if command in now:
            self._end(command, argument, now[command](), ended)
            return
        task = asyncio.create_task(self._later(command, argument, later[command], ended))
        # The loop keeps only a weak reference to a task (asyncio.create_task).
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def error_cleared(self) -> None:
        """Take the PLC's ClearError for the acknowledgement of what the line reported."""
        self._alarms.acknowledge_all()
        self._publication.forget_overruns()
        if self._verification is not None and self._verification.alarm:
            self.acknowledge()

    def verify(self) -> str:
        """Take the parts that start from now on for the gauge; why not, or an empty text."""
        if self._verification is None:
            return _NO_GAUGE
        why_not = "; ".join(self._line.why_not_ready())
        return why_not or self._verification.arm(self._line.parts.last_id)

    def acknowledge(self) -> str:
        """Acknowledge a failed verification; why not, or an empty text."""
        return _NO_GAUGE if self._verification is None else self._verification.acknowledge()

    def verification(self) -> dict[str, Any] | None:
        """What the verification has found, as plain values; None without a gauge."""
        return None if self._verification is None else self._verification.document()

    async def _later(
        self,
        command: LineCommand,
        argument: int,
        carry_out: Callable[[int], Awaitable[CommandAnswer]],
        ended: Ended,
    ) -> None:
        try:
            answer = await carry_out(argument)
        except Exception:  # whoever asked is answered, whatever it was
            log.exception("command_failed", command=command.name, argument=argument)
            why = "a fault of inspectd itself: look at the log"
            answer = CommandAnswer(CommandResult.FAILED, why)
        self._end(command, argument, answer, ended)

    def _end(
        self, command: LineCommand, argument: int, answer: CommandAnswer, ended: Ended
    ) -> None:
        said = log.info if answer.done else log.warning
        event = "command_done" if answer.done else "command_refused"
        said(event, command=command.name, argument=argument, why=answer.why)
        ended(answer)

    def _go_offline(self) -> CommandAnswer:
        self._line.go_offline()
        return DONE

    def _go_online(self) -> CommandAnswer:
        self._line.go_online()
        return DONE

    def _acknowledge_error(self) -> CommandAnswer:
        self._publication.clear_error()
        self.error_cleared()
        return DONE

    def _reset(self) -> CommandAnswer:
        for child in self._children:
            if not child.is_up():
                child.hurry()
        return self._acknowledge_error()
