import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from inspectd.core.errors import PublishError
from inspectd.simulate.broker import EmbeddedBroker

Listen = Callable[..., Any]
_TIMEOUT_S = 60.0


class Publisher:
    """A paho client that is connected, with a last will on `line/state`."""

    def __init__(self, port: int) -> None:
        connected = threading.Event()
        self.client = paho.Client(CallbackAPIVersion.VERSION2)
        self.client.will_set("line/state", b"offline", qos=1, retain=True)
        self.client.on_connect = lambda *_: connected.set()
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert connected.wait(_TIMEOUT_S)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """With QoS 1, until the broker has acknowledged."""
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(_TIMEOUT_S)

    def die(self) -> None:
        """As a crashed process: the connection closes without DISCONNECT."""
        connection = self.client.socket()
        assert isinstance(connection, socket.socket)
        self.client.reconnect_delay_set(60, 60)
        connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def publisher(embedded_broker: EmbeddedBroker) -> Any:
    publisher = Publisher(embedded_broker.port)
    yield publisher
    publisher.close()


def test_every_qos_1_message_arrives_once_and_in_order(
    embedded_broker: EmbeddedBroker, publisher: Publisher, listen: Listen
) -> None:
    listener = listen(embedded_broker.port, "line/#")
    bodies = [str(number).encode() for number in range(300)]
    for body in bodies:
        publisher.publish("line/verdict", body)
    assert [heard.payload for heard in listener.take(300)] == bodies
    assert listener.empty()


def test_a_message_of_a_full_verdict_passes_whole(
    embedded_broker: EmbeddedBroker, publisher: Publisher, listen: Listen
) -> None:
    listener = listen(embedded_broker.port, "line/#")
    body = b"x" * 120 * 1024
    publisher.publish("line/verdict", body)
    assert listener.take(1)[0].payload == body


def test_a_retained_message_reaches_who_subscribes_later(
    embedded_broker: EmbeddedBroker, publisher: Publisher, listen: Listen
) -> None:
    publisher.publish("line/state", b"online", retain=True)
    (heard,) = listen(embedded_broker.port, "line/state").take(1)
    assert heard.payload == b"online"
    assert heard.retain


def test_the_last_will_of_a_client_that_dies_is_published_and_retained(
    embedded_broker: EmbeddedBroker, publisher: Publisher, listen: Listen
) -> None:
    listener = listen(embedded_broker.port, "line/state")
    publisher.die()
    assert listener.take(1)[0].payload == b"offline"
    assert listen(embedded_broker.port, "line/state").take(1)[0].retain


def test_a_client_that_says_goodbye_leaves_no_will(
    embedded_broker: EmbeddedBroker, publisher: Publisher, listen: Listen
) -> None:
    listener = listen(embedded_broker.port, "line/#")
    publisher.close()
    other = Publisher(embedded_broker.port)
    other.publish("line/verdict", b"next")
    assert listener.take(1)[0].payload == b"next"
    other.close()


async def test_a_busy_port_is_one_clear_line(capfd: pytest.CaptureFixture[str]) -> None:
    async with EmbeddedBroker("127.0.0.1", 0) as first:
        with pytest.raises(PublishError, match=f"127.0.0.1:{first.port}.*choose another") as error:
            await EmbeddedBroker("127.0.0.1", first.port).__aenter__()
    assert "\n" not in str(error.value)
    assert capfd.readouterr() == ("", "")


async def test_a_port_can_be_used_again_at_once() -> None:
    async with EmbeddedBroker("127.0.0.1", 0) as first:
        port = first.port
    async with EmbeddedBroker("127.0.0.1", port) as second:
        assert second.port == port


@pytest.mark.parametrize(
    "nonsense", [b"\x00" * 300, b"\x10\x0c\x00\x04QTTM\x04\x02\x00\x3c\x00\x00", b"\xff" * 9]
)
def test_a_stranger_is_shown_out_without_a_word_on_the_terminal(
    embedded_broker: EmbeddedBroker, nonsense: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", embedded_broker.port)) as stranger:
        stranger.sendall(nonsense)
        stranger.settimeout(_TIMEOUT_S)
        assert stranger.recv(64) == b""
    publisher = Publisher(embedded_broker.port)
    publisher.publish("line/verdict", b"1")
    publisher.die()
    publisher.close()
    assert capfd.readouterr() == ("", "")


async def test_a_client_that_never_speaks_does_not_keep_the_broker_from_stopping() -> None:
    async with EmbeddedBroker("127.0.0.1", 0) as broker:
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
        writer.write(b"\x10")
        await writer.drain()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
