"""An asyncio loop whose clock jumps to the next timer instead of waiting for it."""

import asyncio
import math
import selectors
from collections.abc import Mapping
from typing import Any

# The journal answers from a thread of its own; this long it may take in real time.
_REAL_LIMIT_S = 60.0
_START_NS = 1_000_000_000


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time passes only while nobody has anything to do.

    `working`: how many answers of other threads are awaited. While there are any, time stands
    still: what they do takes no simulated time.
    """

    def __init__(self) -> None:
        self.now_ns = _START_NS
        self.working = 0
        super().__init__(_Jumping(self))
        # asyncio calls a timer early by the clock's resolution. Here it is less than 1 ns: who
        # then looked at a clock that stands still would set the same timer for ever.
        self._clock_resolution = 0.5e-9

    def time(self) -> float:
        """Simulated seconds; the loop's clock and CLOCK_MONOTONIC of everything on it."""
        return self.now_ns / 1e9

    def clock_ns(self) -> int:
        """The same in nanoseconds."""
        return self.now_ns


class _Jumping(selectors.BaseSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        self._real = selectors.DefaultSelector()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._loop.working and (timeout is None or timeout > 0):
            found = self._real.select(_REAL_LIMIT_S)
            if not found:
                msg = f"nothing has come back from another thread for {_REAL_LIMIT_S:g} s"
                raise TimeoutError(msg)
            return found
        found = self._real.select(0)
        if not found and timeout is None:
            msg = "nobody has anything left to do, and the simulation has not ended"
            raise RuntimeError(msg)
        if not found and timeout:
            self._loop.now_ns += max(1, math.ceil(timeout * 1e9))
        return found

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def close(self) -> None:
        self._real.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()
