"""Which recipe is active, remembered beside the journal.

A service that comes back in mid-shift goes on with the product that the line makes: the recipe of
the settings would judge it by another one's limits. A person who names another recipe in the
settings means it, and the record no longer counts.
"""

from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from inspectd.core.errors import ConfigurationError
from inspectd.settings.project import Project
from inspectd.supervisor.trend import replace_file

_LARGEST_BYTES = 10_000

log = structlog.get_logger("recipe")


class _Record(BaseModel):
    """`configured_sha256`: of the recipe that the settings named first when this was written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    number: int
    configured_sha256: str


class ActiveRecipe:
    """The record. `restored` and `write` touch the disk."""

    def __init__(self, journal: Path, configured: Project) -> None:
        self._path = journal.with_name(journal.name + ".recipe.json")
        self._configured_sha256 = configured.recipe.sha256

    def restored(self, project: Project) -> Project:
        """The project with the recipe active that was, if the settings still have it."""
        number = self._read()
        if number is None or number == project.recipe.number:
            return project
        try:
            restored = project.changed_over(number)
        except ConfigurationError as error:
            log.warning("recipe_not_restored", why=str(error), active=project.recipe.number)
            return project
        log.info("recipe_restored", number=number, name=restored.recipe.name)
        return restored

    def write(self, number: int) -> None:
        """Remember a recipe before it becomes active. OSError."""
        record = _Record(number=number, configured_sha256=self._configured_sha256)
        replace_file(self._path, record.model_dump_json().encode())

    def _read(self) -> int | None:
        try:
            with self._path.open("rb") as file:
                record = _Record.model_validate_json(file.read(_LARGEST_BYTES))
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is damaged"
            log.warning("recipe_not_restored", why=f"{self._path}: {why}")
            return None
        return record.number if record.configured_sha256 == self._configured_sha256 else None
