"""What all ways of training have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from inspectd.infer.manifest import ModelInput, Runtime
from inspectd_models.training.dataset import Examples


class MethodOptions(BaseModel):
    """What may be asked of a method; each field has a default and a description."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def go_on() -> None:
    """Nobody else needs the machine."""


@dataclass(frozen=True, slots=True)
class Work:
    """Where a training keeps its state, so that it goes on after a kill, and where it reports.

    `pause` is called between steps of at most a second, and returns when the machine is free.
    """

    folder: Path
    name: str
    tell: Callable[[str], None]
    pause: Callable[[], None] = go_on


class Fitted(Protocol):
    """A trained model, in the memory."""

    def scores(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, K) probabilities of (N, H, W, C) uint8."""
        ...

    def write(self, folder: Path) -> Path:
        """Write the file that the host runs; what else training needs later goes beside."""
        ...


class Method(Protocol):
    """One way of training."""

    @property
    def name(self) -> str:
        """As in `--method`."""
        ...

    @property
    def runtime(self) -> Runtime:
        """What the host runs its models with."""
        ...

    @property
    def options(self) -> type[MethodOptions]:
        """Which options it has."""
        ...

    def input(self, options: MethodOptions) -> ModelInput:
        """How pictures go in."""
        ...

    def check(self, options: MethodOptions) -> None:
        """See that what the options name is there and fits, before hours of work.

        ConfigurationError.
        """
        ...

    def activation(self) -> str:
        """What the host does with the numbers: `none` or `softmax`."""
        ...

    def fit(self, examples: Examples, options: MethodOptions, seed: int, work: Work) -> Fitted:
        """Train. ConfigurationError."""
        ...
