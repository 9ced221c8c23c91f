"""A Sparkplug edge node's state: births, deaths and sequence numbers. Pure: time is handed in."""

import json
from collections.abc import Mapping

from inspectd.publish.sparkplug_metrics import (
    BD_SEQ,
    REBIRTH,
    birth_metrics,
    line_metrics,
    line_values,
    verdict_metrics,
)
from inspectd.publish.sparkplug_payload import DataType, Metric, Value, decode, encode

_MODULUS = 256


class EdgeNode:
    """The payloads of one node over all of its connections.

    `connecting` before each connection; then `birth` first of all, and again for a rebirth.
    """

    def __init__(self) -> None:
        self._bd_seq = -1
        self._seq = 0
        self._values: dict[str, Value] = line_values({})

    def connecting(self, now_ms: int) -> bytes:
        """The death certificate, as the will of a connection that is about to be made."""
        # One more for every CONNECT (tck-id-topics-nbirth-bdseq-increment).
        self._bd_seq = (self._bd_seq + 1) % _MODULUS
        return self.death(now_ms)

    def death(self, now_ms: int) -> bytes:
        """The death certificate of this connection; it has no sequence number."""
        metric = Metric(self._bd_seq, DataType.UINT64, now_ms, name=BD_SEQ)
        return encode([metric], now_ms, None)

    def birth(self, now_ms: int) -> bytes:
        """All metrics with their present values; the sequence starts again at 0."""
        self._seq = 0
        return encode(birth_metrics(self._values, self._bd_seq, now_ms), now_ms, 0)

    def state(self, state: Mapping[str, object], now_ms: int) -> bytes | None:
        """What of the line has changed; None where nothing has (report by exception)."""
        found = line_values(state)
        changed = {name: value for name, value in found.items() if value != self._values[name]}
        self._values = found
        return self._data(line_metrics(changed, now_ms), now_ms) if changed else None

    def verdict(self, document: bytes, now_ms: int, *, historical: bool) -> bytes:
        """One verdict."""
        return self._data(verdict_metrics(document, historical=historical), now_ms)

    def _data(self, metrics: list[Metric], now_ms: int) -> bytes:
        self._seq = (self._seq + 1) % _MODULUS
        return encode(metrics, now_ms, self._seq)


def asks_for_rebirth(command: bytes) -> bool:
    """Whether an NCMD has `Node Control/Rebirth` true; anything else is no command here."""
    payload = decode(command)
    if payload is None:
        return False
    return any(m["name"] == REBIRTH and m["value"] is True for m in payload.metrics)


class PrimaryHost:
    """What is known of the host that the node waits for; None: it waits for nobody."""

    def __init__(self, host_id: str) -> None:
        self.online = not host_id
        self._timestamp_ms = -1

    def told(self, state: bytes) -> None:
        """Take a STATE message; an older one than the last, or one that is none, is nothing new."""
        try:
            found = json.loads(state)
            online, timestamp_ms = bool(found["online"]), int(found["timestamp"])
        except (ValueError, KeyError, TypeError):
            return
        if timestamp_ms >= self._timestamp_ms:
            self.online, self._timestamp_ms = online, timestamp_ms
