"""The command handshake of the simulated PLC: ExecuteCommand up, its end, ExecuteCommand down."""

import asyncio
from dataclasses import dataclass, field
from enum import Enum, auto

from inspectd.core.commands import CommandResult


class _Step(Enum):
    WAITING = auto()
    RAISED = auto()
    LOWERED = auto()


@dataclass(slots=True)
class PlcCommand:
    """One command on its way; `done` is what became of it."""

    code: int
    argument: int
    done: asyncio.Future[CommandResult] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    _step: _Step = _Step.WAITING
    _result: CommandResult = CommandResult.DONE

    def follow(
        self, status: dict[str, int], values: dict[str, int], outputs: dict[str, int]
    ) -> int | None:
        """One scan: what ExecuteCommand must be now; None once it is over."""
        if self._step is _Step.WAITING:
            outputs["command_code"], outputs["command_argument"] = self.code, self.argument
            self._step = _Step.RAISED
            return 1
        ended = status["CommandCompleted"] or status["CommandFailed"]
        if self._step is _Step.RAISED:
            if not ended or values["command_echo"] != self.code:
                return 1
            self._result = CommandResult(values["command_result"])
            self._step = _Step.LOWERED
            return 0
        if ended:
            return 0
        self.done.set_result(self._result)
        return None
