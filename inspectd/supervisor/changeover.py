"""Changing the line over to another product, between two parts: everywhere, or nowhere.

The part's way: no part is taken while it lasts; those on their way are answered first, under the
old recipe. Then every station changes: at once where the shots are the same, with a new process
where the camera must be set otherwise. Every view names the recipe that judged it, so that one
which comes out of the old recipe after all gets NO-VERDICT under the new one.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from inspectd.core.commands import DONE, CommandAnswer, CommandResult, not_now
from inspectd.core.errors import ConfigurationError, InspectdError
from inspectd.core.messages import Configure, TakeRecipe
from inspectd.reference_file import read_reference
from inspectd.settings.project import Project
from inspectd.settings.station import StationSettings
from inspectd.supervisor.active_recipe import ActiveRecipe
from inspectd.supervisor.child import StationChild
from inspectd.supervisor.installed import Installed, between_parts
from inspectd.supervisor.line import Line
from inspectd.supervisor.verdicts import VerdictMaker

Configuring = Callable[[Project, StationSettings], Configure]

_BUSY = "another changeover or a reload is not over yet"
_VERIFYING = "a verification is running: let it end, then change over"
_NEVER_STILL = (
    "parts were still on their way when it had waited long enough: stop the line, then change over"
)

log = structlog.get_logger("recipe")


class Changeover:
    """Prepares and activates recipes by number. All calls on the loop's thread."""

    def __init__(
        self,
        *,
        installed: Installed,
        configure: Configuring,
        line: Line,
        maker: VerdictMaker,
        children: Sequence[StationChild],
        record: ActiveRecipe,
    ) -> None:
        self._installed = installed
        self._configure = configure
        self._line = line
        self._maker = maker
        self._children = {child.name: child for child in children}
        self._record = record

    async def prepare(self, number: int) -> CommandAnswer:
        """Have every station load a recipe while it goes on judging by the active one."""
        if refused := self._refusal(number):
            return refused
        async with self._installed.busy:
            project = self._installed.project.changed_over(number)
            found = await asyncio.gather(*(self._prepare(project, s) for s in self._stations()))
        if why := "; ".join(filter(None, found)):
            return CommandAnswer(CommandResult.FAILED, why)
        log.info("recipe_prepared", number=number, name=project.recipe.name)
        return DONE

    async def activate(self, number: int) -> CommandAnswer:
        """Change over. Whatever it cannot do leaves the old recipe active, everywhere."""
        if refused := self._refusal(number):
            return refused
        old = self._installed.project
        if number == old.recipe.number:
            return DONE
        if self._maker.verification is not None and self._maker.verification.running:
            return not_now(_VERIFYING)
        new = old.changed_over(number)
        async with self._installed.busy:
            why = f"the line is being changed over to recipe {number}"
            async with between_parts(self._line, old, why) as idle:
                answer = await self._change(old, new) if idle else not_now(_NEVER_STILL)
        if answer.done:
            log.info("recipe_activated", number=number, name=new.recipe.name, old=old.recipe.number)
        return answer

    def _refusal(self, number: int) -> CommandAnswer | None:
        if self._installed.busy.locked():
            return not_now(_BUSY)
        try:
            self._installed.project.changed_over(number)
        except ConfigurationError as error:
            return CommandAnswer(CommandResult.UNKNOWN_RECIPE, str(error))
        return None

    def _stations(self) -> tuple[StationSettings, ...]:
        return self._installed.project.settings.stations

    async def _prepare(self, project: Project, station: StationSettings) -> str:
        """Why a station could not; empty where it could."""
        child = self._children[station.name]
        configure = self._configure(project, station)
        if not child.is_up():
            return f"station {station.name} is down"
        if child.can_take(configure):
            return await child.take_recipe(_message(configure, activate=False))
        if not configure.reference:
            return ""
        try:
            await asyncio.to_thread(read_reference, Path(configure.reference))
        except InspectdError as error:
            return str(error)
        return ""

    async def _change(self, old: Project, new: Project) -> CommandAnswer:
        if why := await self._remember(new):
            return CommandAnswer(CommandResult.FAILED, why)
        hot = [s for s in self._stations() if self._is_hot(new, s)]
        found = await asyncio.gather(*(self._take(new, station) for station in hot))
        if why := "; ".join(filter(None, found)):
            await asyncio.gather(*(self._put_back(old, station) for station in hot))
            await self._remember(old)
            return CommandAnswer(CommandResult.FAILED, why)
        cold = [station for station in self._stations() if station not in hot]
        # From here on there is no way back, and nothing that could fail: a process that does not
        # come up again keeps the line from being ready.
        self._installed.project = new
        self._maker.change_over(new.recipe)
        await asyncio.gather(*(self._restart(new, station) for station in cold))
        return DONE

    def _is_hot(self, project: Project, station: StationSettings) -> bool:
        child = self._children[station.name]
        return child.is_up() and child.can_take(self._configure(project, station))

    async def _take(self, project: Project, station: StationSettings) -> str:
        configure = self._configure(project, station)
        child = self._children[station.name]
        why = await child.take_recipe(_message(configure, activate=True))
        if not why:
            child.reconfigure(configure)
        return why

    async def _put_back(self, old: Project, station: StationSettings) -> None:
        if why := await self._take(old, station):
            log.error("recipe_not_put_back", station=station.name, why=why)
            await self._restart(old, station)

    async def _restart(self, project: Project, station: StationSettings) -> None:
        child = self._children[station.name]
        await child.replace(
            self._configure(project, station), "it starts again with another recipe"
        )
        await child.until_up()

    async def _remember(self, project: Project) -> str:
        try:
            await asyncio.to_thread(self._record.write, project.recipe.number)
        except OSError as error:
            return f"the active recipe cannot be remembered: {error}"
        return ""


def _message(configure: Configure, *, activate: bool) -> TakeRecipe:
    return TakeRecipe(configure.recipe, activate, configure.reference, configure.reference_sha256)
