import json
import socket
from collections.abc import Callable, Iterator

import paho.mqtt.client as paho
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion

from inspectd.core.errors import PublishError
from inspectd.core.verdict import Decision, Verdict
from inspectd.core.verdict_json import verdict_json
from inspectd.simulate.broker import EmbeddedBroker
from inspectd.simulate.subscriber import VerdictSubscriber, _identified

TOPIC = "inspectd/demo/verdict"
_TIMEOUT_S = 60.0

Send = Callable[[bytes], None]


@pytest.fixture
def send(embedded_broker: EmbeddedBroker) -> Iterator[Send]:
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", embedded_broker.port)
    client.loop_start()
    yield lambda body: client.publish(TOPIC, body, qos=1).wait_for_publish(_TIMEOUT_S)
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def subscriber(embedded_broker: EmbeddedBroker) -> Iterator[VerdictSubscriber]:
    with VerdictSubscriber("127.0.0.1", embedded_broker.port, TOPIC) as subscriber:
        yield subscriber


def test_every_verdict_is_seen_with_its_decision(
    subscriber: VerdictSubscriber, send: Send, make_verdict: Callable[..., Verdict]
) -> None:
    for number, decision in enumerate((Decision.PASS, Decision.FAIL, Decision.NO_VERDICT), start=1):
        verdict = make_verdict(sequence=number, acquisition_id=10 + number, decision=decision)
        send(verdict_json(verdict))
    seen = subscriber.wait_for(3, _TIMEOUT_S)
    assert (seen.verdicts, seen.duplicates, seen.unreadable) == (3, 0, 0)
    assert seen.decisions == {11: "PASS", 12: "FAIL", 13: "NO_VERDICT"}


def test_a_verdict_sent_twice_is_one_verdict_and_one_duplicate(
    subscriber: VerdictSubscriber, send: Send, make_verdict: Callable[..., Verdict]
) -> None:
    for sequence in (1, 1, 2):
        send(verdict_json(make_verdict(sequence=sequence)))
    seen = subscriber.wait_for(2, _TIMEOUT_S)
    assert (seen.verdicts, seen.duplicates) == (2, 1)


def test_after_a_restart_of_the_sender_the_same_sequence_is_another_verdict(
    subscriber: VerdictSubscriber, send: Send, make_verdict: Callable[..., Verdict]
) -> None:
    send(verdict_json(make_verdict(boot_id="boot-1", acquisition_id=1)))
    send(verdict_json(make_verdict(boot_id="boot-2", acquisition_id=2)))
    seen = subscriber.wait_for(2, _TIMEOUT_S)
    assert (seen.verdicts, seen.duplicates) == (2, 0)
    assert seen.decisions == {2: "FAIL"}


def test_what_is_no_verdict_is_counted_as_unreadable_and_ends_nothing(
    subscriber: VerdictSubscriber, send: Send, make_verdict: Callable[..., Verdict]
) -> None:
    for body in (b"", b"{", b"[]", b'{"boot_id":1}', b"\xff", b"[" * 20_000):
        send(body)
    send(verdict_json(make_verdict()))
    seen = subscriber.wait_for(1, _TIMEOUT_S)
    assert (seen.verdicts, seen.unreadable) == (1, 6)


def test_waiting_for_verdicts_that_do_not_come_ends_with_what_there_is(
    subscriber: VerdictSubscriber,
) -> None:
    assert subscriber.wait_for(1, 0.01) == subscriber.seen()
    assert subscriber.seen().verdicts == 0


def test_a_broker_that_is_not_there_is_one_clear_line(free_port: int) -> None:
    subscriber = VerdictSubscriber("127.0.0.1", free_port, TOPIC)
    with pytest.raises(PublishError, match=f"no MQTT broker at 127.0.0.1:{free_port}"):
        subscriber.__enter__()


def test_a_broker_that_refuses_us_is_named_with_its_reason(
    make_mosquitto: Callable[..., socket.socket],
) -> None:
    port = make_mosquitto("allow_anonymous false").port  # type: ignore[attr-defined] # the shared fixture's class has no module
    with pytest.raises(PublishError, match="Not authorized"):
        VerdictSubscriber("127.0.0.1", port, TOPIC).__enter__()


@settings(deadline=None)
@given(st.binary() | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["boot_id", "sequence", "acquisition_id", "decision"]), inner
    ),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_any_message_is_read_or_refused_but_never_raises(payload: bytes) -> None:
    found = _identified(payload)
    assert found is None or isinstance(found[0], str)
