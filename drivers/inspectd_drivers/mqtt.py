"""One connection to an MQTT 3.1.1 broker, over paho, without paho's thread.

paho-mqtt 2.2 loses its own network thread to any exception in a callback, while it still says
that it is connected, and queues in memory what was published offline. So paho is driven from
outside here (its `loop_read`, `loop_write`, `loop_misc`): errors reach the caller, and a link that
broke is thrown away with all it remembers. What is still owed to the broker, the caller knows.
"""

import re
import select
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from inspectd_drivers.mqtt_fault import BrokerError, BrokerFault, lost, refused, unreachable

_FAREWELL_S = 1.0
# Commands that wait to be taken over; more are left unread, and so unconfirmed.
_MOST_RECEIVED = 64
_TLS_ALERT = re.compile(r"ALERT_([A-Z_]+)|alert ([a-z ]+)")


@dataclass(frozen=True, slots=True)
class Received:
    """A message that came; `retained`: the broker kept it, and it may be old."""

    topic: str
    payload: bytes
    retained: bool


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, who we are to it, and the QoS 1 message it keeps as our will.

    `client_id` is the same at every connection: a broker then closes a half-open older one.
    """

    host: str
    port: int
    client_id: str
    keepalive_s: int
    will_topic: str = ""
    will_payload: bytes = b""
    will_retain: bool = True
    user: str = ""
    password: str | None = None
    tls: ssl.SSLContext | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class MqttLink:
    """One connection, used once, by one thread: `connect`, then `publish` and `poll`, then an end.

    The end is `close` (the broker forgets the will) or `abort` (it publishes the will). Anything
    that ends the connection raises PublishError from the call that meets it.
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._acked: list[int] = []
        self._received: list[Received] = []
        self._accepted = False
        self._refusal = self._lost = self._tls_alert = ""
        self._client = client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=broker.client_id,
            clean_session=True,
            # Otherwise a refused CONNECT is tried again as MQTT 3.1, from inside a callback.
            reconnect_on_failure=False,
        )
        client.max_inflight_messages_set(0)  # no limit here: the caller keeps its own window
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.on_log = self._on_log
        if broker.will_topic:
            client.will_set(
                broker.will_topic, broker.will_payload, qos=1, retain=broker.will_retain
            )
        if broker.user:
            client.username_pw_set(broker.user, broker.password)
        if broker.tls is not None:
            client.tls_set_context(broker.tls)

    def connect(self, timeout_s: float) -> None:
        """Connect and wait for the broker's yes: at most `timeout_s` for each, TLS included."""
        self._client.connect_timeout = timeout_s
        try:
            self._client.connect(self._broker.host, self._broker.port, self._broker.keepalive_s)
        except (OSError, ValueError) as error:
            raise unreachable(str(self._broker), error) from error
        # Several small messages in flight: Nagle's algorithm would hold the second one back.
        self._socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        deadline_s = time.monotonic() + timeout_s
        while not self._accepted:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                what = "it took the connection and does not answer"
                raise BrokerError(BrokerFault.NO_BROKER, str(self._broker), what)
            self.poll(left_s)

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> int:
        """Send one message; its number, which `poll` returns once the broker has it."""
        info = self._client.publish(topic, payload, qos=qos, retain=retain)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise self._broken()
        return info.mid

    def subscribe(self, topic: str) -> int:
        """Ask for the messages of a topic, QoS 1; `received` has them.

        The number is one that `poll` returns once the broker has answered, as for `publish`.
        """
        code, number = self._client.subscribe(topic, qos=1)
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS or number is None:
            raise self._broken()
        return number

    def received(self) -> list[Received]:
        """What has come since the last call, in order."""
        found, self._received = self._received, []
        return found

    def poll(self, timeout_s: float, wake: socket.socket | None = None) -> list[int]:
        """Serve the connection once; the numbers of the messages that the broker has taken over.

        Waits until there is something to do, `wake` is readable, or `timeout_s` has passed.
        """
        connection = self._socket()
        readable, writable = self._wait(connection, timeout_s, wake)
        if readable:
            self._client.loop_read()
        if writable:
            self._client.loop_write()
        self._client.loop_misc()
        acked, self._acked = self._acked, []
        if not acked:
            self._socket()
        return acked

    def close(self) -> None:
        """Say goodbye, so that the will is not published. Never raises; twice is harmless."""
        deadline_s = time.monotonic() + _FAREWELL_S
        with suppress(OSError, ValueError):
            self._client.disconnect()
            while self._client.socket() is not None and time.monotonic() < deadline_s:
                self._wait(self._client.socket(), deadline_s - time.monotonic(), None)
                self._client.loop_write()
        self.abort()

    def abort(self) -> None:
        """Drop the connection without a word. Never raises; twice is harmless."""
        connection = self._client.socket()
        if connection is not None:
            connection.close()

    def _wait(
        self, connection: Any, timeout_s: float, wake: socket.socket | None
    ) -> tuple[bool, bool]:
        # TLS may hold decrypted bytes that the kernel no longer announces.
        buffered = isinstance(connection, ssl.SSLSocket) and connection.pending() > 0
        poller = select.poll()
        wanted = select.POLLIN | (select.POLLOUT if self._client.want_write() else 0)
        poller.register(connection, wanted)
        if wake is not None:
            poller.register(wake, select.POLLIN)
        events = dict(poller.poll(0 if buffered else max(0.0, timeout_s) * 1_000))
        found = events.get(connection.fileno(), 0)
        return buffered or bool(found & ~select.POLLOUT), bool(found & select.POLLOUT)

    def _socket(self) -> Any:
        connection = self._client.socket()
        if connection is None:
            raise self._broken()
        return connection

    def _broken(self) -> BrokerError:
        broker = str(self._broker)
        if self._refusal:
            return refused(broker, self._refusal)
        reason = self._lost or "without a reason"
        return lost(broker, reason, accepted=self._accepted, tls_alert=self._tls_alert)

    def _on_connect(self, _client: Client, _data: Any, _flags: Any, reason: Any, _: Any) -> None:
        self._accepted = not reason.is_failure
        if reason.is_failure:
            self._refusal = str(reason)

    def _on_disconnect(self, _client: Client, _data: Any, _flags: Any, reason: Any, _: Any) -> None:
        self._lost = self._lost or str(reason)

    def _on_message(self, _client: Client, _data: Any, message: Any) -> None:
        if len(self._received) < _MOST_RECEIVED:
            self._received.append(Received(message.topic, message.payload, message.retain))

    def _on_subscribe(
        self, _client: Client, _data: Any, mid: int, _reasons: Any, _properties: Any
    ) -> None:
        self._acked.append(mid)

    def _on_log(self, _client: Client, _data: Any, _level: int, said: str) -> None:
        """The only place where paho tells why a read failed."""
        if (found := _TLS_ALERT.search(said)) is not None:
            self._tls_alert = (found[1] or found[2]).replace("_", " ").lower().strip()

    def _on_publish(self, _client: Client, _data: Any, mid: int, _reason: Any, _: Any) -> None:
        self._acked.append(mid)
