"""The process of one camera: what is started, in which order, and how it ends.

Threads: main (judges), vision-2 and on where it has help, acquire, link, beat, preview, outputs
where its camera gives signals, and line1 for an emulated camera. Frames never leave the process.
Exit codes: 0 on Shutdown or SIGTERM, 1 on a defect of the program, 3 when the supervisor has gone,
4 when vision fails again and again, 5 when the camera's driver hangs and cannot be closed.
"""

import contextlib
import gc
import os
import queue
import signal
import socket
import threading
import time
import traceback
from collections.abc import Callable

import inspectd
from inspectd.core.errors import ConfigurationError, ProtocolError
from inspectd.core.messages import (
    Beat,
    Command,
    Configure,
    Fire,
    Hello,
    RecipeTaken,
    SignalReady,
    SignalVerdict,
    TakeRecipe,
)
from inspectd.station.acquire import Acquisition
from inspectd.station.intake import Intake
from inspectd.station.link import Link
from inspectd.station.outputs import Outputs
from inspectd.station.report import report
from inspectd.station.threads import Threads
from inspectd.station.vitals import Vitals, rss_bytes

EXIT_SHUTDOWN = 0
EXIT_DEFECT = 1
EXIT_LINK_LOST = 3
EXIT_VISION_FAILS = 4
EXIT_CAMERA_HANGS = 5

_BEAT_S = 0.1
_LOOK_S = 0.1
_CLOSE_LIMIT_S = 1.0
# A camera call may last its timeout (0.1 s) plus 1 s, then `close` another second.
_STOP_LIMIT_S = 2.5


