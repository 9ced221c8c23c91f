"""What one core of this machine can do at best: multiply-adds, and bytes moved to and from memory.

Measured, not read from a data sheet: virtual machines, turbo clocks and numba's own code count.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numba import njit
from numpy.typing import NDArray

from inspectd.vision.spread import Spread, in_turn

_VALUES = 4_096  # 16 KB: in the L1 cache of any processor
_TURNS = 1_000
_CHAIN = 16
_COPIED_BYTES = 128 * 1024 * 1024  # larger than most L3 caches
_REPEATS = 5
_TRIES = 25


@njit(nogil=True, cache=True, fastmath={"contract"})
def _multiply_add(values: NDArray[np.float32], factor: float, turns: int) -> None:
    """`turns` x `_CHAIN` multiply-adds of every value; enough chains run side by side."""
    scale = np.float32(factor)
    for _ in range(turns):
        for x in range(_VALUES):
            value = values[x]
            for _step in range(_CHAIN):
                value = value * scale + scale
            values[x] = value


def multiply_adds_per_s() -> float:
    """Float32 multiply-adds a second of one core, the best of a few tries."""
    values = np.zeros(_VALUES, np.float32)
    factor = 0.5
    _multiply_add(values, factor, 1)
    fastest_s = _fastest_s(lambda: _multiply_add(values, factor, _TURNS))
    return _VALUES * _CHAIN * _TURNS / fastest_s


def bytes_per_s() -> float:
    """Bytes read and written a second by one core that copies what no cache holds."""
    source = np.ones(_COPIED_BYTES, np.uint8)
    target = np.zeros(_COPIED_BYTES, np.uint8)
    return 2 * _COPIED_BYTES / _fastest_s(lambda: np.copyto(target, source))


def gain_of(spread: Spread) -> float:
    """How many times as fast arithmetic alone gets by being spread over two, in the median.

    What others leave of a busy machine's second core shows here as it does in a part's time.
    """
    work = [partial(_multiply_add, np.zeros(_VALUES, np.float32), 0.5, _TURNS) for _ in range(2)]
    ratios = []
    for _ in range(_TRIES):
        started = time.perf_counter()
        in_turn(work)
        between = time.perf_counter()
        spread(work)
        ratios.append((between - started) / (time.perf_counter() - between))
    return statistics.median(ratios)


def _fastest_s(work: Callable[[], object]) -> float:
    times = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)
