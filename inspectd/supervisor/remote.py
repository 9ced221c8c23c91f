"""The desk for commands that come over MQTT."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Protocol

import structlog

from inspectd.core.commands import DONE, CommandAnswer, LineCommand, not_now
from inspectd.publish.remote import Request, parse, refusal, reply

# Replies are kept for messages that the broker delivers again.
_MOST_REMEMBERED = 256
_NO_PICTURE = "no station has shown a picture yet"

log = structlog.get_logger("command")


class Commands(Protocol):
    """Who carries commands out (`supervisor.commands.LineCommands`)."""

    def run(
        self, command: LineCommand, argument: int, ended: Callable[[CommandAnswer], None]
    ) -> None:
        """Carry out a command, and call `ended` once."""


class Sender(Protocol):
    """Where replies and pictures go (`publish.mqtt.MqttPublisher`)."""

    def reply(self, payload: bytes) -> None:
        """Send the answer to a command."""

    def picture(self, station: str, jpeg: bytes) -> None:
        """Send one station's last picture."""


class RemoteDesk:
    """Takes messages from any thread, acts on the loop's, answers each once.

    Made inside a running event loop. `pictures`: the last one of every station.
    """

    def __init__(
        self, commands: Commands, sender: Sender, pictures: Callable[[], dict[str, bytes]]
    ) -> None:
        self.refused = 0
        self._commands = commands
        self._sender = sender
        self._pictures = pictures
        self._loop = asyncio.get_running_loop()
        # By id; None: it is being carried out, and the reply is still to come.
        self._answered: OrderedDict[str, bytes | None] = OrderedDict()

    def receive(self, payload: bytes, *, retained: bool) -> None:
        """Take one message; any thread. A loop that has ended takes none."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(partial(self._take, payload, retained=retained))

    def _take(self, payload: bytes, *, retained: bool) -> None:
        request = parse(payload)
        if isinstance(request, str):
            self._refuse(request)
        elif retained:
            # Whoever subscribes gets it, at any time later: nobody wants that of a command.
            self._refuse("it is retained: publish commands without the retain flag")
        elif request.id in self._answered:
            if (known := self._answered[request.id]) is not None:
                self._sender.reply(known)
        else:
            self._answered[request.id] = None
            while len(self._answered) > _MOST_REMEMBERED:
                self._answered.popitem(last=False)
            self._carry_out(request)

    def _carry_out(self, request: Request) -> None:
        log.info("remote_command", id=request.id, command=request.command.value)
        command = request.command.line_command
        if command is None:
            self._end(request, self._snapshot())
        else:
            self._commands.run(command, request.recipe or 0, partial(self._end, request))

    def _snapshot(self) -> CommandAnswer:
        pictures = self._pictures()
        for station, jpeg in pictures.items():
            self._sender.picture(station, jpeg)
        return DONE if pictures else not_now(_NO_PICTURE)

    def _end(self, request: Request, answer: CommandAnswer) -> None:
        said = reply(request, answer)
        if request.id in self._answered:
            self._answered[request.id] = said
        self._sender.reply(said)

    def _refuse(self, why: str) -> None:
        self.refused += 1
        log.warning("remote_command_refused", why=why)
        self._sender.reply(refusal(why))