class StationProcess:
    """One station, from its first message to its exit code. `run` is called once, by main."""

    def __init__(self, stream: socket.socket) -> None:
        self._configured: queue.SimpleQueue[Configure] = queue.SimpleQueue()
        self._link = Link(stream, self._on_command, self._on_link_lost)
        self._vitals = Vitals(time.monotonic_ns())
        self._warm = threading.Event()
        self._ended = threading.Event()
        self._stopping = False
        self._acquisition: Acquisition | None = None
        self._intake: Intake | None = None
        self._outputs: Outputs | None = None
        self._previews_skipped = _none_skipped
        self._take_recipe: Callable[[TakeRecipe], None] = self._not_warm

    def run(self) -> int:
        """Serve until Shutdown, SIGTERM or a failure; the exit code."""
        signal.signal(signal.SIGTERM, lambda _signal, _frame: self._ask_to_stop())
        # Ctrl-C reaches the whole group; the supervisor then says Shutdown when parts are done.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._link.start()
        self._link.send(Hello(os.getpid(), inspectd.__version__))
        configure = self._await_configure()
        if configure is None:
            self._link.close(_CLOSE_LIMIT_S)
            return EXIT_SHUTDOWN
        intake = Intake(configure.queue_depth, self._link.send)
        acquisition = Acquisition(configure, intake, self._vitals, self._link.send, self._warm)
        self._intake, self._acquisition = intake, acquisition
        acquisition.start()
        if configure.outputs is not None:
            self._outputs = Outputs(configure.outputs, acquisition.set_output)
        beats = threading.Thread(target=self._beat, args=(acquisition, intake), name="beat")
        beats.start()
        if self._stopping:
            self._stop_acquisition()
        code = self._judge_all(configure, intake)
        if self._outputs is not None:
            self._outputs.close()
        acquisition.stop()
        closed = acquisition.join(_CLOSE_LIMIT_S)
        self._ended.set()
        beats.join()
        self._link.close(_CLOSE_LIMIT_S)
        if not closed:
            report("camera_hangs", reason="a driver call does not return; ending without it")
            os._exit(EXIT_CAMERA_HANGS)
        return code

    def _judge_all(self, configure: Configure, intake: Intake) -> int:
        try:
            with contextlib.closing(Threads(configure.vision_threads)) as threads:
                return self._judge_with(threads, configure, intake)
        except ConfigurationError as error:
            report("reference_refused", reason=str(error))
            return EXIT_DEFECT
        except Exception:  # noqa: BLE001 - whatever it was, the camera must be closed in order
            report("station_defect", traceback=traceback.format_exc())
            return EXIT_DEFECT

    def _judge_with(self, threads: Threads, configure: Configure, intake: Intake) -> int:
        # Imported here, while the acquisition thread opens the camera: see warm.py.
        from inspectd.station.judge import Judge  # noqa: PLC0415
        from inspectd.station.preview import Previews  # noqa: PLC0415
        from inspectd.station.products import Products  # noqa: PLC0415
        from inspectd.station.warm import warm_vision  # noqa: PLC0415

        warm_vision(configure, threads)
        # What lives now lives for ever. Frozen, it is not looked at again: a full collection
        # while a part is judged takes 0.01 ms instead of 50 (measured, 120,000 objects).
        gc.collect()
        gc.freeze()
        # Its age is that of a loop that turns from now on.
        self._vitals.judge_turned(time.monotonic_ns())
        self._warm.set()
        send = self._link.send
        with (
            contextlib.closing(Products(configure, send)) as products,
            contextlib.closing(Previews(configure.preview_max_px, send)) as previews,
        ):
            self._take_recipe = products.take
            self._previews_skipped = lambda: previews.skipped
            judge = Judge(products, intake, self._vitals, send, previews, spread=threads)
            return EXIT_SHUTDOWN if judge.run() else EXIT_VISION_FAILS

    def _await_configure(self) -> Configure | None:
        while not self._stopping:
            try:
                return self._configured.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
        return None

    def _on_command(self, command: Command) -> None:
        match command:
            case Configure():
                if self._acquisition is not None:
                    msg = "a second Configure: a station is configured once in its life"
                    raise ProtocolError(msg)
                self._configured.put(command)
            case Fire(acquisition_id):
                if self._acquisition is None:
                    msg = f"part {acquisition_id} was fired before the camera was up"
                    raise ProtocolError(msg)
                self._acquisition.fire(acquisition_id)
            case SignalVerdict() | SignalReady():
                if self._outputs is not None:
                    self._outputs.signal(command)
            case TakeRecipe():
                self._take_recipe(command)
            case _:
                self._ask_to_stop()

    def _not_warm(self, message: TakeRecipe) -> None:
        why = "the station is still starting"
        self._link.send(RecipeTaken(message.recipe.sha256, activated=False, why=why))

    def _ask_to_stop(self) -> None:
        if not self._stopping:
            self._stopping = True
            if self._acquisition is not None:
                threading.Thread(target=self._stop_acquisition, name="stop").start()

    def _stop_acquisition(self) -> None:
        """End the acquisition; the judge then finishes what is queued and ends by itself."""
        assert self._acquisition is not None
        assert self._intake is not None
        self._acquisition.stop()
        if not self._acquisition.join(_STOP_LIMIT_S):
            self._intake.close()

    def _on_link_lost(self, reason: str) -> None:
        """Nobody is left to answer to: let go of the camera and end at once."""
        report("link_lost", reason=reason)
        if self._acquisition is not None:
            self._acquisition.stop()
            self._acquisition.join(_CLOSE_LIMIT_S)
        os._exit(EXIT_LINK_LOST)

    def _beat(self, acquisition: Acquisition, intake: Intake) -> None:
        while not self._ended.wait(_BEAT_S):
            now_ns = time.monotonic_ns()
            beat = Beat(
                acquire_age_ms=self._vitals.acquire_age_ms(now_ns),
                judge_age_ms=self._vitals.judge_age_ms(now_ns),
                judging_since_ms=self._vitals.judging_since_ms(now_ns),
                queue_depth=intake.waiting(),
                rss_bytes=rss_bytes(),
                counters=acquisition.counters(),
                overflows=intake.overflows,
                previews_skipped=self._previews_skipped(),
            )
            self._link.send(beat)


def _none_skipped() -> int:
    return 0
