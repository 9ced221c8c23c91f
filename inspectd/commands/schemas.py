"""`inspectd schema`: the JSON schemas of what people write and of what consumers read."""

from typing import Any

from inspectd.core.calibration import Calibration
from inspectd.core.errors import ConfigurationError
from inspectd.core.gauge import Gauge
from inspectd.core.recipe import Recipe
from inspectd.core.verdict_json import verdict_schema
from inspectd.publish.remote import Reply, Request
from inspectd.settings.root import Settings


def schemas(which: str) -> dict[str, Any]:
    """One schema by name, or all of them by name; ConfigurationError for an unknown name."""
    known = {
        "settings": Settings.model_json_schema,
        "recipe": Recipe.model_json_schema,
        "calibration": Calibration.model_json_schema,
        "gauge": Gauge.model_json_schema,
        "verdict": verdict_schema,
        "command": Request.model_json_schema,
        "reply": Reply.model_json_schema,
    }
    if which == "all":
        return {name: make() for name, make in known.items()}
    if which not in known:
        msg = (
            f"schema {which}: unknown; there are {', '.join(known)}, or all of them without a name"
        )
        raise ConfigurationError(msg)
    return known[which]()
