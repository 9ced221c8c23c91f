"""Which recipe a service starts with."""

from pathlib import Path, PurePath

import pytest

from inspectd.core.camera import CameraSettings
from inspectd.core.recipe import Recipe
from inspectd.settings.project import Product, Project
from inspectd.settings.root import Settings
from inspectd.settings.station import StationSettings
from inspectd.supervisor.active_recipe import ActiveRecipe

SETTINGS = Settings(
    recipe=PurePath("r.toml"), stations=(StationSettings(name="top", camera=CameraSettings()),)
)


def project(*numbers: int, name: str = "default") -> Project:
    first, *others = (Product(Recipe(name=name, number=number)) for number in numbers)
    return Project(SETTINGS, first, {}, None, tuple(others))


def started(journal: Path, settings: Project) -> int:
    return ActiveRecipe(journal, settings).restored(settings).recipe.number


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def test_without_a_record_it_is_the_one_of_the_settings(journal: Path) -> None:
    assert started(journal, project(1, 2)) == 1


def test_it_is_the_one_that_was_activated_last(journal: Path) -> None:
    record = ActiveRecipe(journal, project(1, 2, 3))
    for number in (3, 2):
        record.write(number)
    assert started(journal, project(1, 2, 3)) == 2


def test_a_recipe_that_the_settings_lack_by_now_is_not_restored(journal: Path) -> None:
    ActiveRecipe(journal, project(1, 2)).write(2)
    assert started(journal, project(1, 3)) == 1


def test_another_first_recipe_in_the_settings_is_meant(journal: Path) -> None:
    ActiveRecipe(journal, project(1, 2, 3)).write(2)
    assert started(journal, project(3, 2, 1)) == 3
    assert started(journal, project(1, 2, 3, name="changed")) == 1


@pytest.mark.parametrize("content", ["", "{", '{"number": "2", "configured_sha256": ""}'])
def test_a_damaged_record_is_not_believed(journal: Path, content: str) -> None:
    ActiveRecipe(journal, project(1, 2)).write(2)
    journal.with_name("journal.sqlite.recipe.json").write_text(content)
    assert started(journal, project(1, 2)) == 1
