"""Watched folders: files are read when they have stopped changing, and left where they are."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import structlog
import watchfiles

from inspectd.core.errors import InspectdError, PictureError, StoreError
from inspectd.pipelines.host.settings import WatchSettings
from inspectd.pipelines.host.site import Site

_SETTLED_S = 1.0
_LOOK_EVERY_S = 0.5
_SOURCE = "watch"
# A scan of an archive hands over this many at a time, so that the first are worked on meanwhile.
_BATCH = 100

_log = structlog.get_logger()
_State = tuple[int, int]


@dataclass(slots=True)
class Settling:
    """Files that were seen to change, until they have not changed for a while."""

    clock_s: Callable[[], float] = time.monotonic
    _seen: dict[Path, tuple[_State, float]] = field(default_factory=dict)

    def note(self, path: Path) -> None:
        """This file is new or has changed."""
        state = file_state(path)
        if state is not None and is_wanted(path):
            self._seen[path] = (state, self.clock_s())

    def settled(self) -> list[Path]:
        """Files whose size and time have stayed the same; they are told once."""
        ready = []
        for path, (state, since_s) in list(self._seen.items()):
            now = file_state(path)
            if now is None:
                del self._seen[path]
            elif now != state:
                self._seen[path] = (now, self.clock_s())
            elif self.clock_s() - since_s >= _SETTLED_S:
                del self._seen[path]
                ready.append(path)
        return ready


def file_state(path: Path) -> _State | None:
    """Size in bytes and time of change in ns; None where there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns) if path.is_file() else None


def is_wanted(path: Path) -> bool:
    """Not what programs hide, or are still writing under another name."""
    return not path.name.startswith(".") and not path.name.endswith((".part", ".tmp", "~"))


def files_in(folder: Path) -> Iterator[Path]:
    """Every file in a folder and below, in order; links to folders are not followed."""
    for found in sorted(folder.rglob("*")):
        if found.is_file() and is_wanted(found):
            yield found


class Watcher:
    """One watched folder."""

    def __init__(self, site: Site, settings: WatchSettings) -> None:
        self._site = site
        self._settings = settings
        self._folder = Path(settings.folder)
        self._settling = Settling()

    async def run(self) -> None:
        """Read what is there, then what comes, until cancelled."""
        while not self._folder.is_dir():
            _log.warning("side_watch_missing", folder=str(self._folder), remedy="make the folder")
            await asyncio.sleep(30)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._notice())
            tasks.create_task(asyncio.to_thread(self._scan))
            tasks.create_task(self._take_settled())

    async def _notice(self) -> None:
        async for changes in watchfiles.awatch(self._folder, ignore_permission_denied=True):
            for _, path in changes:
                self._settling.note(Path(path))

    def _scan(self) -> None:
        batch: list[Path] = []
        for path in files_in(self._folder):
            state = file_state(path)
            if state is None or self._site.pictures.was_watched(str(path), *state):
                continue
            batch.append(path)
            if len(batch) == _BATCH:
                self.take(batch)
                batch = []
        self.take(batch)

    async def _take_settled(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            if ready := self._settling.settled():
                await asyncio.to_thread(self.take, ready)

    def take(self, paths: list[Path]) -> None:
        """Take these files in and ask for the work; what is refused is told and not read again."""
        received = []
        for path in paths:
            state = file_state(path)
            if state is None or self._site.pictures.was_watched(str(path), *state):
                continue
            try:
                received.append(self._site.inbox.receive_file(path, _SOURCE).picture.sha256)
            except PictureError as error:
                _log.warning("side_picture_refused", path=str(path), why=str(error))
            except StoreError as error:
                # Not marked as read: it is tried again at the next change or start.
                _log.error("side_picture_not_stored", path=str(path), why=str(error))
                continue
            self._site.pictures.watched(str(path), *state)
        if received:
            self._ask(received)

    def _ask(self, received: list[str]) -> None:
        try:
            self._site.ask(received, self._settings.pipeline, self._settings.options)
        except InspectdError as error:
            _log.error("side_work_not_asked", folder=str(self._folder), why=str(error))
