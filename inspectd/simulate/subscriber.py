"""A consumer of verdicts that knows nothing of their sender: the demo's independent witness."""

import json
import threading
from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from inspectd.core.errors import PublishError

_CONNECT_S = 10.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What came: `verdicts` by (boot id, sequence), `duplicates` beyond the first of each.

    `unreadable` messages were no verdicts. `decisions` holds the decision's name by acquisition
    id, of the boot that published last.
    """

    verdicts: int
    duplicates: int
    unreadable: int
    decisions: dict[int, str]


class VerdictSubscriber:
    """Counts every message on `topic` while entered.

    Entering raises PublishError unless the broker has granted the subscription, so nothing that
    is published afterwards is missed. paho's network thread is joined on leaving.
    """

    def __init__(self, host: str, port: int, topic: str) -> None:
        self._address = (host, port)
        self._topic = topic
        self._changed = threading.Condition()
        self._subscribed = False
        self._refused = ""
        self._counts: Counter[tuple[str, int]] = Counter()
        self._decisions: dict[int, str] = {}
        self._boot_id = ""
        self._unreadable = 0
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        """Connect and subscribe with QoS 1."""
        host, port = self._address
        try:
            self._client.connect(host, port)
        except OSError as error:
            msg = f"no MQTT broker at {host}:{port}: {error.strerror or error}; start it first"
            raise PublishError(msg) from error
        self._client.loop_start()
        with self._changed:
            self._changed.wait_for(lambda: self._subscribed or bool(self._refused), _CONNECT_S)
        if not self._subscribed:
            self._leave()
            why = self._refused or f"no answer within {_CONNECT_S:.0f} s"
            msg = f"MQTT broker at {host}:{port} does not let us read {self._topic}: {why}"
            raise PublishError(msg)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Disconnect."""
        self._leave()

    def seen(self) -> Seen:
        """The counts so far; from any thread."""
        with self._changed:
            return self._seen()

    def wait_for(self, verdicts: int, timeout_s: float) -> Seen:
        """Wait until so many different verdicts have come, at most `timeout_s`; the counts."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._counts) >= verdicts, timeout_s)
            return self._seen()

    def _seen(self) -> Seen:
        different = len(self._counts)
        return Seen(
            verdicts=different,
            duplicates=self._counts.total() - different,
            unreadable=self._unreadable,
            decisions=dict(self._decisions),
        )

    def _leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self,
        client: paho.Client,
        userdata: Any,  # noqa: ARG002 - paho's signature
        flags: paho.ConnectFlags,  # noqa: ARG002 - paho's signature
        reason: ReasonCode,
        properties: Properties | None,  # noqa: ARG002 - paho's signature
    ) -> None:
        """Subscribe afresh after every reconnect: the session is a clean one."""
        if reason.is_failure:
            self._refuse(str(reason))
        else:
            client.subscribe(self._topic, qos=1)

    def _on_subscribe(
        self,
        client: paho.Client,  # noqa: ARG002 - paho's signature
        userdata: Any,  # noqa: ARG002 - paho's signature
        mid: int,  # noqa: ARG002 - paho's signature
        reasons: list[ReasonCode],
        properties: Properties | None,  # noqa: ARG002 - paho's signature
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refuse(", ".join(map(str, reasons)))
            return
        with self._changed:
            self._subscribed = True
            self._changed.notify_all()

    def _refuse(self, why: str) -> None:
        with self._changed:
            self._refused = why
            self._changed.notify_all()

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:  # noqa: ARG002 - paho's signature
        """Never raises: an exception here would end paho's thread without a sign."""
        verdict = _identified(message.payload)
        with self._changed:
            if verdict is None:
                self._unreadable += 1
            else:
                self._count(*verdict)
            self._changed.notify_all()

    def _count(self, boot_id: str, sequence: int, acquisition_id: int, decision: str) -> None:
        self._counts[boot_id, sequence] += 1
        if boot_id != self._boot_id:
            self._boot_id = boot_id
            self._decisions.clear()
        self._decisions[acquisition_id] = decision


def _identified(payload: bytes | bytearray) -> tuple[str, int, int, str] | None:
    """Boot id, sequence, acquisition id and decision of a verdict document, if it is one."""
    try:
        body = json.loads(payload)
        found = (body["boot_id"], body["sequence"], body["acquisition_id"], body["decision"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if [type(value) for value in found] != [str, int, int, str]:
        return None
    return found
