from collections.abc import Callable, Iterator
from typing import Any

import pytest
from inspectd_drivers.mqtt import Broker, MqttLink

from inspectd.core.errors import PublishError

Connect = Callable[[int], MqttLink]


@pytest.fixture
def connect() -> Iterator[Connect]:
    links: list[MqttLink] = []

    def make(port: int) -> MqttLink:
        broker = Broker("127.0.0.1", port, "link", 10, "line/will", b"gone")
        links.append(MqttLink(broker))
        links[-1].connect(5.0)
        return links[-1]

    yield make
    for link in links:
        link.abort()


def _publish(link: MqttLink, payload: bytes) -> None:
    number = link.publish("line/word", payload, qos=1, retain=False)
    acked: list[int] = []
    while number not in acked:
        acked += link.poll(5.0)


def test_a_message_is_acknowledged_by_its_number(
    mosquitto: Any, listen: Any, connect: Connect
) -> None:
    listener = listen(mosquitto.port, "line/#")
    _publish(connect(mosquitto.port), b"hello")
    assert listener.take(1)[0].payload == b"hello"


def test_a_link_that_is_dropped_leaves_its_will(
    mosquitto: Any, listen: Any, connect: Connect
) -> None:
    listener = listen(mosquitto.port, "line/#")
    link = connect(mosquitto.port)
    link.abort()
    link.abort()
    (will,) = listener.take(1)
    assert (will.topic, will.payload) == ("line/will", b"gone")


def test_a_link_that_is_closed_leaves_no_will(
    mosquitto: Any, listen: Any, connect: Connect
) -> None:
    listener = listen(mosquitto.port, "line/#")
    link = connect(mosquitto.port)
    link.close()
    link.close()
    _publish(connect(mosquitto.port), b"after")
    assert [heard.payload for heard in listener.take(1)] == [b"after"]


def test_a_large_message_goes_out_in_pieces(mosquitto: Any, listen: Any, connect: Connect) -> None:
    listener = listen(mosquitto.port, "line/#")
    payload = bytes(8 * 1024 * 1024)
    _publish(connect(mosquitto.port), payload)
    assert listener.take(1)[0].payload == payload


def test_a_broker_that_dies_is_met_by_the_next_call(mosquitto: Any, connect: Connect) -> None:
    link = connect(mosquitto.port)
    mosquitto.kill()
    with pytest.raises(PublishError, match=f"127.0.0.1:{mosquitto.port}: .*lost"):
        _publish(link, b"hello")


def test_nobody_at_the_port_is_a_publish_error(free_port: int, connect: Connect) -> None:
    with pytest.raises(PublishError, match=r"mqtt\.host and mqtt\.port"):
        connect(free_port)
