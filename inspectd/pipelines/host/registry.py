"""Which pipelines there are, and why one that could be here is off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.pipeline import Options, Pipeline

GROUP = "inspectd.pipelines"
Schema = TypeVar("Schema", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Registry:
    """Pipelines by name; `off` says in a sentence why others cannot be used."""

    pipelines: dict[str, Pipeline] = field(default_factory=dict)
    off: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> Pipeline:
        """One pipeline. ConfigurationError naming those that there are."""
        if name in self.pipelines:
            return self.pipelines[name]
        if name in self.off:
            msg = f"pipeline {name} is off: {self.off[name]}"
        else:
            msg = f"no pipeline is called {name!r}; there are: {', '.join(sorted(self.pipelines))}"
        raise ConfigurationError(msg)

    @property
    def accepts(self) -> frozenset[str]:
        """The media types that any of them reads."""
        return frozenset().union(*(each.card.accepts for each in self.pipelines.values()))


def find_pipelines() -> Registry:
    """Every pipeline that is installed: `inspectd.pipelines` names a callable without arguments."""
    found, off = {}, {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            found[entry.name] = entry.load()()
        except ModuleNotFoundError as error:
            off[entry.name] = f"{error.name} is missing; install inspectd[{entry.name}]"
        except Exception as error:  # noqa: BLE001 - somebody else's code must not stop the host
            off[entry.name] = f"{type(error).__name__}: {error}"
    return Registry(found, off)


def read_options(pipeline: Pipeline, values: Mapping[str, JsonValue]) -> Options:
    """Options as the pipeline's schema wants them. ConfigurationError naming key and limits."""
    return checked(pipeline.card.name, pipeline.card.options, values)


def checked(name: str, schema: type[Schema], values: Mapping[str, JsonValue]) -> Schema:
    """Values that a person gave `name`, by a schema. ConfigurationError naming key and limits."""
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(step) for step in first["loc"]) or "options"
        known = ", ".join(sorted(schema.model_fields)) or "none"
        what = "unknown" if first["type"] == "extra_forbidden" else first["msg"]
        msg = f"{name}: option {key}: {what} (options: {known})"
        raise ConfigurationError(msg) from None
