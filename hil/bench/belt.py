"""The belt: announces each part, then lets it pass the photo-eye, come what may."""

import asyncio
import time

from bench.record import Edge, FedPart
from inspectd.simulate.conveyor import Conveyor, PhotoEye
from inspectd.simulate.plc import SimulatedPlc

LOT_ID = 1
# Shares of the time between two parts: TriggerReady is waited for, then Trigger is raised all the
# same; and so long after it came into sight the part is at the photo-eye, whatever came of it.
READY_SHARE = 0.1
REACH_SHARE = 0.2
_JITTER_SHARE = 0.05
# A contact that bounces.
_BOUNCE_S = 0.005


class Belt:
    """Feeds parts 1, 2, ... and keeps what it did."""

    def __init__(self, plc: SimulatedPlc, eye: PhotoEye, rate_hz: float, seed: int) -> None:
        self.parts: list[FedPart] = []
        self.edges: list[Edge] = []
        self.doubts_s: list[float] = []
        self._plc = plc
        self._eye = eye
        self._reach_s = REACH_SHARE / rate_hz
        self._conveyor = Conveyor(rate_hz, _JITTER_SHARE, seed)
        self._wrong: tuple[int, asyncio.Future[int]] | None = None

    async def run(self) -> None:
        """Feed until `stop`."""
        loop = asyncio.get_running_loop()
        async for part_id in self._conveyor.parts(None):
            at_eye_s = loop.time() + self._reach_s
            part = FedPart(part_id, time.monotonic_ns())
            self.parts.append(part)
            try:
                async with asyncio.timeout_at(at_eye_s):
                    await self._plc.announce(part_id, LOT_ID)
                part.answered = True
            except TimeoutError:
                pass  # past the point where a trigger still means this part: withdrawn
            await asyncio.sleep(at_eye_s - loop.time())
            await self._pass(part)

    def stop(self) -> None:
        """The part on its way is the last."""
        self._conveyor.stop()

    def edge(self) -> None:
        """One edge now, whether a part is there or not."""
        before, heard = self._eye.life(), self._eye.pulses
        self._eye.pulse()
        after = self._eye.life()
        if before != after:
            # Either socket may have heard it.
            self.doubts_s.append(time.time())
        self.edges.append(Edge(time.time(), after if self._eye.pulses > heard else None))

    async def edges_of_next_part(self, count: int) -> int:
        """Give the next part `count` edges instead of one; returns when it has passed."""
        self._wrong = (count, asyncio.get_running_loop().create_future())
        return await self._wrong[1]

    async def _pass(self, part: FedPart) -> None:
        count, told = self._wrong or (1, None)
        self._wrong = None
        for number in range(count):
            if number:
                await asyncio.sleep(_BOUNCE_S)
            else:
                part.edge = len(self.edges)
            self.edge()
        if told is not None:
            told.set_result(time.monotonic_ns())
