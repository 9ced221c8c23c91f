import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from inspectd_drivers.mqtt_fault import BrokerFault

from inspectd.core.errors import JournalError
from inspectd.core.outbox import OutboxRow
from inspectd.core.verdict import Verdict
from inspectd.core.verdict_json import verdict_json
from inspectd.journal.journal import Journal
from inspectd.publish import mqtt, mqtt_session
from inspectd.publish.mqtt import MqttPublisher

Make = Callable[..., Verdict]
Open = Callable[..., Journal]
Eventually = Callable[[Callable[[], bool]], None]
Begin = Callable[..., MqttPublisher]
_TIMEOUT_S = 60.0


def _sequences(heard: Iterable[Any]) -> list[int]:
    return [json.loads(message.payload)["sequence"] for message in heard]


def test_a_verdict_arrives_as_its_document_and_is_not_retained(
    mosquitto: Any, listen: Any, begin: Begin, journal: Journal, make_verdict: Make
) -> None:
    listener = listen(mosquitto.port, "inspectd/+/verdict")
    publisher = begin(mosquitto.port)
    journal.commit(make_verdict()).result(_TIMEOUT_S)
    publisher.wake()
    (message,) = listener.take(1)
    assert (message.topic, message.retain) == ("inspectd/l1/verdict", False)
    published = json.loads(message.payload)
    assert published.pop("historical") is False
    assert published == json.loads(verdict_json(make_verdict()))


def test_verdicts_arrive_once_and_in_order_and_are_done_at_their_puback(
    mosquitto: Any,
    listen: Any,
    begin: Begin,
    commit: Callable[..., None],
    journal: Journal,
    eventually: Eventually,
) -> None:
    listener = listen(mosquitto.port, "inspectd/+/verdict")
    publisher = begin(mosquitto.port)
    commit(*range(1, 201))
    publisher.wake()
    assert _sequences(listener.take(200)) == list(range(1, 201))
    eventually(lambda: journal.backlog() == 0)
    assert listener.empty()
    status = publisher.status()
    assert (status.sent, status.in_flight, status.errors) == (200, 0, 0)
    assert status.last_puback_age_s is not None


def test_a_row_that_nobody_announced_is_found_all_the_same(
    mosquitto: Any, listen: Any, begin: Begin, commit: Callable[..., None], eventually: Eventually
) -> None:
    listener = listen(mosquitto.port, "inspectd/+/verdict")
    publisher = begin(mosquitto.port)
    eventually(lambda: publisher.status().connected)
    commit(1)
    assert _sequences(listener.take(1)) == [1]


def test_the_newest_state_is_retained_for_those_who_come_later(
    mosquitto: Any, listen: Any, begin: Begin
) -> None:
    early = listen(mosquitto.port, "inspectd/+/state")
    publisher = begin(mosquitto.port)
    for parts in range(50):
        publisher.set_state({"parts": parts})
    early.until(lambda message: json.loads(message.payload).get("parts") == 49)
    (message,) = listen(mosquitto.port, "inspectd/+/state").take(1)
    assert message.retain
    assert json.loads(message.payload) == {"parts": 49, "online": True}


def test_stop_sends_what_is_left_and_says_offline_last(
    mosquitto: Any, listen: Any, begin: Begin, commit: Callable[..., None]
) -> None:
    listener = listen(mosquitto.port)
    publisher = begin(mosquitto.port)
    commit(*range(1, 101))
    publisher.stop(_TIMEOUT_S)
    heard = listener.until(lambda message: message.payload == b'{"online":false}')
    verdicts = [message for message in heard if message.topic.endswith("verdict")]
    assert _sequences(verdicts) == list(range(1, 101))
    (late,) = listen(mosquitto.port).take(1)
    assert (late.retain, late.payload) == (True, b'{"online":false}')


def test_a_broker_that_comes_back_gets_everything_in_order(
    make_mosquitto: Any,
    listen: Any,
    begin: Begin,
    commit: Callable[..., None],
    journal: Journal,
    eventually: Eventually,
    tmp_path: Path,
) -> None:
    # It keeps the subscription of a named listener over its own death.
    broker = make_mosquitto(
        "persistence true",
        f"persistence_location {tmp_path}/",
        "autosave_on_changes true",
        "autosave_interval 1",
    )
    listener = listen(broker.port, "inspectd/+/verdict", "keeper")
    publisher = begin(broker.port)
    commit(*range(1, 31))
    publisher.wake()
    eventually(lambda: journal.backlog() == 0)
    broker.kill()
    commit(*range(31, 61))
    publisher.wake()
    eventually(lambda: publisher.status().errors > 1)
    assert not publisher.status().connected
    broker.start()
    eventually(lambda: journal.backlog() == 0)
    heard = _sequences(listener.until(lambda message: _sequences([message]) == [60]))
    # At least once, and whoever drops what (boot id, sequence) he has seen has each once.
    assert list(dict.fromkeys(heard)) == list(range(1, 61))


