"""What a pipeline is: a card and three verbs. It opens no database, file or socket.

`run` sees one picture, `reduce` sees what was found in all of them, `evaluate` compares with the
truth. The host calls `run` in a worker process, one call at a time, on pictures whose type is on
the card; a `PictureError` says that the picture is at fault and is not tried again, every other
exception is tried again a few times. What a pipeline needs from outside it asks of its `Context`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, JsonValue

from inspectd.infer.session import Session
from inspectd.pipelines.host.evaluation.scores import Scores
from inspectd.pipelines.host.item import Item
from inspectd.pipelines.host.result import Finding, Result


class Options(BaseModel):
    """Base of every pipeline's options: frozen, and a typing error is no default."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Card:
    """What the host must know before it lets a pipeline see a picture.

    `accepts`: media types, told by content and never by a file's name. `sensitive`: its pictures
    show people or patients, so no preview leaves the host without being asked for by name.
    """

    name: str
    title: str
    accepts: frozenset[str]
    options: type[Options]
    memory_mb: int
    sensitive: bool = False
    tasks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """One picture's stored result, as `reduce` and `evaluate` see it."""

    sha256: str
    name: str
    received_unix_s: float
    findings: tuple[Finding, ...]
    features: Mapping[str, NDArray[np.float16]]


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures that belong together: a cluster, duplicates of one, an event, a class."""

    kind: str
    label: str
    members: tuple[str, ...]
    attributes: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reduction:
    """What all pictures say together. `state` is handed back at the next `reduce`."""

    groups: tuple[Group, ...]
    state: bytes = b""


@dataclass(frozen=True, slots=True)
class Corpus:
    """What was found so far. `new`: results since `previous` was made; `gone`: removed since."""

    new: Iterable[Found]
    gone: frozenset[str]
    previous: Reduction | None


class Context(Protocol):
    """All that a pipeline may ask of the host."""

    def model(self, name: str) -> Session:
        """An opened model, its hash checked; ConfigurationError where there is none."""
        ...

    def cached(self, key: str) -> NDArray[np.float16] | None:
        """A feature of this very picture that another pipeline or an earlier run has stored."""
        ...

    def progress(self, fraction: float) -> None:
        """How far this picture is, 0 to 1; also a `checkpoint`."""
        ...

    def checkpoint(self) -> None:
        """Call it between tiles: waits while the line needs the machine; raises CancelledError."""
        ...


class CancelledError(Exception):
    """The job is no longer wanted. Raised by `checkpoint`; a pipeline lets it pass."""


class Pipeline(Protocol):
    """One picture domain. Found by the entry-point group `inspectd.pipelines`."""

    @property
    def card(self) -> Card:
        """Who it is and what it needs."""
        ...

    def models(self, options: Options) -> tuple[str, ...]:
        """Names of the models that a run with these options uses."""
        ...

    def run(self, item: Item, options: Options, context: Context) -> Result:
        """What is in one picture. The same bytes and options give the same result."""
        ...

    def reduce(self, corpus: Corpus, options: Options, context: Context) -> Reduction:
        """What all pictures say together; may start from the previous answer."""
        ...

    def evaluate(self, truth: Mapping[str, str], found: Iterable[Found]) -> Scores:
        """Compare with labels by sha256, as people gave them."""
        ...
