"""Short slices, asked of the kernel that runs the tests."""

import ctypes
import os
import platform
import threading
from collections.abc import Callable

import pytest

from inspectd.supervisor.scheduling import ask_for_short_slices

_SCHED_GETATTR = {"x86_64": 315, "aarch64": 275}
_ATTR_BYTES = 48
_RUNTIME_AT = 24


def _slice_ns() -> int:
    """The calling thread's slice, as sched_getattr(2) tells it."""
    attr = (ctypes.c_uint8 * _ATTR_BYTES)()
    number = _SCHED_GETATTR[platform.machine()]
    assert ctypes.CDLL(None).syscall(number, 0, attr, _ATTR_BYTES, 0) == 0
    return int.from_bytes(bytes(attr)[_RUNTIME_AT : _RUNTIME_AT + 8], "little")


def _in_a_thread(*calls: Callable[[], object]) -> list[object]:
    """What the calls return in a thread of their own, whose slices end with it."""
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.extend(call() for call in calls))
    thread.start()
    thread.join()
    return results


@pytest.mark.skipif(platform.machine() not in _SCHED_GETATTR, reason="no call number known")
@pytest.mark.skipif(
    tuple(map(int, platform.release().split("-")[0].split(".")[:2])) < (6, 12),
    reason="slices of one's own came with Linux 6.12",
)
def test_a_thread_that_asks_and_those_it_starts_get_the_shortest_slices() -> None:
    before, _, own, inherited = _in_a_thread(
        _slice_ns, ask_for_short_slices, _slice_ns, lambda: _in_a_thread(_slice_ns)[0]
    )
    assert before != own == inherited == 100_000


def test_asking_keeps_the_threads_priority() -> None:
    def nice() -> int:
        return os.getpriority(os.PRIO_PROCESS, 0)

    def lower() -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 7)

    assert _in_a_thread(lower, ask_for_short_slices, nice)[2] == 7


def test_a_processor_without_a_known_call_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    ask_for_short_slices()
