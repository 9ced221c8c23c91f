"""Watched folders: files are read when they have stopped changing, and left where they are."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog
import watchfiles

from inspectd.core.errors import InspectdError, PictureError
from inspectd.pipelines.host.settings import WatchSettings
from inspectd.pipelines.host.site import Site

_SETTLED_S = 1.0
_LOOK_EVERY_S = 0.5
_LOOK_AT_ALL_EVERY_S = 30.0
_SOURCE = "watch"
# So many of an archive are taken at a time, so that the first are worked on meanwhile.
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

    def note_new(self, path: Path) -> None:
        """This file has not been read; one that is settling already goes on doing so."""
        if path not in self._seen:
            self.note(path)

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
        if is_wanted(found) and found.is_file():
            yield found


class Watcher:
    """One watched folder.

    What the system tells of changes is a hint that makes it quick. It may tell too little (folders
    that were moved in, a folder made anew, names that are no text), so all files are looked at from
    time to time, and what the store does not know yet is taken.
    """

    def __init__(self, site: Site, settings: WatchSettings) -> None:
        self._site = site
        self._settings = settings
        self._folder = Path(settings.folder)
        self._settling = Settling()
        self._trouble = ""

    async def run(self) -> None:
        """Read what is there, then what comes, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._notice())
            tasks.create_task(self._look_at_all())
            tasks.create_task(self._take_settled())

    async def _notice(self) -> None:
        told = ""
        while True:
            try:
                async for changes in watchfiles.awatch(self._folder, ignore_permission_denied=True):
                    for _, name in changes:
                        await asyncio.to_thread(self._changed, Path(name))
            except Exception as error:  # noqa: BLE001 - FileNotFoundError, or a panic in its Rust
                why = str(error.exceptions[0] if isinstance(error, ExceptionGroup) else error)
                if why != told:
                    _log.warning("side_watch_hint_lost", folder=str(self._folder), why=why)
                told = why
            await asyncio.sleep(_LOOK_AT_ALL_EVERY_S)

    def _changed(self, path: Path) -> None:
        for each in files_in(path) if path.is_dir() else [path]:
            self._settling.note(each)

    async def _look_at_all(self) -> None:
        while True:
            if self._folder.is_dir():
                await asyncio.to_thread(self._guarded, self.look_at_all)
            else:
                remedy = "make the folder"
                _log.warning("side_watch_missing", folder=str(self._folder), remedy=remedy)
            await asyncio.sleep(_LOOK_AT_ALL_EVERY_S)

    def look_at_all(self) -> None:
        """Note every file that has not been taken in as it is now."""
        known = self._site.pictures.all_watched()
        for path in files_in(self._folder):
            if known.get(_key(path)) != file_state(path):
                self._settling.note_new(path)

    async def _take_settled(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            ready = await asyncio.to_thread(self._settling.settled)
            for start in range(0, len(ready), _BATCH):
                batch = ready[start : start + _BATCH]
                await asyncio.to_thread(self._guarded, partial(self.take, batch))

    def take(self, paths: list[Path]) -> None:
        """Take these files in and ask for the work; what is refused is told and not read again.

        A file counts as read only when its work has been asked for: whatever ends this process in
        between, the next look at all files takes it again, and the same bytes are no new picture.
        InspectdError where none of it can be done now.
        """
        self._site.provenance(self._settings.pipeline, self._settings.options)
        read, received = self._receive(paths)
        self._site.ask(received, self._settings.pipeline, self._settings.options)
        for path, state in read.items():
            self._site.pictures.watched(_key(path), *state)
        self._trouble = ""

    def _guarded(self, do: Callable[[], None]) -> None:
        """One folder in trouble stops nobody else; it is tried again. Told once, not every time."""
        try:
            do()
        except (InspectdError, OSError) as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                _log.error("side_watch_waits", folder=str(self._folder), why=self._trouble)
        except Exception:  # noqa: BLE001 - told with all that is known of it
            _log.exception("side_watch_broke", folder=str(self._folder))

    def _receive(self, paths: list[Path]) -> tuple[dict[Path, _State], list[str]]:
        """Files that are read with their state, and pictures by sha256. StoreError."""
        read: dict[Path, _State] = {}
        received = []
        for path in paths:
            state = file_state(path)
            if state is None or self._site.pictures.was_watched(_key(path), *state):
                continue
            try:
                received.append(self._site.inbox.receive_file(path, _SOURCE).picture.sha256)
            except PictureError as error:
                _log.warning("side_picture_refused", path=_key(path), why=str(error))
            read[path] = state
        return read, received


def _key(path: Path) -> str:
    """The path as text that every database takes, even where its name is none."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
