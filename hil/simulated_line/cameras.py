"""Played stations: each part that passes is seen, judged and answered, or not."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from inspectd.core.camera import CameraInfo
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.messages import CameraUp, ViewDone, ViewStarted
from inspectd.core.verdict import Decision, Reason, ReasonCode, ViewResult
from inspectd.supervisor.line import Line
from simulated_line.virtual_time import VirtualLoop

_INFO = CameraInfo("Played", "1", "", simulated=True, skipped_features=())


@dataclass(frozen=True)
class CameraFaults:
    """How often what goes wrong, per picture, and how long a station is away in s."""

    frame_lost: float = 0.0
    too_slow: float = 0.0
    station_dies: float = 0.0
    away_s: float = 1.0


@dataclass(frozen=True)
class Part:
    """What lies under the camera. `serial` is its mark, which every picture of it shows."""

    serial: int
    bad: bool


class Station:
    """One camera with its judge. A picture's mark comes out as the length of a defect, in µm."""

    def __init__(
        self,
        name: str,
        line: Line,
        chance: tuple[VirtualLoop, random.Random],
        faults: CameraFaults,
        deadline_s: float,
    ) -> None:
        self._name = name
        self._loop, self._rng = chance
        self._line = line
        self._faults = faults
        self._deadline_s = deadline_s
        self._view = 0
        self._life = 0
        self._up = True
        line.on_station_up(name, CameraUp(_INFO))

    def see(self, part: Part, acquisition_id: int | None = None) -> None:
        """Expose now; whatever follows comes by itself."""
        draw = self._rng.random()
        if not self._up or draw < self._faults.frame_lost:
            return
        if draw < self._faults.frame_lost + self._faults.station_dies:
            self._die()
            return
        self._later(self._rng.uniform(0.002, 0.008), lambda: self._frame(part, acquisition_id))

    def _frame(self, part: Part, acquisition_id: int | None) -> None:
        self._view += 1
        view, now_ns = self._view, self._loop.clock_ns()
        self._line.on_view_started(self._name, ViewStarted(view, now_ns, acquisition_id))
        slow = self._rng.random() < self._faults.too_slow
        judging_s = self._rng.uniform(0.01, 0.04) + (self._deadline_s if slow else 0.0)
        self._later(judging_s, lambda: self._judged(view, part, now_ns))

    def _judged(self, view: int, part: Part, received_ns: int) -> None:
        decision = Decision.FAIL if part.bad else Decision.PASS
        result = ViewResult(decision, (), (_mark(part.serial),), received_ns, 1.0, {})
        self._line.on_view_done(self._name, ViewDone(view, result))

    def _later(self, delay_s: float, do: Callable[[], None]) -> None:
        """Unless the process has died by then."""
        life = self._life
        self._loop.call_later(delay_s, lambda: do() if life == self._life else None)

    def _die(self) -> None:
        self._life += 1
        self._up = False
        self._view = 0
        reason = Reason(ReasonCode.STATION_LOST, f"station {self._name}: it died")
        self._line.on_station_down(self._name, reason)
        self._loop.call_later(self._faults.away_s, self._come_back)

    def _come_back(self) -> None:
        self._up = True
        self._line.on_station_up(self._name, CameraUp(_INFO))


def _mark(serial: int) -> Defect:
    return Defect(
        kind=DefectKind.OTHER,
        length_mm=serial / 1000,
        width_mm=0.0,
        diameter_mm=0.0,
        area_mm2=0.0,
        depth_mm=None,
        uncertainty_mm=0.0,
        area_uncertainty_mm2=0.0,
        contrast=0.0,
        shot="main",
        contour_mm=(),
    )
