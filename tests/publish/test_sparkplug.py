"""The Sparkplug B edge node: payloads, births and deaths, on the wire and read by strangers."""

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from support.tck import PAGE, page
from support.tools import program, tool

from inspectd.core.verdict import Verdict
from inspectd.core.verdict_json import verdict_json
from inspectd.journal.journal import Journal
from inspectd.publish.mqtt import MqttPublisher
from inspectd.publish.sparkplug_metrics import LINE_METRICS, VERDICT_METRICS
from inspectd.publish.sparkplug_node import EdgeNode, PrimaryHost, asks_for_rebirth
from inspectd.publish.sparkplug_payload import DataType, Metric, Payload, decode, encode

Eventually = Callable[[Callable[[], bool]], None]
GROUP = "spBv1.0/hall/{}/l1"
TIMEOUT_S = 60
STATE = {
    "version": "1",
    "ready": True,
    "state": "Ready",
    "recipe_number": 3,
    "recipe": "lid",
    "simulated": False,
    "reasons": (),
    "decisions": {"PASS": 4},
    "alarms": (),
}
# What the specification's own JavaScript implementation makes of a payload.
_DECODE = """
const { get } = require('sparkplug-payload');
const payload = get('spBv1.0').decodePayload(Buffer.from(process.argv[1], 'hex'));
console.log(JSON.stringify(payload, (_, v) => typeof v === 'bigint' ? Number(v)
  : v && v.low !== undefined && v.high !== undefined ? v.high * 2 ** 32 + (v.low >>> 0) : v));
"""


def read(data: bytes) -> Payload:
    found = decode(data)
    assert found is not None
    return found


def by_name(payload: Payload) -> dict[str, Any]:
    return {metric["name"]: metric["value"] for metric in payload.metrics}


