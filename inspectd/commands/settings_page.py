"""`docs/reference/settings.md`, made from the settings, recipe and calibration models.

`python -m inspectd.commands.settings_page > docs/reference/settings.md` writes it anew.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from inspectd.core.calibration import Calibration
from inspectd.core.gauge import Gauge
from inspectd.core.recipe import Recipe
from inspectd.pipelines.host.settings import SideSettings
from inspectd.settings.root import Settings

_HEAD = """\
# Settings, recipe and calibration files

All three are TOML. Unknown keys are refused, every number has bounds, and paths are relative to
the settings file. `inspectd check-config` tells what is wrong; `inspectd schema` prints the same as
JSON schema. This page is made from the models in the code.
"""

_EXAMPLE = """
A whole settings file can be as short as this:

```toml
recipe = "housing.toml"

[[stations]]
name = "top"
calibration = "top.calibration.toml"

[stations.camera]
serial = "40012345"
```
"""

_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
    "minLength": "{} characters or more",
    "maxLength": "{} characters at most",
    "minItems": "{} or more",
    "maxItems": "{} at most",
    "pattern": "`{}`",
}


def page() -> str:
    """The whole page as Markdown."""
    parts = [_HEAD, "## Settings (`inspectd run SETTINGS.toml`)", _EXAMPLE]
    parts += _tables(Settings)
    parts += ["## Recipe", *_tables(Recipe), "## Calibration", *_tables(Calibration)]
    parts += ["## Gauge", *_tables(Gauge)]
    parts += ["## Side host (`inspectd side run --config SIDE.toml`)", *_tables(SideSettings)]
    return "\n".join(parts).rstrip() + "\n"


def _tables(model: type[BaseModel]) -> Iterator[str]:
    schema = model.model_json_schema()
    yield from _section("", schema, schema.get("$defs", {}))


def _section(name: str, schema: dict[str, Any], known: dict[str, Any]) -> Iterator[str]:
    rows, inner = [], []
    for key, field in schema["properties"].items():
        target = _section_of(field, known)
        if target is None:
            rows.append(
                f"| `{key}` | {_allowed(field, known)} | {_default(field)} | {_text(field)} |"
            )
        else:
            many = field.get("type") == "array"
            path = f"{name}.{key}" if name else key
            inner.append((f"[[{path}]]" if many else f"[{path}]", path, target))
    if rows:
        yield "| key | allowed | default | meaning |\n| --- | --- | --- | --- |"
        yield "\n".join(rows) + "\n"
    for title, path, target in inner:
        yield f"### `{title}`\n\n{_text(target)}\n"
        yield from _section(path, target, known)


def _section_of(field: dict[str, Any], known: dict[str, Any]) -> dict[str, Any] | None:
    """The model behind a field that is a section of its own, or a list of such."""
    for choice in (field, field.get("items", {}), *field.get("anyOf", [])):
        found = _referred(choice, known)
        if "properties" in found:
            return found
    return None


def _referred(schema: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """What a schema refers to by name; itself where it does not."""
    found: dict[str, Any] = known.get(schema.get("$ref", "").rpartition("/")[2], schema)
    return found


def _allowed(field: dict[str, Any], known: dict[str, Any]) -> str:
    choices = [_referred(choice, known) for choice in (field, *field.get("anyOf", []))]
    words: list[str] = []
    for choice in choices:
        if "enum" in choice:
            words.append(" or ".join(f"`{value}`" for value in choice["enum"]))
        elif choice.get("type") not in {None, "null"}:
            words.append({"array": "list", "string": "text"}.get(choice["type"], choice["type"]))
        words += [text.format(choice[key]) for key, text in _BOUNDS.items() if key in choice]
    return ", ".join(words).replace("|", "\\|")


def _default(field: dict[str, Any]) -> str:
    if "default" not in field:
        return "**required**"
    value = field["default"]
    if value is None or value == "":
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _text(schema: dict[str, Any]) -> str:
    return " ".join(str(schema.get("description", "")).split()).replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - this is its output
