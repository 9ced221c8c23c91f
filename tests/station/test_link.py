import queue
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from inspectd.core import wire
from inspectd.core.camera import CameraCounters
from inspectd.core.messages import (
    Answer,
    Beat,
    Command,
    Fire,
    Hello,
    Preview,
    Shutdown,
    ViewStarted,
    from_station,
    to_station,
)
from inspectd.station import link as link_module
from inspectd.station.link import Link

BEAT = Beat(0.0, 0.0, 0.0, 0, 1, CameraCounters(), 0)
WAIT_S = 60.0


@dataclass
class Ends:
    """Both ends of one link, and what its thread said."""

    link: Link
    peer: socket.socket
    commands: "queue.SimpleQueue[Command]" = field(default_factory=queue.SimpleQueue)
    lost: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)


def read(peer: socket.socket, count: int) -> list[tuple[object, bytes]]:
    decoder = wire.Decoder(from_station)
    got: list[tuple[object, bytes]] = []
    while len(got) < count:
        got += decoder.feed(peer.recv(1 << 16))
    return got


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, peer = socket.socketpair()
    peer.settimeout(WAIT_S)
    commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
    lost: queue.SimpleQueue[str] = queue.SimpleQueue()
    link = Link(ours, commands.put, lost.put)
    link.start()
    yield Ends(link, peer, commands, lost)
    peer.close()
    link.close(0.0)


def test_messages_arrive_in_the_order_they_were_sent(ends: Ends) -> None:
    sent: list[Answer] = [Hello(1, "0"), *(ViewStarted(view, view) for view in range(1, 50))]
    for message in sent:
        assert ends.link.send(message)
    assert [message for message, _ in read(ends.peer, len(sent))] == sent


def test_commands_are_handed_over_in_order_however_the_stream_is_cut(ends: Ends) -> None:
    stream = wire.encode(to_station, Fire(7)) + wire.encode(to_station, Shutdown())
    for byte in stream:
        ends.peer.sendall(bytes([byte]))
    assert ends.commands.get(timeout=WAIT_S) == Fire(7)
    assert ends.commands.get(timeout=WAIT_S) == Shutdown()


def test_a_supervisor_that_does_not_read_holds_up_nobody_and_loses_no_result(ends: Ends) -> None:
    blob = bytes(300_000)
    assert ends.link.send(Preview(1, 10, 10), blob)
    results = [ViewStarted(view, 0) for view in range(1, 200)]
    assert all(ends.link.send(message) for message in results)
    assert not ends.link.send(BEAT)
    assert not ends.link.send(Preview(2, 10, 10), blob)
    got = read(ends.peer, 1 + len(results))
    assert got[0] == (Preview(1, 10, 10), blob)
    assert [message for message, _ in got[1:]] == results


def test_closing_waits_until_the_last_result_is_written() -> None:
    ours, peer = socket.socketpair()
    with peer:
        peer.settimeout(WAIT_S)
        link = Link(ours, lambda _: None, lambda _: None)
        link.start()
        link.send(Preview(1, 10, 10), bytes(1_000_000))
        link.send(ViewStarted(1, 0))
        closed: queue.SimpleQueue[bool] = queue.SimpleQueue()
        closing = threading.Thread(target=lambda: closed.put(link.close(WAIT_S)))
        closing.start()
        assert read(peer, 2)[1][0] == ViewStarted(1, 0)
        assert closed.get(timeout=WAIT_S)
        closing.join()
        assert not link.send(ViewStarted(2, 0))


def test_the_end_of_the_stream_is_told_once(ends: Ends) -> None:
    ends.peer.close()
    assert "closed the connection" in ends.lost.get(timeout=WAIT_S)
    assert not ends.link.send(ViewStarted(1, 0))
    assert ends.lost.empty()


def test_a_message_that_is_not_understood_ends_the_link(ends: Ends) -> None:
    ends.peer.sendall(b"\x00\x00\x00\x02\x00\x00\x00\x00{}")
    assert "not understood" in ends.lost.get(timeout=WAIT_S)


def test_a_supervisor_that_never_reads_is_taken_for_dead(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "MAX_PENDING_BYTES", 500_000)
    ends.link.send(Preview(1, 10, 10), bytes(450_000))
    message = Hello(1, "v" * 100_000)
    while ends.link.send(message):
        pass
    assert "unread" in ends.lost.get(timeout=WAIT_S)
