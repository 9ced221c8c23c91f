"""Taking over new calibrations, and another broker, while the service runs (SIGHUP).

All of it, or nothing.

A reference is taught under a calibration, and is taken over with it.

The part's way: no part is taken while it lasts; those on their way are answered first, by the
station that has the old calibration. Then the process of each station concerned ends, and its
successor gets the new one. A view names the calibration that judged it, so even one that comes
out of the old process after all is told under the old hash, and cannot pass any more.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from inspectd.core.calibration import Calibration
from inspectd.core.camera import CameraInfo
from inspectd.core.errors import ConfigurationError, InspectdError
from inspectd.core.messages import Configure
from inspectd.core.recipe import Recipe
from inspectd.settings.mqtt import MqttSettings
from inspectd.settings.project import Project
from inspectd.settings.root import Settings
from inspectd.settings.station import StationSettings
from inspectd.supervisor.child import StationChild
from inspectd.supervisor.installed import Installed, between_parts
from inspectd.supervisor.line import Line
from inspectd.supervisor.passing import utc_clock, why_unfit
from inspectd.supervisor.verdicts import VerdictMaker

log = structlog.get_logger("reload")


class Exchange:
    """Reads the settings file again and takes over its calibrations. `load` may block."""

    def __init__(
        self,
        *,
        installed: Installed,
        load: Callable[[], Project],
        configure: Callable[[Project, StationSettings], Configure],
        line: Line,
        maker: VerdictMaker,
        children: Sequence[StationChild],
        change_broker: Callable[[MqttSettings], bool],
    ) -> None:
        self._installed = installed
        self._load = load
        self._configure = configure
        self._line = line
        self._maker = maker
        self._change_broker = change_broker
        self._children = {child.name: child for child in children}
        # Why the last reload changed nothing; empty: it was a good one, or there was none.
        self.refusal = ""

    async def run(self) -> None:
        """One reload; whatever is wrong is logged and kept in `refusal`, and changes nothing."""
        async with self._installed.busy:
            await self._run()

    async def _run(self) -> None:
        try:
            project = self._as_it_runs(await asyncio.to_thread(self._load))
            changed = self._changed(project)
            # The last that may refuse; whatever follows does not.
            other_broker = self._change_broker(project.settings.mqtt)
        except InspectdError as error:
            self.refusal = "; ".join(str(error).splitlines())
            log.error("reload_refused", why=self.refusal)  # noqa: TRY400 - a person's mistake has no traceback
            return
        except Exception:  # whatever it was: nothing has been changed yet, and the line runs on
            self.refusal = "a fault of inspectd itself: look at the log"
            log.exception("reload_refused", why="a fault of inspectd itself")
            return
        self.refusal = ""
        if other_broker:
            log.info("broker_changed", broker=f"{project.settings.mqtt.host}")
        if not changed:
            self._installed.project = project
            if not other_broker:
                log.info("reload_without_change")
            return
        await self._take_over(project, changed)

    def _as_it_runs(self, project: Project) -> Project:
        """With the recipe active that is, not the one of the service's start."""
        number = self._installed.project.recipe.number
        return project.changed_over(number) if number in project.numbers else project

    def _changed(self, project: Project) -> dict[str, Calibration]:
        """The calibrations that are new. ConfigurationError where something else differs."""
        old = self._installed.project
        same = _that_stays(old.settings) == _that_stays(project.settings)
        if not (same and _recipes(old) == _recipes(project) and old.gauge == project.gauge):
            msg = (
                "more than calibrations and [mqtt] has changed: restart the service to take over "
                "the rest"
            )
            raise ConfigurationError(msg)
        if gone := old.calibrations.keys() - project.calibrations.keys():
            msg = f"station {', '.join(sorted(gone))}: the settings name no calibration any more"
            raise ConfigurationError(msg)
        changed = {
            n: c
            for n, c in project.calibrations.items()
            if c != old.calibrations.get(n) or _hash(project, n) != _hash(old, n)
        }
        stations = {station.name: station for station in project.settings.stations}
        unfit = [
            f"station {name}: {why}"
            for name, calibration in changed.items()
            for why in why_unfit(calibration, stations[name], self._camera(name), utc_clock())
        ]
        if unfit:
            raise ConfigurationError("; ".join(unfit))
        if changed and self._maker.verification is not None and self._maker.verification.running:
            msg = "a verification is running: let it end, then reload again"
            raise ConfigurationError(msg)
        return changed

    def _camera(self, station: str) -> CameraInfo | None:
        """The camera that the station has open; None where it has none."""
        info = self._children[station].info
        return None if info is None else info.info

    async def _take_over(self, project: Project, changed: dict[str, Calibration]) -> None:
        why = "new calibrations are being taken over"
        async with between_parts(self._line, project, why):
            self._installed.project = project
            stations = [s for s in project.settings.stations if s.name in changed]
            await asyncio.gather(*(self._exchange(project, station) for station in stations))

    async def _exchange(self, project: Project, station: StationSettings) -> None:
        calibration = project.calibrations[station.name]
        old = self._maker.gate.sha256.get(station.name, "")
        # Hash and configuration change together, before anything is awaited.
        self._maker.gate.install(station.name, calibration)
        log.info("calibration_changed", station=station.name, old=old, new=calibration.sha256)
        await self._children[station.name].replace(
            self._configure(project, station), "it starts again with another calibration"
        )


def _hash(project: Project, station: str) -> str:
    """Of the station's reference, which belongs to its calibration; empty without one."""
    taught = project.product.taught.get(station)
    return "" if taught is None else taught.head.sha256


def _recipes(project: Project) -> dict[int, Recipe]:
    return {p.recipe.number: p.recipe for p in (project.product, *project.others)}


def _that_stays(settings: Settings) -> Settings:
    stations = tuple(s.model_copy(update={"calibration": None}) for s in settings.stations)
    return settings.model_copy(update={"stations": stations, "mqtt": MqttSettings()})