def strangers(data: bytes) -> dict[str, Any]:
    """The payload as Eclipse Tahu's `sparkplug-payload` reads it."""
    node, folder = program("node"), tool("node")
    done = subprocess.run(
        [node, "-e", _DECODE, data.hex()], cwd=folder, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


@pytest.fixture
def node() -> EdgeNode:
    made = EdgeNode()
    made.connecting(1)
    return made


@pytest.mark.tck(
    "payloads-nbirth-bdseq",
    "topics-nbirth-bdseq-included",
    "topics-nbirth-bdseq-matching",
    "payloads-ndeath-bdseq",
    "topics-ndeath-payload",
    "message-flow-edge-node-birth-publish-will-message-payload-bd",
    "message-flow-edge-node-birth-publish-nbirth-payload-bd",
)
def test_birth_and_death_of_a_connection_have_one_bd_seq() -> None:
    node = EdgeNode()
    will = read(node.connecting(5))
    assert by_name(will) == {"bdSeq": 0}
    assert by_name(read(node.birth(6)))["bdSeq"] == 0
    assert by_name(read(node.death(7))) == {"bdSeq": 0}


@pytest.mark.tck("topics-nbirth-bdseq-increment", "payloads-nbirth-bdseq-repeat")
def test_each_connection_has_the_next_bd_seq_and_255_is_followed_by_0() -> None:
    node = EdgeNode()
    found = [by_name(read(node.connecting(1)))["bdSeq"] for _ in range(258)]
    assert found == [*range(256), 0, 1]


@pytest.mark.tck("payloads-ndeath-seq", "topics-ndeath-seq")
def test_a_death_has_no_sequence_number(node: EdgeNode) -> None:
    assert read(node.death(1)).seq is None


@pytest.mark.tck(
    "payloads-sequence-num-zero-nbirth",
    "payloads-sequence-num-req-nbirth",
    "payloads-sequence-num-always-included",
    "payloads-sequence-num-incrementing",
    "payloads-nbirth-seq",
    "topics-nbirth-seq-num",
    "message-flow-edge-node-birth-publish-nbirth-payload-seq",
    "payloads-ndata-seq",
    "payloads-ndata-seq-inc",
    "topics-ndata-seq-num",
)
def test_the_sequence_starts_at_0_with_a_birth_and_goes_on_to_255(
    node: EdgeNode, make_verdict: Callable[..., Verdict]
) -> None:
    document = verdict_json(make_verdict())
    found = [read(node.birth(1)).seq]
    found += [read(node.verdict(document, 1, historical=False)).seq for _ in range(257)]
    assert found == [*range(256), 0, 1]
    assert read(node.birth(1)).seq == 0


@pytest.mark.tck(
    "payloads-alias-uniqueness",
    "payloads-alias-birth-requirement",
    "payloads-name-requirement",
    "payloads-name-birth-data-requirement",
    "payloads-metric-datatype-req",
    "payloads-metric-datatype-value-type",
    "topics-nbirth-metrics",
    "topics-nbirth-metric-reqs",
    "operational-behavior-data-publish-nbirth",
    "operational-behavior-data-publish-nbirth-values",
    "case-sensitivity-metric-names",
)
def test_a_birth_has_every_metric_with_name_datatype_and_an_alias_of_its_own(
    node: EdgeNode,
) -> None:
    metrics = read(node.birth(1)).metrics
    names = {each.name: each.datatype for each in (*LINE_METRICS, *VERDICT_METRICS)}
    found = {m["name"]: m["datatype"] for m in metrics if m["alias"] is not None}
    assert found == names
    assert len({name.lower() for name in names}) == len(names)
    aliases = [m["alias"] for m in metrics if m["alias"] is not None]
    assert len(set(aliases)) == len(aliases)


@pytest.mark.tck(
    "topics-nbirth-rebirth-metric",
    "payloads-nbirth-rebirth-req",
    "operational-behavior-data-commands-rebirth-name",
    "operational-behavior-data-commands-rebirth-name-aliases",
    "operational-behavior-data-commands-rebirth-datatype",
    "operational-behavior-data-commands-rebirth-value",
)
def test_a_birth_offers_a_rebirth(node: EdgeNode) -> None:
    metrics = read(node.birth(1)).metrics
    (found,) = [m for m in metrics if m["name"] == "Node Control/Rebirth"]
    assert (found["datatype"], found["value"], found["alias"]) == (DataType.BOOLEAN, False, None)


@pytest.mark.tck(
    "payloads-timestamp-in-UTC",
    "payloads-metric-timestamp-in-UTC",
    "payloads-nbirth-timestamp",
    "topics-nbirth-timestamp",
    "payloads-ndata-timestamp",
    "topics-ndata-timestamp",
)
def test_times_are_milliseconds_and_a_verdicts_is_when_it_was_made(
    node: EdgeNode, make_verdict: Callable[..., Verdict]
) -> None:
    assert read(node.birth(1_700_000_000_123)).timestamp_ms == 1_700_000_000_123
    verdict = make_verdict(created_at="2026-01-02T03:04:05.678+00:00")
    found = read(node.verdict(verdict_json(verdict), 99, historical=False))
    assert found.timestamp_ms == 99
    assert {m["timestamp_ms"] for m in found.metrics} == {1_767_323_045_678}


@pytest.mark.tck(
    "payloads-alias-data-cmd-requirement",
    "topics-ndata-payload",
    "principles-rbe-recommended",
    "operational-behavior-data-publish-nbirth-change",
)
def test_data_has_what_changed_by_alias(node: EdgeNode) -> None:
    node.birth(1)
    first = node.state(STATE, 2)
    assert first is not None
    assert all(m["name"] == "" and m["alias"] for m in read(first).metrics)
    assert node.state(STATE, 3) is None
    changed = node.state({**STATE, "recipe_number": 4}, 4)
    assert changed is not None
    assert [m["value"] for m in read(changed).metrics] == [4]


def test_a_late_verdict_is_historical(node: EdgeNode, make_verdict: Callable[..., Verdict]) -> None:
    found = read(node.verdict(verdict_json(make_verdict()), 1, historical=True))
    assert all(m["historical"] for m in found.metrics)


@pytest.mark.tck(
    "operational-behavior-data-commands-ncmd-rebirth-name",
    "operational-behavior-data-commands-ncmd-rebirth-value",
)
def test_only_a_true_rebirth_asks_for_one() -> None:
    def command(name: str, *, value: bool) -> bytes:
        metric = Metric(value=value, datatype=DataType.BOOLEAN, timestamp_ms=1, name=name)
        return encode([metric], 1, None)

    assert asks_for_rebirth(command("Node Control/Rebirth", value=True))
    assert not asks_for_rebirth(command("Node Control/Rebirth", value=False))
    assert not asks_for_rebirth(command("Node Control/Reboot", value=True))
    assert not asks_for_rebirth(b"\xff\xff\xff")


@pytest.mark.tck(
    "message-flow-edge-node-birth-publish-phid-wait-online",
    "message-flow-edge-node-birth-publish-phid-wait-timestamp",
    "operational-behavior-edge-node-termination-host-offline-timestamp",
)
def test_an_older_word_of_the_host_than_the_last_is_no_news() -> None:
    host = PrimaryHost("scada")
    assert not host.online
    said = []
    for online, timestamp in ((True, 10), (False, 9), (False, 10), (True, 9)):
        host.told(json.dumps({"online": online, "timestamp": timestamp}).encode())
        said.append(host.online)
    assert said == [True, True, False, False]
    host.told(b"{")
    assert not host.online


@pytest.mark.tck(
    "payloads-metric-datatype-value",
    "payloads-metric-propertyvalue-type-req",
    "payloads-metric-propertyvalue-type-value",
    "payloads-propertyset-keys-array-size",
    "payloads-propertyset-values-array-size",
)
def test_an_independent_implementation_reads_every_metric(
    node: EdgeNode, make_verdict: Callable[..., Verdict]
) -> None:
    node.state(STATE, 1)
    birth = strangers(node.birth(1_700_000_000_123))
    assert (birth["seq"], birth["timestamp"]) == (0, 1_700_000_000_123)
    found = {metric["name"]: metric for metric in birth["metrics"]}
    assert found["Line/Recipe Name"]["value"] == "lid"
    assert found["Line/Recipe Number"] | {"alias": 0, "timestamp": 0} == {
        "name": "Line/Recipe Number",
        "type": "UInt16",
        "value": 3,
        "alias": 0,
        "timestamp": 0,
    }
    assert found["Verdict/Worst Area"]["properties"] == {
        "engUnit": {"type": "String", "value": "mm²"}
    }
    data = strangers(node.verdict(verdict_json(make_verdict(part_id=77)), 5, historical=True))
    values = {metric["alias"]: metric["value"] for metric in data["metrics"]}
    assert values[found["Verdict/Part Id"]["alias"]] == 77
    assert all(metric["isHistorical"] for metric in data["metrics"])


class Host:
    """A host application: hears everything of the group, in order."""

    def __init__(self, port: int) -> None:
        self.heard: list[Any] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda _client, _data, message: self.heard.append(message)
        self._client.on_connect = lambda client, *_: client.subscribe("spBv1.0/#", qos=1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def of(self, kind: str) -> list[Payload]:
        topic = GROUP.format(kind)
        return [read(message.payload) for message in self.heard if message.topic == topic]

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(TIMEOUT_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def host(mosquitto: Any) -> Iterator[Host]:
    made = Host(mosquitto.port)
    yield made
    made.close()


@pytest.fixture
def begin_node(mosquitto: Any, begin: Callable[..., MqttPublisher]) -> Callable[..., Any]:
    return lambda **more: begin(mosquitto.port, sparkplug={"group_id": "hall", **more})


@pytest.mark.tck(
    "topics-nbirth-topic",
    "topics-nbirth-mqtt",
    "payloads-nbirth-qos",
    "payloads-nbirth-retain",
    "payloads-nbirth-edge-node-descriptor",
    "message-flow-edge-node-birth-publish-connect",
    "message-flow-edge-node-birth-publish-nbirth-topic",
    "message-flow-edge-node-birth-publish-nbirth-qos",
    "message-flow-edge-node-birth-publish-nbirth-retained",
    "message-flow-edge-node-birth-publish-nbirth-payload",
    "topics-ndata-topic",
    "topics-ndata-mqtt",
    "payloads-ndata-qos",
    "payloads-ndata-retain",
    "payloads-ndata-order",
    "operational-behavior-data-publish-nbirth-order",
    "principles-birth-certificates-order",
    "principles-persistence-clean-session-311",
    "conformance-primary-host",
)
def test_a_birth_comes_first_then_every_verdict_in_order(
    begin_node: Any, host: Host, commit: Callable[..., None], eventually: Eventually
) -> None:
    commit(*range(1, 101))
    publisher = begin_node()
    eventually(lambda: publisher.status().sent == 100)
    eventually(lambda: len(host.of("NDATA")) >= 100)
    kinds = [message.topic.split("/")[2] for message in host.heard]
    assert kinds[0] == "NBIRTH"
    assert set(kinds[1:]) == {"NDATA"}
    assert {(message.qos, message.retain) for message in host.heard} == {(0, False)}
    (sequence,) = [
        m["alias"] for m in host.of("NBIRTH")[0].metrics if m["name"] == "Verdict/Sequence"
    ]
    values = [
        m["value"] for data in host.of("NDATA") for m in data.metrics if m["alias"] == sequence
    ]
    assert values == list(range(1, 101))


@pytest.mark.tck(
    "payloads-ndeath-will-message",
    "payloads-ndeath-will-message-qos",
    "payloads-ndeath-will-message-retain",
    "payloads-ndeath-will-message-publisher",
    "payloads-ndeath-will-message-publisher-disconnect-mqtt311",
    "topics-ndeath-topic",
    "message-flow-edge-node-birth-publish-will-message",
    "message-flow-edge-node-birth-publish-will-message-topic",
    "message-flow-edge-node-birth-publish-will-message-payload",
    "message-flow-edge-node-birth-publish-will-message-qos",
    "message-flow-edge-node-birth-publish-will-message-will-retained",
    "operational-behavior-edge-node-intentional-disconnect-ndeath",
    "operational-behavior-edge-node-intentional-disconnect-packet",
)
def test_a_node_that_stops_says_its_death_and_one_that_breaks_has_it_said(
    begin_node: Any, host: Host, eventually: Eventually
) -> None:
    publisher = begin_node()
    eventually(lambda: len(host.of("NBIRTH")) == 1)
    # A second client of the same name: the broker closes the first, and says its will.
    begin_node()
    eventually(lambda: len(host.of("NDEATH")) >= 1)
    death = next(message for message in host.heard if "NDEATH" in message.topic)
    assert (death.qos, death.retain) == (1, False)
    assert by_name(host.of("NDEATH")[0]) == {"bdSeq": by_name(host.of("NBIRTH")[0])["bdSeq"]}
    deaths = len(host.of("NDEATH"))
    publisher.stop(0.0)
    eventually(lambda: len(host.of("NDEATH")) > deaths)


@pytest.mark.tck(
    "message-flow-edge-node-ncmd-subscribe",
    "topics-ncmd-topic",
    "operational-behavior-data-commands-ncmd-rebirth-verb",
    "operational-behavior-data-commands-ncmd-verb",
    "operational-behavior-data-commands-rebirth-action-1",
    "operational-behavior-data-commands-rebirth-action-2",
    "operational-behavior-data-commands-rebirth-action-3",
)
def test_a_rebirth_is_answered_with_a_birth_of_the_same_bd_seq(
    begin_node: Any, host: Host, eventually: Eventually
) -> None:
    begin_node()
    eventually(lambda: len(host.of("NBIRTH")) == 1)
    metric = Metric(
        value=True, datatype=DataType.BOOLEAN, timestamp_ms=1, name="Node Control/Rebirth"
    )
    host.say(GROUP.format("NCMD"), encode([metric], 1, None))
    eventually(lambda: len(host.of("NBIRTH")) == 2)
    first, second = host.of("NBIRTH")
    assert second.seq == 0
    assert by_name(first)["bdSeq"] == by_name(second)["bdSeq"]


@pytest.mark.tck(
    "message-flow-edge-node-birth-publish-phid-wait",
    "message-flow-edge-node-birth-publish-phid-wait-id",
    "message-flow-edge-node-birth-publish-phid-offline",
    "operational-behavior-edge-node-termination-host-offline",
    "operational-behavior-edge-node-termination-host-offline-reconnect",
    "payloads-state-subscribe",
    "intro-sparkplug-host-state",
    "operational-behavior-edge-node-birth-sequence-wait",
)
def test_a_node_waits_for_its_primary_host_and_dies_when_that_goes(
    begin_node: Any, host: Host, commit: Callable[..., None], eventually: Eventually
) -> None:
    topic = "spBv1.0/STATE/scada"
    commit(1)
    publisher = begin_node(host_id="scada")
    eventually(lambda: publisher.status().connected)
    assert host.of("NBIRTH") == []
    host.say(topic, b'{"online":true,"timestamp":10}', retain=True)
    eventually(lambda: publisher.status().sent == 1)
    births = len(host.of("NBIRTH"))
    host.say(topic, b'{"online":false,"timestamp":11}', retain=True)
    eventually(lambda: len(host.of("NDEATH")) == 1)
    commit(2)
    eventually(lambda: publisher.status().connected)
    assert (len(host.of("NBIRTH")), publisher.status().sent) == (births, 1)
    host.say(topic, b'{"online":true,"timestamp":12}', retain=True)
    eventually(lambda: publisher.status().sent == 2)


def test_a_broker_that_comes_back_gets_every_verdict(
    mosquitto: Any,
    begin_node: Any,
    commit: Callable[..., None],
    journal: Journal,
    eventually: Eventually,
) -> None:
    publisher = begin_node(host_id="scada")
    eventually(lambda: publisher.status().connected)
    mosquitto.kill()
    commit(*range(1, 51))
    mosquitto.start()
    # Only now does anybody listen: the node waits for this host.
    host = Host(mosquitto.port)
    host.say("spBv1.0/STATE/scada", b'{"online":true,"timestamp":1}', retain=True)
    eventually(lambda: journal.backlog() == 0)
    eventually(lambda: len(host.of("NDATA")) >= 50)
    host.close()


def test_the_page_in_docs_is_the_one_that_the_tests_make() -> None:
    remedy = "PYTHONPATH=tests python -m support.tck > docs/reference/sparkplug.md"
    assert PAGE.read_text("utf-8") == page(), f"make it anew: {remedy}"
