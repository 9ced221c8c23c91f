"""One station process as its supervisor sees it: started, listened to, replaced when it fails."""

import asyncio
import contextlib
import dataclasses
import os
import signal
import socket
import sys
import time
from collections import deque
from typing import Protocol

import structlog

from inspectd.core import wire
from inspectd.core.errors import ProtocolError
from inspectd.core.messages import (
    Answer,
    Beat,
    CameraDown,
    CameraUp,
    Command,
    Configure,
    Fire,
    Hello,
    Preview,
    RecipeTaken,
    Shutdown,
    SignalReady,
    SignalVerdict,
    TakeRecipe,
    ViewDone,
    ViewStarted,
    from_station,
    to_station,
)
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.settings.station import StationSettings
from inspectd.supervisor.restart import RestartPolicy

_NS_PER_S = 1_000_000_000
_READ_BYTES = 256 * 1024
_STOP_TIMEOUT_S = 5.0
_WATCH_INTERVAL_S = 0.25
_DYING_S = 1.0
# A camera that went away is opened again within seconds; pypylon's open can hang for ever instead
# (issues 150, 235, 576). The first open may wait for the kernels and has `start_timeout_s`.
_REOPEN_LIMIT_MS = 30_000.0
# Ten beats a second, and three messages a part: beyond these the process has lost its senses, and
# reading on would take the time of everybody else.
_MOST_MESSAGES_A_SECOND = 2_000
_MOST_OPEN_VIEWS = 256

log = structlog.get_logger("station")


class StationEvents(Protocol):
    """What the line wants to know. Called on the loop's thread, in the order of the stream."""

    def on_station_up(self, station: str, info: CameraUp) -> None:
        """Triggers will be answered from now on."""

    def on_station_down(self, station: str, reason: Reason) -> None:
        """No view will come: the camera is away, or the process died."""

    def on_view_started(self, station: str, message: ViewStarted) -> None:
        """Frames of one part have arrived."""

    def on_view_done(self, station: str, message: ViewDone) -> None:
        """One view is judged."""

    def on_preview(self, station: str, message: Preview, jpeg: bytes) -> None:
        """A picture for the page."""

    def on_beat(self, station: str, beat: Beat) -> None:
        """Signs of life, ten a second."""


