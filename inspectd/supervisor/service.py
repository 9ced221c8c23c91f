"""The running service: starts its rooms in order, keeps time, stops them in reverse."""

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from inspectd.journal.journal import Journal
from inspectd.observe.log import Log
from inspectd.observe.metrics import Metrics
from inspectd.observe.notify import SystemdNotifier
from inspectd.publish.mqtt import MqttPublisher
from inspectd.publish.plc import PlcLink
from inspectd.supervisor.child import StationChild
from inspectd.supervisor.exchange import Exchange
from inspectd.supervisor.line import Line
from inspectd.supervisor.outputs import DigitalOutputs
from inspectd.supervisor.status import StatusReporter
from inspectd.supervisor.verification import Verification
from inspectd.web.board import Board
from inspectd.web.server import WebServer

_STATUS_INTERVAL_S = 0.1
_STATE_EVERY = 10  # retained MQTT state, metrics: once a second
_LAST_PARTS_S = 2.0
_MQTT_FLUSH_S = 2.0

log = structlog.get_logger("service")


class Service:
    """One line, all rooms made by the composition root (`inspectd.app`)."""

    def __init__(
        self,
        *,
        line: Line,
        children: list[StationChild],
        journal: Journal,
        plc: PlcLink,
        mqtt: MqttPublisher,
        metrics: Metrics,
        board: Board,
        web: WebServer,
        reporter: StatusReporter,
        exchange: Exchange,
        verification: Verification | None,
        logging: Log,
        heartbeat_limit_ms: float,
        outputs: DigitalOutputs | None = None,
    ) -> None:
        self._outputs = outputs
        self._line = line
        self._children = children
        self._journal = journal
        self._plc = plc
        self._mqtt = mqtt
        self._metrics = metrics
        self._board = board
        self._web = web
        self._reporter = reporter
        self._exchange = exchange
        self._verification = verification
        self._reload = asyncio.Event()
        self._logging = logging
        self._heartbeat_limit_ms = heartbeat_limit_ms
        self._systemd = SystemdNotifier()
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT. PublishError, JournalError where a room cannot start."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        # A terminal that is closed says SIGHUP too, and means the end (signal(7)).
        hang_up = self._stop if sys.stdin is not None and sys.stdin.isatty() else self._reload
        loop.add_signal_handler(signal.SIGHUP, hang_up.set)
        async with contextlib.AsyncExitStack() as rooms:
            rooms.callback(self._systemd.close)
            await self._start(rooms)
            tasks = [
                asyncio.create_task(self._keep_time(), name="time"),
                asyncio.create_task(self._keep_calibrations(), name="reload"),
                *(asyncio.create_task(c.run(), name=f"child {c.name}") for c in self._children),
            ]
            rooms.push_async_callback(self._end, tasks)
            # What lives now lives for ever: not to be looked at again while a part waits.
            gc.collect()
            gc.freeze()
            self._systemd.ready()
            log.info("service_started", modbus_port=self._plc.port, web_port=self._web.port)
            await self._stop_or_failure(tasks)

    async def _start(self, rooms: contextlib.AsyncExitStack) -> None:
        """Start what others rely on first; whatever fails later is undone in reverse."""
        self._journal.start()
        rooms.callback(self._journal.stop)
        for start, stop in self._servers():
            await start()
            rooms.push_async_callback(stop)
        self._mqtt.start()
        rooms.push_async_callback(asyncio.to_thread, self._mqtt.stop, _MQTT_FLUSH_S)

    def _servers(self) -> list[tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]]:
        return [
            (self._metrics.start, self._metrics.stop),
            (self._web.start, self._web.stop),
            (self._plc.start, self._plc.stop),
        ]

    async def _stop_or_failure(self, tasks: list[asyncio.Task[None]]) -> None:
        """Wait for a signal; a task that ends before it has failed, and must not be hidden."""
        stop: asyncio.Future[Any] = asyncio.create_task(self._stop.wait(), name="stop")
        rooms: set[asyncio.Future[Any]] = {self._line.failed, *tasks}
        await asyncio.wait({stop, *rooms}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        for room in rooms:
            if room.done():
                room.result()

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        """Take no more parts, answer those on their way, then let the stations go."""
        self._systemd.stopping()
        log.info("service_stopping")
        self._line.accepting = False
        self._plc.update(self._reporter.for_plc())
        if self._outputs is not None:
            self._outputs.ready(ready=False)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_PARTS_S):
                await self._line.until_idle()
        if unstored := self._line.unstored():
            log.error("verdicts_not_in_journal", count=unstored)
        await asyncio.gather(*(child.stop() for child in self._children))
        if self._verification is not None:
            await self._verification.stored()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_time(self) -> None:
        """Ten times a second: the PLC; once a second, or when it changes: everybody else."""
        turn, told = 0, [""]
        while True:
            self._line.turned()
            self._plc.update(self._reporter.for_plc())
            if self._outputs is not None:
                self._outputs.ready(not self._line.why_not_ready())
            if all(child.is_alive(self._heartbeat_limit_ms) for child in self._children):
                self._plc.beat()
            reasons = self._reporter.concerns()
            if turn % _STATE_EVERY == 0:
                self._systemd.watchdog()
                self._line.retry_journal()
                if self._verification is not None:
                    self._verification.store()
            if turn % _STATE_EVERY == 0 or reasons != told:
                self._tell_everybody_safely()
                told = reasons
            turn += 1
            await asyncio.sleep(_STATUS_INTERVAL_S)

    async def _keep_calibrations(self) -> None:
        """One reload after the other; what is asked for during one is done after it."""
        while True:
            await self._reload.wait()
            self._reload.clear()
            await self._exchange.run()

    def _tell_everybody_safely(self) -> None:
        try:
            self._tell_everybody()
        except Exception:  # the line does not stop because somebody cannot be told how it is
            log.exception("status_not_told")

    def _tell_everybody(self) -> None:
        snapshot = self._reporter.snapshot()
        self._board.set_status(snapshot)
        self._metrics.status(snapshot)
        self._metrics.page(self._web.clients, self._web.clients_dropped)
        dropped = self._board.previews_dropped + self._line.previews_unknown
        self._metrics.pictures_dropped(dropped)
        self._metrics.log_lines_lost(self._logging.lines_lost)
        self._mqtt.set_state(snapshot.document())
        self._systemd.status(f"{snapshot.state}. {'; '.join(snapshot.reasons)}")
