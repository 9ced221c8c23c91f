"""Everything one process of the side host works with, opened from the settings."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import JsonValue

from inspectd import __version__
from inspectd.core.errors import ConfigurationError, StoreError
from inspectd.infer.store import ModelStore
from inspectd.pipelines.host.inbox import Inbox
from inspectd.pipelines.host.pipeline import Options
from inspectd.pipelines.host.queue import JobQueue, open_queue
from inspectd.pipelines.host.registry import Registry, find_pipelines, read_options
from inspectd.pipelines.host.result import ModelStamp, Provenance
from inspectd.pipelines.host.settings import SideSettings
from inspectd.pipelines.host.store.blobs import Blobs
from inspectd.pipelines.host.store.database import open_database
from inspectd.pipelines.host.store.jobs import Jobs
from inspectd.pipelines.host.store.pictures import Pictures
from inspectd.pipelines.host.store.reductions import Reductions
from inspectd.pipelines.host.store.results import Results
from inspectd.pipelines.host.store.reviews import Reviews


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request for work came to: the queued jobs, and what they will be stamped with."""

    queued: list[int]
    wanted: Provenance


class Site:
    """A context manager: closes what it opened."""

    def __init__(self, settings: SideSettings) -> None:
        self.settings = settings
        folder = settings.folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"{folder}: cannot be made: {error.strerror}; set store.folder"
            raise StoreError(msg) from None
        self.blobs = Blobs(folder / "blobs")
        self.database = open_database(settings.store.database or f"sqlite:///{folder / 'side.db'}")
        self.pictures = Pictures(self.database, time.time)
        self.jobs = Jobs(self.database, time.time)
        self.results = Results(self.database, self.blobs, time.time)
        self.reductions = Reductions(self.database, time.time)
        self.reviews = Reviews(self.database, time.time)
        self.models = ModelStore(folder / "models")

    def __enter__(self) -> Self:
        """It is open already."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close database and queue."""
        if "queue" in self.__dict__:
            self.queue.close()
        self.database.close()

    @cached_property
    def queue(self) -> JobQueue:
        """The queue, connected when it is first needed."""
        return open_queue(self.settings.store.queue, self.settings.folder)

    @cached_property
    def registry(self) -> Registry:
        """The pipelines that are installed here."""
        return find_pipelines()

    @cached_property
    def inbox(self) -> Inbox:
        """The way in. StoreError where the disk is nearly full, at each picture."""
        inbox = self.settings.inbox
        return Inbox(
            self.pictures,
            self.blobs,
            self.registry.accepts,
            max_bytes=inbox.max_bytes,
            max_pixels=inbox.max_pixels,
            min_free_bytes=int(self.settings.store.min_free_gb * 1e9),
        )

    @property
    def hold_file(self) -> Path:
        """While this file exists, the line needs the machine and nobody here works."""
        return self.settings.folder / "hold"

    def options(self, pipeline: str, given: Mapping[str, JsonValue]) -> Options:
        """The pipeline's options: the request's over the settings' over its own."""
        found = self.registry.get(pipeline)
        return read_options(found, {**self.settings.options.get(pipeline, {}), **given})

    def provenance(self, pipeline: str, given: Mapping[str, JsonValue]) -> Provenance:
        """What results of this work are stamped with. ConfigurationError: a model is missing."""
        options = self.options(pipeline, given)
        models = self.registry.get(pipeline).models(options)
        return Provenance(
            pipeline=pipeline,
            models=tuple(self._stamp(name, pipeline) for name in models),
            options=options.model_dump(mode="json"),
            code_version=__version__,
        )

    def ask(
        self,
        sha256s: Iterable[str],
        pipeline: str,
        given: Mapping[str, JsonValue],
        *,
        again: str = "missing",
        priority: int = 0,
    ) -> Asked:
        """Have a pipeline look at pictures of the inbox. ConfigurationError, StoreError."""
        wanted = self.provenance(pipeline, given)
        queued = self.jobs.ask(sha256s, wanted, again=again, priority=priority)
        self.queue.put(queued, priority)
        return Asked(queued, wanted)

    def _stamp(self, name: str, pipeline: str) -> ModelStamp:
        manifest = self.models.manifest(name)
        tasks = self.registry.get(pipeline).card.tasks
        if tasks and manifest.task not in tasks:
            msg = f"{pipeline}: model {name} is one for {manifest.task}, not {', '.join(tasks)}"
            raise ConfigurationError(msg)
        return ModelStamp(name=name, version=manifest.version, sha256=manifest.file.sha256)
