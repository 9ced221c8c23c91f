"""Commands, replies and pictures over a real broker."""

from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from inspectd.journal.journal import Journal
from inspectd.publish.mqtt import MqttPublisher
from inspectd.settings.mqtt import MqttSettings

Eventually = Callable[[Callable[[], bool]], None]
TOPIC = "inspectd/l1/command"


class Asker:
    """Publishes commands; notes what the publisher has received."""

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[bytes, bool]] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def ask(self, payload: bytes, *, retain: bool = False) -> None:
        self._client.publish(TOPIC, payload, qos=1, retain=retain).wait_for_publish(60)

    def receive(self, payload: bytes, *, retained: bool) -> None:
        self.heard.append((payload, retained))

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def asker(mosquitto: Any) -> Any:
    made = Asker(mosquitto.port)
    yield made
    made.close()


@pytest.fixture
def begin_with(mosquitto: Any, journal: Journal, asker: Asker) -> Any:
    publishers = []

    def start(*, commands: bool) -> MqttPublisher:
        settings = MqttSettings(port=mosquitto.port, commands=commands)
        publisher = MqttPublisher(settings, "l1", journal)
        publisher.listen(asker.receive)
        publisher.start()
        publishers.append(publisher)
        return publisher

    yield start
    for publisher in publishers:
        publisher.stop(0.0)


def test_a_command_reaches_the_listener(
    begin_with: Any, asker: Asker, eventually: Eventually
) -> None:
    publisher = begin_with(commands=True)
    eventually(lambda: publisher.status().connected)

    def heard() -> bool:
        # Until the broker has the subscription, it throws commands away.
        asker.ask(b"one")
        return (b"one", False) in asker.heard

    eventually(heard)


def test_what_the_broker_kept_is_told_apart(
    begin_with: Any, asker: Asker, eventually: Eventually
) -> None:
    asker.ask(b"old", retain=True)
    begin_with(commands=True)
    eventually(lambda: asker.heard == [(b"old", True)])


def test_without_leave_nothing_is_listened_to(
    begin_with: Any, asker: Asker, listen: Any, mosquitto: Any, eventually: Eventually
) -> None:
    publisher = begin_with(commands=False)
    eventually(lambda: publisher.status().connected)
    asker.ask(b"one")
    # What is said afterwards has come round, so the command would have, too.
    listener = listen(mosquitto.port, "inspectd/l1/reply")
    publisher.reply(b"said")
    listener.take(1)
    assert asker.heard == []


def test_replies_and_pictures_go_out(begin_with: Any, listen: Any, mosquitto: Any) -> None:
    listener = listen(mosquitto.port, "inspectd/l1/#")
    publisher = begin_with(commands=True)
    publisher.picture("top", b"jpeg")
    publisher.reply(b"done")
    found = {}
    while "inspectd/l1/reply" not in found:
        (message,) = listener.take(1)
        found[message.topic] = message.payload
    assert found["inspectd/l1/picture/top"] == b"jpeg"
    assert found["inspectd/l1/reply"] == b"done"
