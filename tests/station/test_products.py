"""What a station judges by, and how it is exchanged."""

import queue
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.taught import SCALE, reference

from inspectd.core.messages import Configure, RecipeTaken, TakeRecipe
from inspectd.core.recipe import Recipe, Shot
from inspectd.core.rules import ScratchRule
from inspectd.reference_file import write_reference
from inspectd.station.products import Products

WAIT_S = 60.0
OTHER = Recipe(name="other", number=2, scratch=ScratchRule(max_length_mm=7.0))


class Station:
    def __init__(self, configure: Configure) -> None:
        self._answers: queue.SimpleQueue[RecipeTaken] = queue.SimpleQueue()
        self.products = Products(configure, self._answers.put)

    def take(
        self,
        recipe: Recipe,
        *,
        activate: bool = False,
        reference: str = "",
        reference_sha256: str = "",
    ) -> RecipeTaken:
        self.products.take(TakeRecipe(recipe, activate, reference, reference_sha256))
        return self._answers.get(timeout=WAIT_S)


@pytest.fixture
def station(configure: Configure) -> Iterator[Station]:
    made = Station(configure)
    yield made
    made.products.close()


def test_a_recipe_that_is_prepared_is_not_judged_by(station: Station, configure: Configure) -> None:
    assert station.take(OTHER) == RecipeTaken(OTHER.sha256, activated=False)
    assert station.products.active.job.recipe == configure.recipe


def test_a_recipe_that_is_activated_is_judged_by_with_all_else_as_before(station: Station) -> None:
    before = station.products.active
    assert station.take(OTHER, activate=True) == RecipeTaken(OTHER.sha256, activated=True)
    after = station.products.active
    assert (after.job.recipe, after.recipe_sha256) == (OTHER, OTHER.sha256)
    assert after.job.calibration is before.job.calibration
    assert after.calibration_sha256 == before.calibration_sha256


def test_a_recipe_brings_its_own_reference(configure: Configure, tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    write_reference(path, reference())
    station = Station(replace(configure, calibration=SCALE))
    sha256 = reference().head.sha256
    answer = station.take(OTHER, activate=True, reference=str(path), reference_sha256=sha256)
    station.products.close()
    assert answer.why == ""
    assert station.products.active.reference_sha256 == sha256
    assert station.products.active.job.reference is not None


def test_what_was_prepared_is_not_read_again(configure: Configure, tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    write_reference(path, reference())
    sha256 = reference().head.sha256
    station = Station(replace(configure, calibration=SCALE))
    station.take(OTHER, reference=str(path), reference_sha256=sha256)
    path.unlink()
    again = station.take(OTHER, activate=True, reference=str(path), reference_sha256=sha256)
    assert again.activated
    station.products.close()


def test_a_reference_that_cannot_be_read_leaves_what_is_active(station: Station) -> None:
    before = station.products.active
    answer = station.take(OTHER, activate=True, reference="/nowhere/x.npz", reference_sha256="0")
    assert not answer.activated
    assert "/nowhere/x.npz" in answer.why
    assert station.products.active is before


def test_other_shots_are_refused(station: Station) -> None:
    answer = station.take(Recipe(shots=(Shot(name="second"),)), activate=True)
    assert (answer.activated, answer.why) == (
        False,
        "its shots are others: the station must be started with it",
    )
