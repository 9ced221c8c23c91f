"""A settings file and what it names, together."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Self

from inspectd.core.calibration import Calibration
from inspectd.core.errors import ConfigurationError
from inspectd.core.gauge import Gauge
from inspectd.core.recipe import Recipe
from inspectd.core.reference import ReferenceHead
from inspectd.settings.root import Settings


@dataclass(frozen=True, slots=True)
class TaughtFile:
    """What was taught for one station: where it is kept, and its head. A station reads the rest."""

    path: PurePath
    head: ReferenceHead


@dataclass(frozen=True, slots=True)
class Product:
    """A recipe and, by station, what was taught of its good parts."""

    recipe: Recipe
    taught: Mapping[str, TaughtFile] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """A settings file and everything it names, read and checked. All paths are absolute.

    `product`: the one that is active; `others`: those that the line can be changed over to. No
    two have the same number.
    """

    settings: Settings
    product: Product
    calibrations: dict[str, Calibration]
    gauge: Gauge | None = None
    others: tuple[Product, ...] = ()

    @property
    def recipe(self) -> Recipe:
        """The active one."""
        return self.product.recipe

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of all recipes, in order."""
        return tuple(sorted(each.recipe.number for each in (self.product, *self.others)))

    def changed_over(self, number: int) -> Self:
        """The same with another recipe active. ConfigurationError where none has the number."""
        everything = (self.product, *self.others)
        found = [each for each in everything if each.recipe.number == number]
        if not found:
            known = ", ".join(map(str, self.numbers))
            msg = f"no recipe has number {number}; the settings name {known}"
            raise ConfigurationError(msg)
        others = tuple(each for each in everything if each is not found[0])
        return replace(self, product=found[0], others=others)
