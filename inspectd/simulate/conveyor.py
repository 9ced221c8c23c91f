"""A conveyor: when the parts come, and the photo-eye that sees them."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

_EDGE = b"1"
# Parts on a belt have a length: however late one is, the next keeps at least this distance.
_LEAST_GAP_SHARE = 0.5
# With neighbours up to a quarter of a period off in opposite directions, half a period is left.
_LARGEST_JITTER_SHARE = 0.25


class Conveyor:
    """Paces parts by the clock of the running event loop.

    Part n is due n periods after the first, plus or minus `jitter_share` periods, whatever the
    parts before it did: lateness does not add up. A consumer that was held up gets the parts that
    it missed half a period apart until it has caught up.
    """

    def __init__(self, rate_hz: float, jitter_share: float, seed: int) -> None:
        """Raise ValueError for a rate or jitter that no belt has."""
        if rate_hz <= 0.0:
            msg = f"a conveyor moves: rate_hz is above 0, found {rate_hz}"
            raise ValueError(msg)
        if not 0.0 <= jitter_share <= _LARGEST_JITTER_SHARE:
            msg = f"jitter_share is 0 to {_LARGEST_JITTER_SHARE}, found {jitter_share}"
            raise ValueError(msg)
        self._period_s = 1.0 / rate_hz
        self._jitter_s = jitter_share * self._period_s
        self._rng = np.random.default_rng(seed)
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """No further part comes; a waiting consumer is let go at once."""
        self._stopped.set()

    async def parts(self, count: int | None) -> AsyncIterator[int]:
        """Yield 1, 2, ... at the moment when that part is at the photo-eye; None: without end."""
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        earliest_s = start_s
        part = 0
        while part != count:
            offset_s = float(self._rng.uniform(-self._jitter_s, self._jitter_s))
            due_s = max(start_s + part * self._period_s + offset_s, earliest_s)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), max(due_s - loop.time(), 0.0))
            if self._stopped.is_set():
                return
            earliest_s = loop.time() + _LEAST_GAP_SHARE * self._period_s
            part += 1
            yield part


class PhotoEye:
    """The cable from the light barrier to Line1 of every station's emulated camera.

    Each pulse is one datagram to each of `line1_sockets` (`Configure.line1_socket`), which a
    station takes for one rising edge. Use as a context manager.
    """

    def __init__(self, line1_sockets: Sequence[Path]) -> None:
        self._paths = tuple(str(path) for path in line1_sockets)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(0.0)
        self.pulses = 0
        self.unheard = 0

    def __enter__(self) -> Self:
        """Nothing to connect: every pulse looks for its station anew."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cut the cable."""
        self._socket.close()

    def life(self) -> tuple[int, int] | None:
        """Tells one binding of the first camera's Line1 from the next; None while there is none.

        The emulator shows its pictures from the first again in every life.
        """
        with contextlib.suppress(OSError, IndexError):
            found = Path(self._paths[0]).stat()
            return found.st_ino, found.st_ctime_ns
        return None

    def pulse(self) -> None:
        """One edge for every station; never blocks and never raises.

        A station that is down, or has not read earlier edges, misses this one, as a real camera
        would: `unheard` counts it, `pulses` what was sent.
        """
        for path in self._paths:
            try:
                self._socket.sendto(_EDGE, path)
                self.pulses += 1
            except OSError:
                self.unheard += 1
