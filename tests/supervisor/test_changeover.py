"""Changing over: on every station, or on none; between two parts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, cast

import pytest

from inspectd.app import _configure
from inspectd.core.camera import CameraSettings
from inspectd.core.commands import DONE, CommandResult
from inspectd.core.messages import Configure, TakeRecipe
from inspectd.core.recipe import Recipe, Shot
from inspectd.settings.project import Product, Project
from inspectd.settings.root import Settings
from inspectd.settings.station import StationSettings
from inspectd.supervisor.active_recipe import ActiveRecipe
from inspectd.supervisor.changeover import Changeover
from inspectd.supervisor.installed import Installed
from inspectd.supervisor.verdicts import VerdictMaker

STATIONS = ("left", "right")
OLD, NEW = Recipe(number=1), Recipe(number=2, name="new")
COLD = Recipe(number=3, name="cold", shots=(Shot(name="other"),))


@dataclass
class Child:
    """A station that takes recipes, or refuses those in `refuses`."""

    name: str
    configure: Configure
    up: bool = True
    refuses: tuple[int, ...] = ()
    taken: list[tuple[int, bool]] = field(default_factory=list)
    replaced: list[int] = field(default_factory=list)

    def is_up(self) -> bool:
        return self.up

    def can_take(self, configure: Configure) -> bool:
        return configure.recipe.shots == self.configure.recipe.shots

    async def take_recipe(self, message: TakeRecipe) -> str:
        await asyncio.sleep(0)
        self.taken.append((message.recipe.number, message.activate))
        return f"{self.name} refuses" if message.recipe.number in self.refuses else ""

    def reconfigure(self, configure: Configure) -> None:
        self.configure = configure

    async def replace(self, configure: Configure, _why: str) -> None:
        self.configure = configure
        self.replaced.append(configure.recipe.number)

    async def until_up(self) -> None:
        pass


class Line:
    """Is idle when told so, and notes its standstills."""

    def __init__(self) -> None:
        self.paused: list[str] = []
        self.idle = asyncio.Event()
        self.idle.set()

    def pause(self, why: str) -> None:
        self.paused.append(why)

    def resume(self) -> None:
        self.paused.append("")

    async def until_idle(self) -> None:
        await self.idle.wait()


class Bench:
    def __init__(self, folder: Path) -> None:
        stations = tuple(StationSettings(name=n, camera=CameraSettings()) for n in STATIONS)
        settings = Settings(recipe=PurePath("r.toml"), stations=stations)
        others = (Product(NEW), Product(COLD))
        project = Project(settings, Product(OLD), {}, None, others)
        self.installed = Installed(project)
        self.line = Line()
        self.maker = VerdictMaker(OLD, {}, "test")
        self.children = [Child(s.name, _configure(project, s)) for s in stations]
        self.record = ActiveRecipe(folder / "journal.sqlite", project)
        self.changeover = Changeover(
            installed=self.installed,
            configure=_configure,
            line=cast("Any", self.line),
            maker=self.maker,
            children=cast("Any", self.children),
            record=self.record,
        )

    def active(self) -> set[int]:
        """Every place where a recipe is active."""
        of_children = {child.configure.recipe.number for child in self.children}
        project = self.installed.project
        remembered = self.record.restored(project.changed_over(1)).recipe.number
        return {project.recipe.number, self.maker.recipe.number, remembered} | of_children


@pytest.fixture
async def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def test_a_recipe_is_active_everywhere_after_one_standstill(bench: Bench) -> None:
    assert await bench.changeover.activate(2) == DONE
    assert bench.active() == {2}
    assert [bool(why) for why in bench.line.paused] == [True, False]
    assert [child.replaced for child in bench.children] == [[], []]


async def test_a_recipe_that_is_prepared_changes_nothing(bench: Bench) -> None:
    assert await bench.changeover.prepare(2) == DONE
    assert bench.active() == {1}
    assert bench.line.paused == []
    assert [child.taken for child in bench.children] == [[(2, False)], [(2, False)]]


async def test_a_station_that_refuses_leaves_the_old_recipe_active_everywhere(
    bench: Bench,
) -> None:
    bench.children[1].refuses = (2,)
    answer = await bench.changeover.activate(2)
    assert (answer.result, answer.why) == (CommandResult.FAILED, "right refuses")
    assert bench.active() == {1}
    assert bench.children[0].taken == [(2, True), (1, True)]


async def test_a_station_that_cannot_go_back_either_starts_anew_with_the_old_recipe(
    bench: Bench,
) -> None:
    bench.children[0].refuses = (1,)
    bench.children[1].refuses = (2,)
    answer = await bench.changeover.activate(2)
    assert answer.result is CommandResult.FAILED
    assert bench.active() == {1}
    assert bench.children[0].replaced == [1]


async def test_a_station_that_is_down_starts_with_the_new_recipe(bench: Bench) -> None:
    bench.children[1].up = False
    assert await bench.changeover.activate(2) == DONE
    assert bench.active() == {2}
    assert [child.replaced for child in bench.children] == [[], [2]]


async def test_other_shots_start_every_station_anew(bench: Bench) -> None:
    assert await bench.changeover.activate(3) == DONE
    assert bench.active() == {3}
    assert [child.replaced for child in bench.children] == [[3], [3]]


async def test_a_line_that_never_stands_still_keeps_its_recipe(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspectd.supervisor.installed._GRACE_S", -0.9)
    bench.line.idle.clear()
    answer = await bench.changeover.activate(2)
    assert answer.result is CommandResult.NOT_POSSIBLE_NOW
    assert bench.active() == {1}
    assert bench.line.paused[-1] == ""


async def test_two_changeovers_at_once_are_one_too_many(bench: Bench) -> None:
    bench.line.idle.clear()
    first = asyncio.create_task(bench.changeover.activate(2))
    await asyncio.sleep(0)
    assert (await bench.changeover.activate(3)).result is CommandResult.NOT_POSSIBLE_NOW
    bench.line.idle.set()
    assert await first == DONE
    assert bench.active() == {2}


@pytest.mark.parametrize("act", ["prepare", "activate"])
async def test_a_number_that_nobody_has_is_named_with_those_that_there_are(
    bench: Bench, act: str
) -> None:
    do: Callable[[int], Any] = getattr(bench.changeover, act)
    answer = await do(9)
    assert answer.result is CommandResult.UNKNOWN_RECIPE
    assert "1, 2, 3" in answer.why


async def test_a_record_that_cannot_be_written_changes_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bench.record, "write", full)
    answer = await bench.changeover.activate(2)
    assert answer.result is CommandResult.FAILED
    assert "No space left" in answer.why
    assert bench.active() == {1}
