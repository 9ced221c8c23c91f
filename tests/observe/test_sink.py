import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from inspectd.observe.sink import MAX_QUEUED_LINES, LogSink

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    for descriptor in (reader, writer):
        with suppress(OSError):
            os.close(descriptor)


def read_all(reader: int, writer: int) -> list[str]:
    os.close(writer)
    with os.fdopen(os.dup(reader), encoding="utf-8") as lines:
        return lines.read().splitlines()


def read_until_ended(reader: int, sink: LogSink, eventually: Eventually) -> list[str]:
    """Read as a log reader that came back; the sink's thread must not outlive its test."""
    os.set_blocking(reader, False)
    got = bytearray()

    def ended() -> bool:
        alive = sink._thread.is_alive()
        with suppress(BlockingIOError):
            while chunk := os.read(reader, 1 << 20):
                got.extend(chunk)
        return not alive

    eventually(ended)
    return got.decode().splitlines()


def test_lines_come_out_whole_and_in_order(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    sink = LogSink(writer)
    for number in range(100):
        sink.write(f"line {number} ü")
    sink.close()

    assert read_all(reader, writer) == [f"line {number} ü" for number in range(100)]
    assert sink.lost == 0


def test_a_full_pipe_does_not_hold_up_the_writer_and_losses_are_told(
    pipe: tuple[int, int], eventually: Eventually
) -> None:
    reader, writer = pipe
    sink = LogSink(writer)
    extra = 500
    # Four times what the pipe and the queue can take together; nobody reads meanwhile.
    for _ in range(4 * MAX_QUEUED_LINES + extra):
        sink.write("x" * 100)
    assert sink.lost > MAX_QUEUED_LINES

    ended = threading.Thread(target=sink.close, args=(20.0,))
    ended.start()
    lines = read_until_ended(reader, sink, eventually)
    ended.join()

    assert sum(json.loads(line)["lines"] for line in lines if "lost" in line) == sink.lost


def test_a_pipe_that_nobody_reads_does_not_hold_up_the_end(
    pipe: tuple[int, int], eventually: Eventually
) -> None:
    reader, writer = pipe
    sink = LogSink(writer)
    for _ in range(2000):
        sink.write("x" * 100)

    sink.close(timeout_s=0.05)

    assert sink._thread.is_alive()
    assert len(read_until_ended(reader, sink, eventually)) == 2000


def test_a_closed_pipe_is_no_error(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    os.close(reader)
    sink = LogSink(writer)

    sink.write("nobody hears this")
    sink.close()

    assert not sink._thread.is_alive()


def test_what_comes_after_the_end_is_counted(pipe: tuple[int, int]) -> None:
    sink = LogSink(pipe[1])
    sink.close()

    sink.write("too late")

    assert sink.lost == 1


def test_a_lone_surrogate_does_not_end_the_log(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    sink = LogSink(writer)
    sink.write("bad \ud800 name")
    sink.write("next")
    sink.close()

    assert read_all(reader, writer) == ["bad \\ud800 name", "next"]