class StationChild:
    """Keeps one station process running until `stop`."""

    def __init__(
        self, settings: StationSettings, configure: Configure, events: StationEvents
    ) -> None:
        self.name = settings.name
        self.info: CameraUp | None = None
        self.last_beat: Beat | None = None
        self.last_beat_ns = 0
        self.restarts = 0
        self.pid: int | None = None
        self.policy = RestartPolicy()
        self._settings = settings
        self._configure = configure
        self._events = events
        self._writer: asyncio.StreamWriter | None = None
        self._stopping = asyncio.Event()
        self._hurried = asyncio.Event()
        self._up = asyncio.Event()
        self._recipes_asked: deque[asyncio.Future[str]] = deque()
        self._ended = asyncio.Event()
        self._ended.set()
        self._kill_reason = ""
        # Why the process ends although nothing is wrong with it.
        self._replacing = ""
        self._came_up = False
        self._open_views: set[int] = set()
        self._messages = 0
        self._messages_since_ns = 0

    def is_up(self) -> bool:
        """Whether triggers are answered."""
        return self.info is not None

    def fire(self, acquisition_id: int) -> None:
        """Have the shots of one part taken (software trigger)."""
        self._send(Fire(acquisition_id))

    def signal(self, message: SignalVerdict | SignalReady) -> None:
        """Have the camera's lines say something; a station that is down says nothing."""
        self._send(message)

    async def run(self) -> None:
        """Start the process, and start it again whenever it ends, until `stop`."""
        while not self._stopping.is_set():
            delay_ns = self.policy.delay_ns(time.monotonic_ns())
            if self.policy.exhausted:
                log.error("station_restart_backoff", station=self.name, delay_s=delay_ns / 1e9)
            self._hurried.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay_ns / 1e9):
                    await self._hurried.wait()
            if self._stopping.is_set():
                return
            try:
                code = _describe(await self._run_once())
            except OSError as error:
                code = f"it could not be started: {error}"
                self._lost(code)
            if self._replacing:
                self._replacing = ""
                self.policy = RestartPolicy()
            elif not self._stopping.is_set():
                self.restarts += 1
                log.error("station_exited", station=self.name, code=code, why=self._kill_reason)

    async def stop(self) -> None:
        """Ask the process to finish; kill it if it does not within 5 s."""
        self._stopping.set()
        self._hurried.set()
        await self._end_process()

    async def replace(self, configure: Configure, why: str) -> None:
        """Have the process finish; the one that takes its place is configured anew."""
        self._configure = configure
        if self._writer is not None:
            self._replacing = why
            await self._end_process()

    def hurry(self) -> None:
        """Start a process that waits for its next start now."""
        self.policy = RestartPolicy()
        self._hurried.set()

    def reconfigure(self, configure: Configure) -> None:
        """What the next process is configured with, whenever that may be."""
        self._configure = configure

    def can_take(self, configure: Configure) -> bool:
        """Whether the process can change over to this recipe as it runs: same shots, same rest."""
        same = dataclasses.replace(
            configure,
            recipe=self._configure.recipe,
            reference=self._configure.reference,
            reference_sha256=self._configure.reference_sha256,
        )
        return same == self._configure and configure.recipe.shots == self._configure.recipe.shots

    async def take_recipe(self, message: TakeRecipe) -> str:
        """Have the process load a recipe, or judge by it; why it could not, empty where it did."""
        if self._writer is None:
            return f"station {self.name} is down"
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._recipes_asked.append(answer)
        self._send(message)
        return await answer

    async def until_up(self) -> None:
        """Wait for the camera, at most as long as a start may take."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.start_timeout_s):
                await self._up.wait()

    async def _end_process(self) -> None:
        self._send(Shutdown())
        try:
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await self._ended.wait()
        except TimeoutError:
            self._kill("it did not stop when asked")

    async def _run_once(self) -> int:
        self._kill_reason = ""
        self._came_up = False
        self._open_views.clear()
        # Before the process is there: a stop that comes meanwhile must wait for it.
        self._ended.clear()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "inspectd.station",
                    "--fd",
                    str(theirs.fileno()),
                    pass_fds=(theirs.fileno(),),
                    stdin=asyncio.subprocess.DEVNULL,
                )
            except OSError:
                ours.close()
                self._ended.set()
                raise
        self.pid = process.pid
        reader, self._writer = await asyncio.open_connection(sock=ours)
        watch = asyncio.create_task(self._watch(), name=f"watch {self.name}")
        try:
            self._send(self._configure)
            if self._stopping.is_set():
                self._send(Shutdown())
            await self._listen(reader)
        finally:
            watch.cancel()
            self._lost("it closed its connection")
            self._writer.close()
            self._writer = None
            await self._see_it_end(process)
            code = await process.wait()
            self.pid = None
            self._ended.set()
            self._lost(f"the process ended with {_describe(code)}")
        return code

    async def _see_it_end(self, process: asyncio.subprocess.Process) -> None:
        """Let a process that is ending say how; kill one that lives on without its connection."""
        try:
            async with asyncio.timeout(_DYING_S):
                await process.wait()
        except TimeoutError:
            self._kill("it closed its connection")

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        decoder = wire.Decoder(from_station)
        try:
            while (data := await reader.read(_READ_BYTES)) and not self._kill_reason:
                for message, blob in decoder.feed(data):
                    self._check(message)
                    self._handle(message, blob)
        except OSError:
            return
        except Exception as error:  # noqa: BLE001 - a station that cannot be followed must not take the line along
            self._kill(f"its messages make no sense: {error}")

    def _check(self, message: object) -> None:
        """Raise ProtocolError for a station that says more than it can mean."""
        now_ns = time.monotonic_ns()
        if now_ns - self._messages_since_ns > _NS_PER_S:
            self._messages, self._messages_since_ns = 0, now_ns
        self._messages += 1
        if self._messages > _MOST_MESSAGES_A_SECOND:
            msg = f"more than {_MOST_MESSAGES_A_SECOND} of them in a second"
            raise ProtocolError(msg)
        if isinstance(message, ViewStarted):
            self._open_views.add(message.view)
        elif isinstance(message, ViewDone):
            self._open_views.discard(message.view)
        if len(self._open_views) > _MOST_OPEN_VIEWS:
            msg = f"more than {_MOST_OPEN_VIEWS} views without an answer"
            raise ProtocolError(msg)

    def _handle(self, message: Answer, blob: bytes) -> None:
        match message:
            case Beat():
                self.last_beat, self.last_beat_ns = message, time.monotonic_ns()
                self._events.on_beat(self.name, message)
            case ViewStarted():
                self._events.on_view_started(self.name, message)
            case ViewDone():
                self._events.on_view_done(self.name, message)
            case Preview():
                self._events.on_preview(self.name, message, blob)
            case RecipeTaken():
                self._recipe_taken(message)
            case CameraUp():
                self.info, self._came_up = message, True
                self._up.set()
                self._events.on_station_up(self.name, message)
            case CameraDown():
                self.info = None
                self._up.clear()
                reason = Reason(ReasonCode.CAMERA_LOST, f"station {self.name}: {message.reason}")
                self._events.on_station_down(self.name, reason)
            case Hello():
                log.info("station_started", station=self.name, pid=message.pid)

    def _recipe_taken(self, message: RecipeTaken) -> None:
        if not self._recipes_asked:
            msg = "it has taken a recipe that nobody asked for"
            raise ProtocolError(msg)
        why = f"station {self.name}: {message.why}" if message.why else ""
        self._recipe_answered(why)

    def _recipe_answered(self, why: str) -> None:
        answer = self._recipes_asked.popleft()
        if not answer.done():
            answer.set_result(why)

    async def _watch(self) -> None:
        """Kill a process that hangs: a hung camera call or judgement never ends by itself."""
        started_ns = time.monotonic_ns()
        self.last_beat_ns = started_ns
        while True:
            await asyncio.sleep(_WATCH_INTERVAL_S)
            now_ns = time.monotonic_ns()
            if not self._came_up:
                if now_ns - started_ns > self._settings.start_timeout_s * 1e9:
                    self._kill(f"no camera after {self._settings.start_timeout_s:g} s")
            elif (why := self._hangs(now_ns)) is not None:
                self._kill(why)

    def _hangs(self, now_ns: int) -> str | None:
        limit_ms = self._settings.hang_timeout_s * 1e3
        beat_age_ms = (now_ns - self.last_beat_ns) / 1e6
        if beat_age_ms > limit_ms:
            return f"no sign of life for {beat_age_ms:.0f} ms"
        beat = self.last_beat
        if beat is None:
            return None
        camera_limit_ms = limit_ms if self.info is not None else max(limit_ms, _REOPEN_LIMIT_MS)
        if beat.acquire_age_ms > camera_limit_ms:
            return f"the camera call hangs since {beat.acquire_age_ms:.0f} ms"
        if beat.judge_age_ms > limit_ms:
            return f"the judgement hangs since {beat.judge_age_ms:.0f} ms"
        return None

    def is_alive(self, limit_ms: float) -> bool:
        """Whether acquisition and judgement both gave a sign of life within `limit_ms`."""
        beat = self.last_beat
        if beat is None or self.info is None:
            return False
        age_ms = (time.monotonic_ns() - self.last_beat_ns) / 1e6
        return max(age_ms, beat.acquire_age_ms, beat.judge_age_ms) <= limit_ms

    def _lost(self, why: str) -> None:
        self.info = None
        self._up.clear()
        self.last_beat = None
        text = f"station {self.name}: {self._kill_reason or self._replacing or why}"
        while self._recipes_asked:
            self._recipe_answered(text)
        self._events.on_station_down(self.name, Reason(ReasonCode.STATION_LOST, text))

    def _kill(self, why: str) -> None:
        """Nothing is awaited of it any more, even if it takes its time to die (a stuck driver)."""
        if not self._kill_reason:
            self._kill_reason = why
            self._lost(why)
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _send(self, message: Command) -> None:
        if self._writer is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._writer.write(wire.encode(to_station, message))


def _describe(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
