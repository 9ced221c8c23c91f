"""In what form verdicts and state go to the broker: JSON on topics of their own, or Sparkplug."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from inspectd_drivers.mqtt import MqttLink, Received

from inspectd.core.verdict_json import with_historical
from inspectd.publish.topics import OFFLINE, STATE, VERDICT, Topic

State = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Message:
    """One message, ready to be sent."""

    topic: str
    payload: bytes
    qos: int
    retain: bool


class Dialect(Protocol):
    """One for the publisher's life; `will` and `begin` once for each connection."""

    def will(self) -> Message:
        """What the broker says for us when we are gone."""
        ...

    def begin(self, link: MqttLink, state: State) -> None:
        """Say and ask for what comes first on a connection."""
        ...

    def ready(self) -> bool:
        """Whether verdicts may go out now."""
        ...

    def state(self, state: State) -> Message | None:
        """The line's state; None: nothing that must be said."""
        ...

    def verdict(self, document: bytes, *, historical: bool) -> Message:
        """One verdict."""
        ...

    def confirm(self, link: MqttLink, /) -> int | None:
        """Ask the broker to confirm all that went before; the number of its answer.

        None: each message is confirmed by itself.
        """
        ...

    def take(self, link: MqttLink, message: Received, /) -> bool:
        """Take a message that came; whether it was for this dialect."""
        ...

    def farewell(self) -> Message:
        """What is said before a connection is closed on purpose."""
        ...


class JsonDialect:
    """The topics of `publish.topics`."""

    def __init__(self, line: str) -> None:
        self._line = line

    def will(self) -> Message:
        """The same as a clean stop's."""
        return self.farewell()

    def begin(self, link: MqttLink, state: State) -> None:
        """Nothing: the state follows at once."""

    def ready(self) -> bool:
        """Always."""
        return True

    def state(self, state: State) -> Message | None:
        """Retained; `online` is always true in it."""
        payload = json.dumps({**state, "online": True}, separators=(",", ":")).encode()
        return self._message(STATE, payload)

    def verdict(self, document: bytes, *, historical: bool) -> Message:
        """`core.verdict_json`, with the flag."""
        return self._message(VERDICT, with_historical(document, historical=historical))

    def confirm(self, _link: MqttLink) -> int | None:
        """QoS 1: each has a PUBACK."""
        return None

    def take(self, _link: MqttLink, _message: Received) -> bool:
        """Nothing is asked for."""
        return False

    def farewell(self) -> Message:
        """Offline."""
        return self._message(STATE, OFFLINE)

    def _message(self, topic: Topic, payload: bytes) -> Message:
        return Message(topic.of(self._line), payload, topic.qos, topic.retain)
