"""What goes over the connection beside the outbox: commands in, replies and pictures out."""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from inspectd_drivers.mqtt import MqttLink, Received

from inspectd.publish.topics import COMMAND


class Receive(Protocol):
    """Takes a command, in the publisher's thread; must not block."""

    def __call__(self, payload: bytes, *, retained: bool) -> None:
        """One message."""
        ...


@dataclass(frozen=True, slots=True)
class Saying:
    """One message that is not kept: nobody waits for it who is not there."""

    topic: str
    payload: bytes
    qos: int


class Talk:
    """The queue of what is to be said, which others fill, and who listens; None: nobody does."""

    def __init__(self, line: str, sayings: deque[Saying], receive: Receive | None) -> None:
        self._line = line
        self._sayings = sayings
        self._receive = receive

    def begin(self, link: MqttLink) -> None:
        """Ask the broker for commands, where somebody listens.

        The session is clean: a command for a service that is away is not kept for later.
        """
        if self._receive is not None:
            link.subscribe(COMMAND.of(self._line))

    def turn(self, link: MqttLink) -> None:
        """Say what is to be said."""
        while self._sayings:
            saying = self._sayings.popleft()
            link.publish(saying.topic, saying.payload, qos=saying.qos, retain=False)

    def take(self, message: Received) -> None:
        """Hand over a message that came."""
        if self._receive is not None:
            self._receive(message.payload, retained=message.retained)
