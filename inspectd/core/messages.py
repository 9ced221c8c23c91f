"""What the supervisor and a station tell each other.

Supervisor to station: `Configure` once, then `Fire` per part (software trigger), `TakeRecipe` for
another product, `SignalVerdict` and `SignalReady` where its camera gives signals, `Shutdown`.
Station to supervisor: `Hello` at once, `CameraUp` / `CameraDown`
whenever that changes, `ViewStarted` then `ViewDone` per part, `Preview` after it, `RecipeTaken`
for each `TakeRecipe`, `Beat` every 100 ms.

A view is numbered by the station from 1; the number means nothing across a restart.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from inspectd.core.calibration import Calibration
from inspectd.core.camera import CameraCounters, CameraInfo, CameraSettings
from inspectd.core.outputs import OutputSignals
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import ViewResult


@dataclass(frozen=True, slots=True)
class Configure:
    """Everything a station needs; the only files it reads are its fields and its reference.

    `shot_gap_ms`: with hardware trigger, the longest pause between two shots of one part.
    `match_window_ms`: with hardware trigger, the most by which the time of a picture may be wrong.
    `fields_path`: the file of dark and flat field that the calibration names; empty: none.
    `vision_threads`: how many judge one part together.
    `line1_socket`: path of a datagram socket where each datagram is one edge on an emulated
    camera's Line1; empty for a real camera. `reference`: path of what was taught, read by the
    station itself since it is too large for a message, and the hash it must have; empty: none.
    """

    station: str
    camera: CameraSettings
    recipe: Recipe
    calibration: Calibration | None
    queue_depth: int
    shot_gap_ms: int
    preview_max_px: int
    line1_socket: str = ""
    match_window_ms: int = 200
    vision_threads: int = 1
    fields_path: str = ""
    reference: str = ""
    reference_sha256: str = ""
    outputs: OutputSignals | None = None
    type: Literal["configure"] = "configure"


@dataclass(frozen=True, slots=True)
class Fire:
    """Take all shots of one part now (trigger source Software)."""

    acquisition_id: int
    type: Literal["fire"] = "fire"


@dataclass(frozen=True, slots=True)
class TakeRecipe:
    """Load another recipe with its reference and, if `activate`, judge by it from now on.

    Its shots are those of the recipe in `Configure`: the camera does not notice. What has been
    loaded before is not loaded again.
    """

    recipe: Recipe
    activate: bool
    reference: str = ""
    reference_sha256: str = ""
    type: Literal["take_recipe"] = "take_recipe"


@dataclass(frozen=True, slots=True)
class SignalVerdict:
    """Pulse the line of a verdict that is stored; `decided_ns`: CLOCK_MONOTONIC of now."""

    passed: bool
    part_id: int
    decided_ns: int
    type: Literal["signal_verdict"] = "signal_verdict"


@dataclass(frozen=True, slots=True)
class SignalReady:
    """Whether the line takes parts; sent ten times a second."""

    ready: bool
    type: Literal["signal_ready"] = "signal_ready"


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Finish what is queued, close the camera, exit with 0."""

    type: Literal["shutdown"] = "shutdown"


@dataclass(frozen=True, slots=True)
class Hello:
    """First message of a station: it runs, and is now warming up."""

    pid: int
    software_version: str
    type: Literal["hello"] = "hello"


@dataclass(frozen=True, slots=True)
class CameraUp:
    """The camera is open, set and armed, and vision is warm: triggers will be answered."""

    info: CameraInfo
    type: Literal["camera_up"] = "camera_up"


@dataclass(frozen=True, slots=True)
class CameraDown:
    """The camera cannot take pictures; the station tries to get it back by itself."""

    reason: str
    type: Literal["camera_down"] = "camera_down"


@dataclass(frozen=True, slots=True)
class ViewStarted:
    """The last exposure of a view has been received; judging follows.

    `received_ns`: CLOCK_MONOTONIC of the view's first frame. `acquisition_id`: as in `Fire`,
    None under hardware trigger.
    """

    view: int
    received_ns: int
    acquisition_id: int | None = None
    type: Literal["view_started"] = "view_started"


@dataclass(frozen=True, slots=True)
class ViewDone:
    """The answer for one view. Every `ViewStarted` is followed by exactly one."""

    view: int
    result: ViewResult
    type: Literal["view_done"] = "view_done"


@dataclass(frozen=True, slots=True)
class RecipeTaken:
    """The answer to one `TakeRecipe`, in their order; `why` it was not done, empty where it was."""

    recipe_sha256: str
    activated: bool
    why: str = ""
    type: Literal["recipe_taken"] = "recipe_taken"


@dataclass(frozen=True, slots=True)
class Preview:
    """A JPEG of the view with its defects drawn in; the message's blob."""

    view: int
    width_px: int
    height_px: int
    type: Literal["preview"] = "preview"


@dataclass(frozen=True, slots=True)
class Beat:
    """Signs of life: ages in ms of the acquisition loop's and the judging loop's last turn.

    `judging_since_ms`: how long the running judgement has taken so far, 0 when idle.
    `previews_skipped`: pictures for the page that were not made or not sent, to keep the line
    free; a total, as `overflows` is.
    """

    acquire_age_ms: float
    judge_age_ms: float
    judging_since_ms: float
    queue_depth: int
    rss_bytes: int
    counters: CameraCounters
    overflows: int
    previews_skipped: int = 0
    type: Literal["beat"] = "beat"


Command: TypeAlias = Configure | Fire | TakeRecipe | SignalVerdict | SignalReady | Shutdown
Answer: TypeAlias = (
    Hello | CameraUp | CameraDown | ViewStarted | ViewDone | RecipeTaken | Preview | Beat
)

to_station: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")])
from_station: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="type")])
