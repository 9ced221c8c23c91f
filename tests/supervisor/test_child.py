"""A supervisor against stations that misbehave: real processes on real sockets."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from inspectd.core.camera import CameraSettings
from inspectd.core.messages import Beat, CameraUp, Configure, Preview, ViewDone, ViewStarted
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Reason, ReasonCode
from inspectd.settings.station import StationSettings
from inspectd.supervisor.child import StationChild

Until = Callable[[Callable[[], bool]], Awaitable[None]]


class Seen:
    """What the line was told, and the child that told it."""

    def __init__(self, **limits: float) -> None:
        self.ups = 0
        self.downs: list[Reason] = []
        camera = CameraSettings(driver="replay")
        settings = StationSettings.model_validate({"name": "top", "camera": camera, **limits})
        configure = Configure("top", camera, Recipe(), None, 4, 200, 64)
        self.child = StationChild(settings, configure, self)

    def on_station_up(self, station: str, info: CameraUp) -> None:  # noqa: ARG002 - the contract's
        self.ups += 1

    def on_station_down(self, station: str, reason: Reason) -> None:  # noqa: ARG002 - the contract's
        self.downs.append(reason)

    def on_view_started(self, station: str, message: ViewStarted) -> None:
        """Not asked for."""

    def on_view_done(self, station: str, message: ViewDone) -> None:
        """Not asked for."""

    def on_preview(self, station: str, message: Preview, jpeg: bytes) -> None:
        """Not asked for."""

    def on_beat(self, station: str, beat: Beat) -> None:
        """Not asked for."""


@asynccontextmanager
async def supervised(seen: Seen) -> AsyncIterator[Seen]:
    running = asyncio.create_task(seen.child.run())
    try:
        yield seen
        assert not running.done()
    finally:
        await seen.child.stop()
        async with asyncio.timeout(60):
            await running
    assert seen.child.pid is None


def lost(seen: Seen) -> list[str]:
    return [reason.text for reason in seen.downs if reason.code is ReasonCode.STATION_LOST]


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("line.sendall(b'\\0\\0\\0\\5\\0\\0\\0\\0hello'); live()", "make no sense"),
        ("line.sendall(b'\\xff' * 64); live()", "over the limit"),
        ("up(); line.shutdown(socket.SHUT_RDWR); time.sleep(60)", "closed its connection"),
        ("up(); os._exit(7)", "exit code 7"),
        ("up(); os.kill(os.getpid(), 9)", "SIGKILL"),
        ("up(); time.sleep(60)", "no sign of life"),
        ("up(); live(acquire_age_ms=9e3)", "the camera call hangs"),
        ("up(); live(judge_age_ms=9e3)", "the judgement hangs"),
        ("up(); send(CameraDown('gone')); live(acquire_age_ms=9e4)", "the camera call hangs"),
        ("while True: beat()", "in a second"),
        (
            "up()\nfor view in range(1000): send(ViewStarted(view, 1))\nlive()",
            "views without an answer",
        ),
    ],
)
async def test_a_station_that_cannot_be_trusted_is_killed_named_and_started_again(
    program: str, why: str, play_station: Callable[[str], None], until: Until
) -> None:
    play_station(program)
    async with supervised(Seen(hang_timeout_s=0.5)) as seen:
        # Not only of its first life: on a loaded machine that may have ended for its silence.
        await until(lambda: any(why in text for text in lost(seen)))
        await until(lambda: seen.child.restarts > 0)


async def test_a_camera_that_goes_away_is_said_and_nobody_is_killed_for_it(
    play_station: Callable[[str], None], until: Until
) -> None:
    play_station("up(); send(CameraDown('unplugged')); live()")
    async with supervised(Seen()) as seen:
        await until(lambda: bool(seen.downs) and seen.child.last_beat is not None)
        assert (seen.ups, seen.child.restarts) == (1, 0)
        assert seen.downs == [Reason(ReasonCode.CAMERA_LOST, "station top: unplugged")]
        assert not seen.child.is_up()
        assert not seen.child.is_alive(60_000)


@pytest.mark.parametrize("loop", ["acquire_age_ms", "judge_age_ms"])
async def test_a_station_is_alive_while_both_of_its_loops_turn(
    loop: str, play_station: Callable[[str], None], until: Until
) -> None:
    play_station(f"up(); live({loop}=3_000)")
    async with supervised(Seen()) as seen:
        # The first beat, before it is up, is that of loops that turn.
        await until(lambda: getattr(seen.child.last_beat, loop, 0.0) >= 3_000)
        await until(seen.child.is_up)
        assert not seen.child.is_alive(2_900)
        assert seen.child.is_alive(60_000)


async def test_a_station_whose_beats_stop_is_not_alive(
    play_station: Callable[[str], None], until: Until
) -> None:
    play_station("up(); beat(); time.sleep(60)")
    async with supervised(Seen(hang_timeout_s=30.0)) as seen:
        await until(lambda: seen.child.is_alive(60_000))
        await until(lambda: not seen.child.is_alive(100))
        assert seen.child.is_up()


async def test_a_station_that_never_gets_a_camera_is_started_again(
    play_station: Callable[[str], None], until: Until
) -> None:
    play_station("live()")
    async with supervised(Seen(start_timeout_s=1.0)) as seen:
        await until(lambda: seen.child.restarts > 0)
        assert "no camera after 1 s" in seen.downs[0].text


async def test_a_host_without_room_for_a_process_does_not_end_the_service(
    play_station: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, until: Until
) -> None:
    play_station("up(); live()")
    good = sys.executable
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with supervised(Seen()) as seen:
        await until(lambda: seen.child.restarts > 0)
        assert "could not be started" in seen.downs[0].text
        monkeypatch.setattr(sys, "executable", good)
        await until(seen.child.is_up)


async def test_a_defect_met_in_a_message_costs_the_station_and_not_the_service(
    play_station: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, until: Until
) -> None:
    play_station("up(); live()")
    seen = Seen()

    def broken(station: str, beat: Beat) -> None:
        msg = f"a defect met with {beat} of {station}"
        raise ValueError(msg)

    monkeypatch.setattr(seen, "on_beat", broken)
    async with supervised(seen):
        await until(lambda: seen.child.restarts > 0)
        assert "a defect met" in seen.downs[0].text


async def test_a_stop_while_a_process_is_being_started_ends_it_too(
    play_station: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    play_station("up(); line.shutdown(socket.SHUT_RDWR); time.sleep(60)")
    start, starting = asyncio.create_subprocess_exec, asyncio.Event()

    async def watched(*args: str, **options: Any) -> asyncio.subprocess.Process:
        starting.set()
        return await start(*args, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    seen = Seen()
    running = asyncio.create_task(seen.child.run())
    await starting.wait()
    await seen.child.stop()
    async with asyncio.timeout(60):
        await running
    assert seen.child.pid is None


async def test_no_process_outlives_a_stop(
    play_station: Callable[[str], None], until: Until
) -> None:
    play_station("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); up(); live()")
    seen = Seen()
    async with supervised(seen):
        await until(seen.child.is_up)
        pid = seen.child.pid
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


LISTENS = """
threading.Thread(target=live, daemon=True).start()
decoder = wire.Decoder(to_station)
while data := line.recv(65536):
    for message, _ in decoder.feed(data):
        if isinstance(message, Configure):
            send(CameraUp(CameraInfo("Played", message.recipe.name, "", True, ())))
        elif isinstance(message, Shutdown):
            os._exit(0)
