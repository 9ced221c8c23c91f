"""What commands do on a line without recipes, stations or a gauge."""

from collections.abc import Callable

from inspectd.core.commands import DONE, CommandAnswer, CommandResult, LineCommand
from inspectd.supervisor.publication import Publication


class Desk:
    """Acknowledges; has nothing else to carry out."""

    def __init__(self, publication: Publication) -> None:
        self._publication = publication

    def run(
        self, command: LineCommand, argument: int, ended: Callable[[CommandAnswer], None]
    ) -> None:
        """As `supervisor.commands.LineCommands`."""
        if command in (LineCommand.ACKNOWLEDGE_ERROR, LineCommand.RESET):
            self._publication.clear_error()
            ended(DONE)
        else:
            ended(CommandAnswer(CommandResult.NOT_POSSIBLE_NOW, f"nothing for {argument} here"))

    def error_cleared(self) -> None:
        """Nothing is remembered."""
