"""`inspectd demo`: prepare, run, count."""

import asyncio
import contextlib
import json
import logging
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import typer
from rich.console import Console
from rich.live import Live
from rich.progress import Progress

from inspectd.demo.options import DemoOptions
from inspectd.demo.show import live_view, summary_view
from inspectd.demo.summary import is_sound, summarise
from inspectd.demo.tally import gather
from inspectd.demo.workspace import HOST, Workspace, pictures_to_make, prepare
from inspectd.demo.world import World, running_world

_REFRESH_S = 0.25
_SEED = 1


def run_demo(options: DemoOptions, *, as_json: bool) -> None:
    """Run the demo; exit code 1 if a part was lost, doubled or counted differently anywhere."""
    folder = Path(tempfile.mkdtemp(prefix="inspectd-demo-"))
    console = Console(stderr=True)
    # The played PLC's client would print its last frames when the service ends; the log has more.
    logging.getLogger("pymodbus").addHandler(logging.NullHandler())
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        workspace = _prepare(folder, options, console)
        world = asyncio.run(_run(workspace, options, console))
        summary = summarise(gather(world))
    except BaseException:
        _keep_log(folder, console)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        Console().print(summary_view(summary, workspace.pictures.skipped))
    if not is_sound(summary):
        raise typer.Exit(1)


def _prepare(folder: Path, options: DemoOptions, console: Console) -> Workspace:
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Making pictures", total=pictures_to_make(options))
        return prepare(folder, options, lambda: progress.advance(task))


async def _run(workspace: Workspace, options: DemoOptions, console: Console) -> World:
    """Play the world until the last part, or until Ctrl-C."""
    loop = asyncio.get_running_loop()
    async with contextlib.AsyncExitStack() as stack:
        with console.status("Starting the service (first time: kernels compile, about a minute)"):
            world = await stack.enter_async_context(
                running_world(workspace, options.rate_hz, _SEED)
            )
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, world.conveyor.stop)
        page = f"http://{HOST}:{workspace.settings.web.port}"
        console.print(f"Page: {page}" + ("" if options.parts else "   (Ctrl-C ends the demo)"))
        show = asyncio.create_task(_show(world, console), name="live table")
        try:
            await world.run_parts(options.parts)
        finally:
            show.cancel()
            await asyncio.gather(show, return_exceptions=True)
    return world


async def _show(world: World, console: Console) -> None:
    if not console.is_terminal:
        return
    with Live(live_view(world), console=console, auto_refresh=False) as live:
        while True:
            await asyncio.sleep(_REFRESH_S)
            live.update(live_view(world), refresh=True)


def _keep_log(folder: Path, console: Console) -> None:
    """Leave the service's log, and remove the pictures, which are large."""
    shutil.rmtree(folder / "pictures", ignore_errors=True)
    if (folder / "service.log").exists() and sys.exc_info()[0] is not KeyboardInterrupt:
        console.print(f"The service's log: {folder / 'service.log'}", style="dim")
    else:
        shutil.rmtree(folder, ignore_errors=True)
