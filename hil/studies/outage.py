"""Broker outages: every verdict is delivered afterwards, in order, at least once.

    PYTHONPATH=hil python hil/studies/outage.py --seconds 1 60 --rate 20
    PYTHONPATH=hil python hil/studies/outage.py --hours 24 --rate 20

`--seconds`: a real mosquitto is stopped and started while verdicts are committed at the rate.
`--hours`: what so long an outage leaves behind is written into the journal as fast as the disk
takes it, then the broker comes. The exit code is 1 where a verdict is missing or out of order.
"""

import argparse
import json
import logging
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import structlog
from paho.mqtt.enums import CallbackAPIVersion

from inspectd.core.verdict import Decision, Provenance, Verdict
from inspectd.journal.journal import Journal
from inspectd.publish.mqtt import MqttPublisher
from inspectd.settings.journal import JournalSettings
from inspectd.settings.mqtt import MqttSettings
from inspectd.simulate.ports import free_port

_GIVE_UP_S = 1_800.0
_AHEAD = 2_000
_LOOK_S = 0.02


class Broker:
    """A mosquitto that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
            # It keeps what the consumer has not had when it is stopped.
            f"persistence true\npersistence_location {folder}/\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self._process = subprocess.Popen(  # noqa: S603 - a broker of our own
            [program, "-c", self._config], stderr=subprocess.DEVNULL
        )

    def stop(self) -> None:
        """Stop it, if it runs."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait()
            self._process = None


class Consumer:
    """Counts what comes: in order, twice, missing."""

    def __init__(self, port: int) -> None:
        self.highest = self.duplicates = self.out_of_order = 0
        self._port = port
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="consumer", clean_session=False
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("inspectd/l1/verdict", 1)
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._subscribed = False

    def start(self) -> None:
        """Connect, and again whenever the broker comes back."""
        self._client.connect_async("127.0.0.1", self._port)
        self._client.loop_start()

    def subscribed(self) -> bool:
        """Whether the broker keeps for it what comes."""
        return self._subscribed

    def _on_subscribe(self, *_: object) -> None:
        self._subscribed = True

    def stop(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        sequence = json.loads(message.payload)["sequence"]
        if sequence <= self.highest:
            self.duplicates += 1
            return
        self.out_of_order += sequence != self.highest + 1
        self.highest = sequence


def verdict(sequence: int) -> Verdict:
    """A part without defects."""
    return Verdict(
        boot_id="study",
        sequence=sequence,
        acquisition_id=sequence,
        part_id=sequence,
        lot_id=1,
        decision=Decision.PASS,
        reasons=(),
        defects=(),
        late=False,
        degraded=False,
        simulated=True,
        truncated=False,
        created_at="2026-01-02T03:04:05.678+00:00",
        received_ns=1,
        vision_ms=30.0,
        stages_ms={"texture": 10.0},
        provenance=Provenance("0", "study", 1, "0" * 64, {"main": "0" * 64}, {"main": "1"}),
    )


@contextmanager
def _running(folder: Path) -> Iterator[tuple[Journal, Broker, MqttPublisher, Consumer]]:
    broker, consumer = Broker(folder), None
    journal = Journal(JournalSettings(path=folder / "journal.sqlite", queue_depth=65_536))
    journal.start()
    publisher = MqttPublisher(MqttSettings(port=broker.port), "l1", journal)
    consumer = Consumer(broker.port)
    try:
        yield journal, broker, publisher, consumer
    finally:
        publisher.stop(0.0)
        consumer.stop()
        broker.stop()
        journal.stop()


def short(folder: Path, seconds: float, rate: float) -> bool:
    """A real outage in the middle of three times its length; whether all was well."""
    with _running(folder) as (journal, broker, publisher, consumer):
        broker.start()
        consumer.start()
        _until(consumer.subscribed)
        publisher.start()
        _until(lambda: publisher.status().connected)
        began_s, sent = time.monotonic(), 0
        away = False
        while (passed_s := time.monotonic() - began_s) < 3 * seconds:
            if not away and seconds <= passed_s < 2 * seconds:
                broker.stop()
                away = True
            elif away and passed_s >= 2 * seconds:
                broker.start()
                away = False
            while sent < passed_s * rate:
                sent += 1
                journal.commit(verdict(sent)).result(60)
                publisher.wake()
            time.sleep(_LOOK_S)
        if away:
            broker.start()
        drained_s = _until(lambda: journal.backlog() == 0)
        return _told(f"{seconds:g} s", sent, consumer, drained_s, folder)


def simulated(folder: Path, hours: float, rate: float) -> bool:
    """What an outage of hours leaves behind, delivered; whether all was well."""
    count = int(hours * 3600 * rate)
    with _running(folder) as (journal, broker, publisher, consumer):
        began_s = time.monotonic()
        waiting = []
        for sequence in range(1, count + 1):
            waiting.append(journal.commit(verdict(sequence)))
            if len(waiting) >= _AHEAD:
                waiting.pop(0).result(60)
        for future in waiting:
            future.result(60)
        print(f"{count} verdicts written in {time.monotonic() - began_s:.0f} s", flush=True)  # noqa: T201
        broker.start()
        consumer.start()
        _until(consumer.subscribed)
        publisher.start()
        drained_s = _until(lambda: journal.backlog() == 0)
        return _told(f"{hours:g} h", count, consumer, drained_s, folder)


def _until(true: object) -> float:
    began_s = time.monotonic()
    while not true():  # type: ignore[operator]  # a condition
        if time.monotonic() - began_s > _GIVE_UP_S:
            msg = "it never came to an end"
            raise TimeoutError(msg)
        time.sleep(_LOOK_S)
    return time.monotonic() - began_s


def _told(what: str, count: int, consumer: Consumer, drained_s: float, folder: Path) -> bool:
    time.sleep(1.0)
    size_mb = (folder / "journal.sqlite").stat().st_size / 1e6
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(  # noqa: T201 - a study speaks to a person
        f"outage {what}: {count} verdicts, highest delivered {consumer.highest}, out of order "
        f"{consumer.out_of_order}, duplicates {consumer.duplicates}; drained in {drained_s:.1f} s, "
        f"journal {size_mb:.0f} MB, memory {memory_mb:.0f} MB",
        flush=True,
    )
    return consumer.highest == count and consumer.out_of_order == 0


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, nargs="*", default=[])
    parser.add_argument("--hours", type=float, nargs="*", default=[])
    parser.add_argument("--rate", type=float, default=20.0)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    good = True
    for run, lengths in ((short, options.seconds), (simulated, options.hours)):
        for length in lengths:
            with tempfile.TemporaryDirectory() as folder:
                good &= run(Path(folder), length, options.rate)
    return not good


if __name__ == "__main__":
    sys.exit(main())
