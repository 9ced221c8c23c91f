"""The side host's settings file; every key has a default, so that no file is needed to begin."""

from pathlib import Path, PurePath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from inspectd.core.errors import ConfigurationError
from inspectd.toml_file import load_model

_MB = 1_000_000
Name = Annotated[str, Field(min_length=1, max_length=60)]


class Section(BaseModel):
    """Frozen, and refusing keys it does not know: a typing error must not become a default."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class StoreSettings(Section):
    """Where pictures and results are kept."""

    folder: PurePath = Field(
        PurePath("inspectd-side"), description="Folder of pictures, results and models."
    )
    database: str = Field(
        "",
        max_length=500,
        description="postgresql://HOST/NAME where several machines share the results; "
        "empty: a SQLite file in the folder.",
    )
    queue: str = Field(
        "",
        max_length=500,
        description="redis://HOST or postgresql://HOST/NAME where several machines share the "
        "work; empty: a SQLite file in the folder.",
    )
    retention_days: float = Field(
        0, ge=0, le=36_500, description="Pictures that came longer ago are removed; 0: never."
    )
    max_gb: float = Field(
        20, gt=0, le=1e6, description="Room for pictures; the oldest that are done go first."
    )
    min_free_gb: float = Field(
        2, ge=0, le=1e6, description="Free room on the disk below which nothing is taken in."
    )


class WorkerSettings(Section):
    """The processes that look at pictures."""

    count: int = Field(1, ge=1, le=64, description="Worker processes.")
    threads: int = Field(1, ge=1, le=64, description="Threads of each.")
    memory_mb: int = Field(
        1024, ge=100, le=1_000_000, description="A worker that needs more is ended."
    )
    time_limit_s: float = Field(
        120, gt=0, le=86_400, description="A picture that takes longer is given up."
    )
    attempts: int = Field(
        3, ge=1, le=100, description="How often a picture is tried before it has failed."
    )
    recycle_after: int = Field(
        1000, ge=1, le=1_000_000, description="Pictures after which a worker is replaced."
    )


class WatchSettings(Section):
    """A folder whose pictures are taken in as they come; its files are left where they are."""

    folder: PurePath = Field(description="Folder, with all those in it.")
    pipeline: Name = Field(description="The pipeline that looks at them.")
    options: dict[str, JsonValue] = Field({}, description="Options of the pipeline.")


class InboxSettings(Section):
    """What is taken in."""

    max_mb: float = Field(50, gt=0, le=100_000, description="Largest file.")
    max_megapixels: float = Field(100, gt=0, le=10_000, description="Largest picture.")
    watch: tuple[WatchSettings, ...] = Field((), max_length=100, description="Watched folders.")

    @property
    def max_bytes(self) -> int:
        """`max_mb` in bytes."""
        return int(self.max_mb * _MB)

    @property
    def max_pixels(self) -> int:
        """`max_megapixels` in pixels."""
        return int(self.max_megapixels * _MB)


class LineGuardSettings(Section):
    """The line on this host, which goes first."""

    address: str = Field(
        "",
        max_length=500,
        pattern=r"^(https?://\S+)?$",
        description="The line's page, such as http://127.0.0.1:8080; empty: no line here.",
    )
    min_slack: float = Field(
        0.3,
        ge=0,
        le=1,
        description="No work while a part's verdict had less than this share of its deadline left.",
    )


class NightSettings(Section):
    """What is done once a day."""

    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = Field(
        "02:30", description="Local time at which all pipelines look at all their pictures."
    )


class WebSettings(Section):
    """The page and the REST interface."""

    host: str = Field("127.0.0.1", min_length=1, max_length=255, description="Address.")
    port: int = Field(8090, ge=0, le=65_535, description="TCP port; 0: any free one.")
    max_request_mb: float = Field(
        200, gt=0, le=10_000, description="All files of one request together."
    )
    max_files: int = Field(200, ge=1, le=10_000, description="Files in one request.")
    requests_per_minute: int = Field(
        6000, ge=1, le=1_000_000, description="Requests that one client may make."
    )


class SideSettings(Section):
    """One side host."""

    schema_version: Literal[1] = Field(1, description="Version of this file's layout.")
    store: StoreSettings = StoreSettings()
    workers: WorkerSettings = WorkerSettings()
    inbox: InboxSettings = InboxSettings()
    line: LineGuardSettings = LineGuardSettings()
    night: NightSettings = NightSettings()
    web: WebSettings = WebSettings()
    options: dict[Name, dict[str, JsonValue]] = Field(
        {}, description="Options by pipeline, where a request gives none."
    )

    @property
    def folder(self) -> Path:
        """The store's folder."""
        return Path(self.store.folder)


def load_side_settings(path: Path | None) -> SideSettings:
    """Read the file, its paths relative to it; without one, the defaults. ConfigurationError."""
    if path is None:
        base, settings = Path.cwd(), SideSettings()
    else:
        base, settings = path.absolute().parent, load_model(path, SideSettings)
    store = settings.store.model_copy(update={"folder": base / settings.store.folder})
    watch = tuple(
        each.model_copy(update={"folder": base / each.folder}) for each in settings.inbox.watch
    )
    for each in watch:
        inside, outside = (Path(p).resolve() for p in (store.folder, each.folder))
        if inside.is_relative_to(outside) or outside.is_relative_to(inside):
            msg = (
                f"{path}: inbox.watch: {each.folder} and store.folder lie in each other, so the "
                "store would take in its own files; move one"
            )
            raise ConfigurationError(msg)
    inbox = settings.inbox.model_copy(update={"watch": watch})
    return settings.model_copy(update={"store": store, "inbox": inbox})