def test_a_broker_that_is_away_at_the_start_is_waited_for(
    mosquitto: Any, begin: Begin, commit: Callable[..., None], eventually: Eventually
) -> None:
    mosquitto.kill()
    publisher = begin(mosquitto.port)
    commit(1)
    eventually(lambda: publisher.status().errors > 2)
    status = publisher.status()
    assert (status.connected, status.backlog, status.last_puback_age_s) == (False, 1, None)
    assert f"127.0.0.1:{mosquitto.port}" in status.last_error
    mosquitto.start()
    eventually(lambda: publisher.status().sent == 1)
    assert publisher.status().connected


def test_without_a_broker_stop_leaves_the_rows_in_the_outbox(
    free_port: int, begin: Begin, commit: Callable[..., None], journal: Journal
) -> None:
    publisher = begin(free_port)
    commit(1, 2)
    publisher.stop(_TIMEOUT_S)
    assert [row.sequence for row in journal.pending(0, 9)] == [1, 2]
    publisher.wake()


def test_rows_of_an_earlier_run_and_late_ones_are_historical(
    mosquitto: Any,
    listen: Any,
    journal: Journal,
    open_journal: Open,
    commit: Callable[..., None],
    make_verdict: Make,
    begin: Begin,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commit(1)
    journal.stop()
    later = open_journal()
    later.commit(make_verdict(sequence=2)).result(_TIMEOUT_S)
    listener = listen(mosquitto.port, "inspectd/+/verdict")
    begin(mosquitto.port, later)
    flags = [json.loads(message.payload)["historical"] for message in listener.take(2)]
    assert flags == [True, False]
    monkeypatch.setattr(mqtt_session, "HISTORICAL_AFTER_S", 0.0)
    later.commit(make_verdict(sequence=3)).result(_TIMEOUT_S)
    assert json.loads(listener.take(1)[0].payload)["historical"] is True


class _SilentBroker:
    """It accepts everybody (MQTT 3.1.1, section 3.2: CONNACK) and confirms nothing."""

    def __init__(self, hello: bytes) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._hello = hello
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._server.accept()
            with connection:
                if not connection.recv(4096):
                    return
                connection.sendall(self._hello)
                while connection.recv(65_536):
                    pass

    def close(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)):
            pass
        self._thread.join()
        self._server.close()


@pytest.fixture
def silent() -> Iterator[Callable[[bytes], _SilentBroker]]:
    brokers: list[_SilentBroker] = []

    def make(hello: bytes) -> _SilentBroker:
        brokers.append(_SilentBroker(hello))
        return brokers[-1]

    yield make
    for broker in brokers:
        broker.close()


def test_a_broker_that_confirms_nothing_is_given_up_and_no_more_than_a_window_is_sent(
    silent: Callable[[bytes], _SilentBroker],
    begin: Begin,
    commit: Callable[..., None],
    eventually: Eventually,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broker = silent(b"\x20\x02\x00\x00")
    commit(*range(1, 51))
    publisher = begin(broker.port)
    eventually(lambda: publisher.status().in_flight == mqtt_session.MAX_IN_FLIGHT)
    assert publisher.status().connected
    monkeypatch.setattr(mqtt_session, "ACK_TIMEOUT_S", 0.0)
    eventually(lambda: publisher.status().errors > 0)
    assert "confirmed nothing" in publisher.status().last_error
    status = publisher.status()
    assert (status.sent, status.backlog) == (0, 50)


def test_a_port_that_is_no_broker_is_reported(
    silent: Callable[[bytes], _SilentBroker],
    begin: Begin,
    eventually: Eventually,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mqtt, "_CONNECT_TIMEOUT_S", 0.1)
    publisher = begin(silent(b"").port)
    eventually(lambda: publisher.status().fault is BrokerFault.NO_BROKER)


def test_a_peer_that_talks_nonsense_is_reported_and_tried_again(
    silent: Callable[[bytes], _SilentBroker], begin: Begin, eventually: Eventually
) -> None:
    # Packet type 15 is reserved (MQTT 3.1.1, section 2.2.1).
    publisher = begin(silent(b"\xf0\x00").port)
    eventually(lambda: publisher.status().errors > 1)
    assert not publisher.status().connected


class _TroubledOutbox:
    """The journal, whose first reading fails."""

    def __init__(self, journal: Journal, trouble: Exception) -> None:
        self._journal = journal
        self._trouble: list[Exception] = [trouble]

    def pending(self, after_row_id: int, limit: int) -> list[OutboxRow]:
        if self._trouble:
            raise self._trouble.pop()
        return self._journal.pending(after_row_id, limit)

    def done(self, row_ids: Iterable[int]) -> None:
        self._journal.done(row_ids)

    def backlog(self) -> int:
        return self._journal.backlog()


@pytest.mark.parametrize("trouble", [JournalError("disk"), RuntimeError("a mistake of ours")])
def test_trouble_with_the_outbox_is_counted_and_ends_nothing(
    trouble: Exception,
    mosquitto: Any,
    begin: Begin,
    journal: Journal,
    commit: Callable[..., None],
    eventually: Eventually,
) -> None:
    commit(1)
    publisher = begin(mosquitto.port, _TroubledOutbox(journal, trouble))
    eventually(lambda: publisher.status().sent == 1)
    assert publisher.status().errors == 1
    assert publisher.status().last_error == str(trouble)
