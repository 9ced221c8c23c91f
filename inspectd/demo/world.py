"""The world around the service: broker, witness, PLC, photo-eye and conveyor."""

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from inspectd.demo.service import ServiceProcess
from inspectd.demo.summary import UNKNOWN
from inspectd.demo.workspace import HOST, LINE, Workspace
from inspectd.publish.topics import VERDICT
from inspectd.simulate.broker import EmbeddedBroker
from inspectd.simulate.conveyor import Conveyor, PhotoEye
from inspectd.simulate.plc import SimulatedPlc
from inspectd.simulate.subscriber import VerdictSubscriber

LOT_ID = 1
NO_PICTURE = "no picture"
# numba compiles the kernels at the very first start.
READY_TIMEOUT_S = 300.0
_JITTER_SHARE = 0.1
_LAST_RESULTS_S = 10.0
_PLC_SCAN_MS = 5.0
# The played world must not take the processor from the service that it is there to show.
_NICENESS = 10


@dataclass(slots=True)
class World:
    """Everything that is not the service, running."""

    workspace: Workspace
    service: ServiceProcess
    plc: SimulatedPlc
    subscriber: VerdictSubscriber
    eye: PhotoEye
    conveyor: Conveyor
    announced: int = 0
    # By part: the label of the picture that it was judged by.
    shown: dict[int, str] = field(default_factory=dict)
    _pictures: Counter[tuple[int, int]] = field(default_factory=Counter)

    async def run_parts(self, count: int | None) -> None:
        """Let `count` parts pass; then wait until each has its answer, at most 10 s."""
        async for part in self.conveyor.parts(count):
            self.service.check_alive()
            self.announced = part
            await self.plc.announce(part, LOT_ID)
            # The part passes the photo-eye whether vision took it or not.
            self._pass_eye(part)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_RESULTS_S):
                await self.plc.drained()
        await asyncio.to_thread(self.subscriber.wait_for, self.announced, _LAST_RESULTS_S)

    def _pass_eye(self, part: int) -> None:
        """One edge, and the label of the picture that the emulator shows for it.

        It shows its pictures in order, from the first again each time its station starts.
        """
        life, heard = self.eye.life(), self.eye.pulses
        self.eye.pulse()
        if self.eye.pulses == heard:
            self.shown[part] = NO_PICTURE
        elif life is None or life != self.eye.life():
            self.shown[part] = UNKNOWN
        else:
            pictures = self.workspace.pictures.parts
            self.shown[part] = pictures[self._pictures[life] % len(pictures)].label or UNKNOWN
            self._pictures[life] += 1


@asynccontextmanager
async def running_world(workspace: Workspace, rate_hz: float, seed: int) -> AsyncIterator[World]:
    """Start the broker, the witness, the service and the PLC; stop them in reverse."""
    settings = workspace.settings
    async with contextlib.AsyncExitStack() as stack:
        log = workspace.folder / "service.log"
        service = ServiceProcess(workspace.config, log, settings.web.port)
        await stack.enter_async_context(service)
        # From here on, and for every thread to come; the service was started before.
        os.nice(_NICENESS)
        await stack.enter_async_context(EmbeddedBroker(HOST, settings.mqtt.port))
        subscriber = VerdictSubscriber(HOST, settings.mqtt.port, VERDICT.of(LINE))
        # The broker runs on this loop, so whoever waits for its answer must not.
        await asyncio.to_thread(subscriber.__enter__)
        stack.push_async_callback(asyncio.to_thread, subscriber.__exit__, None, None, None)
        await service.until_ready(READY_TIMEOUT_S)
        plc = await stack.enter_async_context(
            SimulatedPlc(HOST, settings.plc.port, poll_ms=_PLC_SCAN_MS)
        )
        eye = stack.enter_context(PhotoEye([workspace.line1]))
        conveyor = Conveyor(rate_hz, _JITTER_SHARE, seed)
        yield World(workspace, service, plc, subscriber, eye, conveyor)
