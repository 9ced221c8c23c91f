"""`inspectd side check`: what a settings file promises that this host cannot keep."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import typer
from pydantic import JsonValue

from inspectd.commands.side.open_site import find_settings
from inspectd.core.errors import InspectdError
from inspectd.infer.store import ModelStore
from inspectd.pipelines.host.admission import ask_line
from inspectd.pipelines.host.queue import open_queue
from inspectd.pipelines.host.registry import Registry, find_pipelines, read_options
from inspectd.pipelines.host.settings import SideSettings
from inspectd.pipelines.host.store.database import open_database

_WRONG = 1


def check_side(config: Path | None) -> int:
    """Print what is wrong, a line each; 1 where something is. ConfigurationError: the file is."""
    settings, file = find_settings(config)
    registry = find_pipelines()
    told = str(file or "no settings file, so the defaults")
    typer.echo(f"{told}: pictures and results in {settings.folder}, page at {_page(settings)}")
    typer.echo(f"pipelines: {', '.join(sorted(registry.pipelines)) or 'none'}")
    for name, why in registry.off.items():
        typer.echo(f"note: {name} is off: {why}")
    asked = _pipelines(settings, registry)
    wrong = [*_folders(settings), *_address(settings), *asked, *_servers(settings)]
    for line in wrong:
        typer.echo(f"wrong: {line}")
    unset = [] if wrong else _models(settings, registry)
    for line in (*unset, *_line(settings)):
        typer.echo(f"note: {line}")
    typer.echo("good" if not wrong else f"{len(wrong)} to mend")
    return _WRONG if wrong else 0


def _page(settings: SideSettings) -> str:
    return f"http://{settings.web.host}:{settings.web.port}"


def _folders(settings: SideSettings) -> Iterator[str]:
    place = next(each for each in (settings.folder, *settings.folder.parents) if each.exists())
    try:
        with tempfile.TemporaryDirectory(dir=place):
            pass
    except OSError as error:
        yield f"store.folder: {settings.folder} cannot be written: {place}: {error.strerror}"
    else:
        free_gb = shutil.disk_usage(place).free / 1e9
        if free_gb < settings.store.min_free_gb:
            least = settings.store.min_free_gb
            yield f"store.min_free_gb = {least:g}: {free_gb:.1f} GB are free: nothing is taken in"
    for each in settings.inbox.watch:
        folder = Path(each.folder)
        if not folder.is_dir() or not os.access(folder, os.R_OK):
            yield f"inbox.watch: {folder} is no folder that can be read"


def _address(settings: SideSettings) -> Iterator[str]:
    """A port that is taken is no mistake: the host itself may have it."""
    try:
        socket.create_server((settings.web.host, 0)).close()
    except OSError as error:
        yield f"web.host: {settings.web.host} is no address of this machine: {error.strerror}"


def _models(settings: SideSettings, registry: Registry) -> Iterator[str]:
    """Pipelines that cannot be used by their own options, until a model is here."""
    models = ModelStore(settings.folder / "models")
    for name, pipeline in sorted(registry.pipelines.items()):
        for model in pipeline.models(read_options(pipeline, settings.options.get(name, {}))):
            try:
                models.verify(model)
            except InspectdError as error:
                yield f"{name} cannot be used as it is set: {error}"


def _pipelines(settings: SideSettings, registry: Registry) -> Iterator[str]:
    """Options that a pipeline does not have, and models that are not here or not as they were."""
    models = ModelStore(settings.folder / "models")
    asked: list[tuple[str, dict[str, JsonValue]]] = [(name, {}) for name in settings.options]
    asked += [(each.pipeline, dict(each.options)) for each in settings.inbox.watch]
    for name, given in asked:
        try:
            pipeline = registry.get(name)
            options = read_options(pipeline, {**settings.options.get(name, {}), **given})
            for model in pipeline.models(options):
                models.verify(model)
        except InspectdError as error:
            yield str(error)


def _servers(settings: SideSettings) -> Iterator[str]:
    """Only those that several machines share: files of one's own are made when they are needed."""
    try:
        if settings.store.database:
            open_database(settings.store.database).close()
        if settings.store.queue:
            queue = open_queue(settings.store.queue, settings.folder)
            len(queue)
            queue.close()
    except InspectdError as error:
        yield str(error)


def _line(settings: SideSettings) -> Iterator[str]:
    if not settings.line.address:
        yield "line.address is not set: this host does not know when the line needs the machine"
        return
    slack = ask_line(settings.line.address)
    if slack is None:
        yield f"the line at {settings.line.address} does not answer as it should; nothing runs then"
    elif not slack.reachable:
        yield f"no line runs at {settings.line.address} now"
