import asyncio
import itertools
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspectd.simulate.conveyor import Conveyor, PhotoEye


class FakeClock(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer: hours of belt in milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1_000.0

    def time(self) -> float:
        return self.now_s

    def _run_once(self) -> None:
        scheduled = self._scheduled  # type: ignore[attr-defined] # asyncio's heap of timers
        if scheduled and not self._ready:  # type: ignore[attr-defined] # asyncio's ready queue
            self.now_s = max(self.now_s, scheduled[0].when())
        super()._run_once()  # type: ignore[misc] # asyncio's private step


def arrivals(
    rate_hz: float, jitter_share: float, count: int, held_up: dict[int, float] | None = None
) -> list[float]:
    """When each part came, in s since the first call; `held_up`: part and s of its handling."""
    loop = FakeClock()

    async def watch() -> list[float]:
        start_s = loop.time()
        times = []
        conveyor = Conveyor(rate_hz, jitter_share, seed=1)
        async for part in conveyor.parts(count):
            times.append(loop.time() - start_s)
            await asyncio.sleep((held_up or {}).get(part, 0.0))
        return times

    try:
        return loop.run_until_complete(watch())
    finally:
        loop.close()


@settings(deadline=None)
@given(rate_hz=st.floats(0.1, 1_000.0), jitter_share=st.floats(0.0, 0.25))
def test_parts_come_within_their_jitter_and_do_not_drift(
    rate_hz: float, jitter_share: float
) -> None:
    period_s = 1.0 / rate_hz
    for index, time_s in enumerate(arrivals(rate_hz, jitter_share, 200)):
        assert abs(time_s - index * period_s) <= jitter_share * period_s + 1e-9


def test_jitter_moves_the_parts() -> None:
    times = arrivals(10.0, 0.2, 50)
    assert len({round(time_s * 1e6) % 100_000 for time_s in times}) > 40


def test_a_held_up_consumer_gets_the_missed_parts_half_a_period_apart_and_catches_up() -> None:
    times = arrivals(10.0, 0.0, 20, held_up={3: 0.55})
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert min(gaps) == pytest.approx(0.05)
    assert times[-1] == pytest.approx(1.9)


async def test_stopping_lets_a_waiting_consumer_go() -> None:
    conveyor = Conveyor(0.001, 0.0, seed=0)
    came = []
    async for part in conveyor.parts(None):
        came.append(part)
        asyncio.get_running_loop().call_soon(conveyor.stop)
    assert came == [1]


def test_parts_are_counted_from_one_to_the_number_asked_for() -> None:
    assert len(arrivals(100.0, 0.1, 7)) == 7
    assert arrivals(100.0, 0.1, 0) == []


@pytest.mark.parametrize(("rate_hz", "jitter_share"), [(0.0, 0.1), (-1.0, 0.1), (1.0, 0.3)])
async def test_a_belt_that_cannot_be_is_refused(rate_hz: float, jitter_share: float) -> None:
    with pytest.raises(ValueError, match="found"):
        Conveyor(rate_hz, jitter_share, seed=0)


@pytest.fixture
def line1(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as station:
        station.bind(str(tmp_path / "line1"))
        station.settimeout(5.0)
        yield station


def test_each_pulse_is_one_datagram_at_every_station(line1: socket.socket, tmp_path: Path) -> None:
    with PhotoEye([tmp_path / "line1", tmp_path / "line1"]) as eye:
        eye.pulse()
    assert [line1.recv(16), line1.recv(16)] == [b"1", b"1"]
    assert (eye.pulses, eye.unheard) == (2, 0)


def test_an_edge_that_a_dead_station_misses_is_counted(tmp_path: Path) -> None:
    with PhotoEye([tmp_path / "nobody"]) as eye:
        eye.pulse()
    assert (eye.pulses, eye.unheard) == (0, 1)


def test_a_station_that_does_not_read_never_blocks_the_belt(
    line1: socket.socket, tmp_path: Path
) -> None:
    with PhotoEye([tmp_path / "line1"]) as eye:
        for _ in range(5_000):
            eye.pulse()
    assert eye.unheard > 0
    assert eye.pulses + eye.unheard == 5_000
    line1.recv(16)


def test_a_station_that_comes_later_hears_the_next_edge(tmp_path: Path) -> None:
    with PhotoEye([tmp_path / "line1"]) as eye:
        eye.pulse()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as station:
            station.bind(str(tmp_path / "line1"))
            eye.pulse()
            assert station.recv(16) == b"1"