"""


@pytest.mark.parametrize("program", [LISTENS, "up(); live()"], ids=["goes", "does not go"])
async def test_a_station_that_is_configured_anew_is_another_process_and_no_failure(
    play_station: Callable[[str], None], until: Until, program: str
) -> None:
    play_station(program)
    async with supervised(Seen()) as seen:
        await until(lambda: seen.ups == 1)
        first = seen.child.pid
        play_station(LISTENS)
        other = Configure("top", CameraSettings(), Recipe(name="other"), None, 4, 200, 64)
        await seen.child.replace(other, "it gets another recipe")
        assert "it gets another recipe" in seen.downs[-1].text or program != LISTENS
        await until(lambda: seen.ups == 2)
        assert seen.child.info is not None
        assert seen.child.info.info.serial == "other"
        assert (seen.child.pid != first, seen.child.restarts) == (True, 0)


async def test_a_station_that_is_not_there_is_configured_anew_when_it_comes(
    play_station: Callable[[str], None], until: Until
) -> None:
    play_station(LISTENS)
    seen = Seen()
    other = Configure("top", CameraSettings(), Recipe(name="other"), None, 4, 200, 64)
    await seen.child.replace(other, "it gets another recipe")
    async with supervised(seen):
        await until(seen.child.is_up)
        assert seen.child.info is not None
        assert seen.child.info.info.serial == "other"
