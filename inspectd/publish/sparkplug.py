"""Verdicts and state as a Sparkplug B edge node: topics, and when what is said.

NDATA has QoS 0 (tck-id-payloads-ndata-qos), so nothing tells that the broker has it. It serves the
packets of one connection in order, though: its answer to a subscription that follows tells that
it has taken all that went before. So verdicts are ticked off, and at least once holds here too.
"""

import time
from collections.abc import Callable

from inspectd_drivers.mqtt import MqttLink, Received
from inspectd_drivers.mqtt_fault import BrokerError, BrokerFault

from inspectd.publish.dialect import Message, State
from inspectd.publish.sparkplug_node import EdgeNode, PrimaryHost, asks_for_rebirth
from inspectd.settings.sparkplug import SparkplugSettings

_NAMESPACE = "spBv1.0"


def _utc_ms() -> int:
    return time.time_ns() // 1_000_000


class SparkplugDialect:
    """One edge node for one line."""

    def __init__(
        self, settings: SparkplugSettings, line: str, utc_ms: Callable[[], int] = _utc_ms
    ) -> None:
        self._settings = settings
        self._node_id = settings.edge_node_id or line
        self._utc_ms = utc_ms
        self._node = EdgeNode()
        self._host = PrimaryHost(settings.host_id)
        self._born = False

    def will(self) -> Message:
        """NDEATH, QoS 1, not retained."""
        self._host = PrimaryHost(self._settings.host_id)
        self._born = False
        return self._message("NDEATH", self._node.connecting(self._utc_ms()), qos=1)

    def begin(self, link: MqttLink, state: State) -> None:
        """Subscribe first, then NBIRTH; without the primary host the birth waits for it."""
        link.subscribe(self._topic("NCMD"))
        if self._settings.host_id:
            link.subscribe(self._host_topic())
        self._node.state(state, self._utc_ms())
        self._give_birth(link)

    def ready(self) -> bool:
        """Whether the birth is out: nothing may come before it."""
        return self._born

    def state(self, state: State) -> Message | None:
        """NDATA of what has changed."""
        if not self._born:
            return None
        found = self._node.state(state, self._utc_ms())
        return None if found is None else self._message("NDATA", found, qos=0)

    def verdict(self, document: bytes, *, historical: bool) -> Message:
        """NDATA of one part."""
        payload = self._node.verdict(document, self._utc_ms(), historical=historical)
        return self._message("NDATA", payload, qos=0)

    def confirm(self, link: MqttLink) -> int | None:
        """The subscription that stands anyway, asked for again."""
        return link.subscribe(self._topic("NCMD"))

    def take(self, link: MqttLink, message: Received) -> bool:
        """NCMD: a rebirth; STATE: the primary host comes, or goes."""
        if message.topic == self._topic("NCMD"):
            if self._born and asks_for_rebirth(message.payload):
                self._say(link, self._birth())
            return True
        if not self._settings.host_id or message.topic != self._host_topic():
            return False
        self._host.told(message.payload)
        if self._born and not self._host.online:
            # Its will then says for us what must be said: NDEATH
            # (tck-id-operational-behavior-edge-node-termination-host-offline).
            what = f"the primary host {self._settings.host_id} is offline"
            raise BrokerError(BrokerFault.LOST, "with Sparkplug", what)
        self._give_birth(link)
        return True

    def farewell(self) -> Message:
        """NDEATH before the DISCONNECT, which takes the will back."""
        return self._message("NDEATH", self._node.death(self._utc_ms()), qos=1)

    def _give_birth(self, link: MqttLink) -> None:
        if self._host.online and not self._born:
            self._say(link, self._birth())
            self._born = True

    def _birth(self) -> Message:
        return self._message("NBIRTH", self._node.birth(self._utc_ms()), qos=0)

    def _say(self, link: MqttLink, message: Message) -> None:
        link.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)

    def _message(self, kind: str, payload: bytes, *, qos: int) -> Message:
        return Message(self._topic(kind), payload, qos, retain=False)

    def _topic(self, kind: str) -> str:
        return f"{_NAMESPACE}/{self._settings.group_id}/{kind}/{self._node_id}"

    def _host_topic(self) -> str:
        return f"{_NAMESPACE}/STATE/{self._settings.host_id}"
