"""Broker and witness come and go, and nothing that was acknowledged goes unseen."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable

import paho.mqtt.client as paho
from bench.broker import BrokerPost
from bench.cable import HOST
from paho.mqtt.enums import CallbackAPIVersion

from inspectd.publish.topics import VERDICT


def publish(port: int, acquisition_id: int, patience_s: float = 30.0) -> bool:
    """Send one verdict; whether the broker has acknowledged it."""
    body = {"boot_id": "b", "sequence": acquisition_id, "acquisition_id": acquisition_id}
    client = paho.Client(CallbackAPIVersion.VERSION2)
    try:
        client.connect(HOST, port)
    except OSError:  # the reset came before all of CONNECT was sent
        return False
    client.loop_start()
    topic = VERDICT.of("line1")
    sent = client.publish(topic, json.dumps(body | {"decision": "PASS"}), qos=1)
    published = False
    with contextlib.suppress(RuntimeError):  # paho's word for: not connected
        sent.wait_for_publish(patience_s)
        published = sent.is_published()
    client.disconnect()
    client.loop_stop()
    return published


async def test_what_was_acknowledged_before_and_after_an_absence_was_seen(
    free_port: int, until: Callable[[Callable[[], bool]], Awaitable[None]]
) -> None:
    async with asyncio.timeout(60.0), BrokerPost(free_port, "line1") as post:
        assert await asyncio.to_thread(publish, free_port, 1)
        await post.go_away()
        assert post.seen() == 0
        assert not await asyncio.to_thread(publish, free_port, 2, 0.5)
        await post.come_back()
        assert await asyncio.to_thread(publish, free_port, 3)
        await until(lambda: post.seen() == 1)
        assert post.reports() == [{1: "PASS"}, {3: "PASS"}]
