"""What may be asked of a running line, by whom it may be: PLC, broker or a person at the page."""

from dataclasses import dataclass
from enum import IntEnum


class LineCommand(IntEnum):
    """Commands by the code that a PLC writes (control register 2).

    Codes below 100 are MVTec MERLIC's for the same thing (MERLIC 26.03 manual, "Commands
    (Hilscher)": GetResult 2, PrepareRecipe 4); from 100 on they are this map's own.
    """

    DEQUEUE_RESULT = 2
    PREPARE_RECIPE = 4
    VERIFY = 100
    ACTIVATE_RECIPE = 101
    GO_OFFLINE = 102
    GO_ONLINE = 103
    ACKNOWLEDGE_ERROR = 104
    RESET = 105


class CommandResult(IntEnum):
    """What became of a command, as input register 8 says it."""

    DONE = 0
    UNKNOWN_COMMAND = 1
    NOT_POSSIBLE_NOW = 2
    UNKNOWN_RECIPE = 3
    FAILED = 4


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """The end of a command; `why` is a sentence for people, empty where it was done."""

    result: CommandResult = CommandResult.DONE
    why: str = ""

    @property
    def done(self) -> bool:
        """Whether it was carried out."""
        return self.result is CommandResult.DONE


DONE = CommandAnswer()


def not_now(why: str) -> CommandAnswer:
    """It cannot be done now, for this reason; done where there is none."""
    return CommandAnswer(CommandResult.NOT_POSSIBLE_NOW, why) if why else DONE
