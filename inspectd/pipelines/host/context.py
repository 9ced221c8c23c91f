"""What a pipeline may ask of the host while it looks at one picture."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inspectd.infer.session import Session
from inspectd.pipelines.host.pipeline import CancelledError

_LOOK_AGAIN_S = 0.05
_REPORT_EVERY_S = 1.0


class Hold:
    """The sign that the line needs the machine: a file, so that every process sees it for 2 us."""

    def __init__(self, path: Path, sleep: Callable[[float], None] = time.sleep) -> None:
        self._path = path
        self._sleep = sleep

    def set(self, on: bool) -> None:
        """Put the sign up, or take it away."""
        if on:
            self._path.touch()
        else:
            self._path.unlink(missing_ok=True)

    @property
    def is_set(self) -> bool:
        """Whether the line needs the machine now."""
        return self._path.exists()

    def wait(self) -> None:
        """Return when the line does not need the machine."""
        while self.is_set:
            self._sleep(_LOOK_AGAIN_S)


class JobContext:
    """Of one job. `report` stores its progress, and says whether it is still wanted."""

    def __init__(
        self,
        model: Callable[[str], Session],
        cached: Callable[[str], NDArray[np.float16] | None],
        report: Callable[[float], bool],
        hold: Hold,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model = model
        self._cached = cached
        self._report = report
        self._hold = hold
        self._clock_s = clock_s
        self._fraction = 0.0
        self._reported_s = clock_s()

    def model(self, name: str) -> Session:
        """An opened model, its hash checked; ConfigurationError where there is none."""
        return self._model(name)

    def cached(self, key: str) -> NDArray[np.float16] | None:
        """A feature of this very picture that another pipeline or an earlier run has stored."""
        return self._cached(key)

    def progress(self, fraction: float) -> None:
        """How far this picture is, 0 to 1; also a `checkpoint`."""
        self._fraction = min(max(fraction, 0.0), 1.0)
        self.checkpoint()

    def checkpoint(self) -> None:
        """Wait while the line needs the machine; CancelledError where the job is not wanted."""
        self._hold.wait()
        now_s = self._clock_s()
        if now_s - self._reported_s >= _REPORT_EVERY_S:
            self._reported_s = now_s
            if not self._report(self._fraction):
                raise CancelledError
