"""Killed between commit and publish: nothing is lost, and what comes twice can be told."""

import json
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inspectd.core.verdict import Verdict
from inspectd.journal.journal import Journal
from inspectd.publish.mqtt import MqttPublisher
from inspectd.publish.mqtt_session import MAX_IN_FLIGHT
from inspectd.settings.mqtt import MqttSettings

_CHILD = Path(__file__).with_name("publishing_child.py")


def _kill_after(verdict: Verdict, listener: Any, messages: int, *arguments: object) -> list[Any]:
    """Run the child until so many verdicts were heard, kill it, and hear its will."""
    command = [sys.executable, str(_CHILD), *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
        try:
            assert child.stdin is not None
            child.stdin.write(pickle.dumps(verdict))
            child.stdin.close()
            heard: list[Any] = listener.take(1 + messages)
        finally:
            child.kill()
    return [*heard, *listener.until(lambda message: message.payload == b'{"online":false}')]


@pytest.mark.parametrize("messages", [1, 3, 20, 100])
def test_after_a_kill_every_committed_verdict_is_delivered_and_the_will_was_heard(
    messages: int,
    mosquitto: Any,
    listen: Any,
    journal_path: Path,
    open_journal: Callable[..., Journal],
    make_verdict: Callable[..., Verdict],
) -> None:
    listener = listen(mosquitto.port)
    heard = []
    for boot_id in ("boot-1", "boot-2"):
        heard += _kill_after(
            make_verdict(), listener, messages, journal_path, mosquitto.port, boot_id
        )
    journal = open_journal()
    committed = [(boot, seq) for boot in ("boot-1", "boot-2") for seq in journal.sequences(boot)]
    publisher = MqttPublisher(MqttSettings(port=mosquitto.port), "l1", journal)
    publisher.start()
    publisher.stop(10.0)
    assert journal.pending(0, 1) == []
    heard += listener.until(lambda message: message.payload == b'{"online":false}')
    verdicts = [json.loads(message.payload) for message in heard if "verdict" in message.topic]
    times = Counter((verdict["boot_id"], verdict["sequence"]) for verdict in verdicts)
    # Every one that was committed, no other, in the order of the commits, ...
    assert list(times) == committed
    # ... and twice only what was on its way, or not yet ticked off, when the process died.
    assert sum(times.values()) - len(times) <= 2 * 2 * MAX_IN_FLIGHT
