"""Reads a TOML file that a person wrote into a model, with errors that person can use."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from inspectd.core.errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)

_LARGEST_FILE_BYTES = 1_000_000


def load_model(path: Path, model: type[Model]) -> Model:
    """Read one TOML file into `model`; ConfigurationError names file, section, key and limits."""
    try:
        if path.exists() and not path.is_file():
            msg = f"{path}: cannot be read: it is not a file"
            raise ConfigurationError(msg)
        if path.stat().st_size > _LARGEST_FILE_BYTES:
            msg = f"{path}: larger than 1 MB: this is not a settings file"
            raise ConfigurationError(msg)
        # Notepad writes a byte-order mark, which TOML does not know.
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        msg = f"{path}: no such file"
        raise ConfigurationError(msg) from None
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise ConfigurationError(msg) from None
    except UnicodeDecodeError as error:
        msg = f"{path}: not UTF-8 text (byte {error.start}): this is not a TOML file"
        raise ConfigurationError(msg) from None
    except tomllib.TOMLDecodeError as error:
        msg = f"{path}: not valid TOML: {error}"
        raise ConfigurationError(msg) from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError("\n".join(_explain_all(path, error.errors()))) from None


def _explain_all(path: Path, errors: list[ErrorDetails]) -> list[str]:
    """One line an error; a list that is "too short" because its only item is wrong is not one."""
    inner = [error["loc"] for error in errors]
    return [
        _explain(path, error)
        for error in errors
        if not any(
            len(loc) > len(error["loc"]) and loc[: len(error["loc"])] == error["loc"]
            for loc in inner
        )
    ]


def _explain(path: Path, error: ErrorDetails) -> str:
    message = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return f"{path}: {message}"
    *section, key = _names(error["loc"])
    where = f"[{'.'.join(section)}] {key}" if section else key
    if error["type"] == "extra_forbidden":
        return f"{path}: {where}: unknown key; remove it or mend its spelling"
    if error["type"] == "missing":
        return f"{path}: {where}: missing; this key is required"
    if error["type"] == "value_error":
        return f"{path}: {where}: {message}"
    return f"{path}: {where}: found {_short(error['input'])}; allowed: {_allowed(message)}"


def _names(loc: tuple[int | str, ...]) -> list[str]:
    """TOML's words for a place: the second [[stations]] is `stations 2`."""
    names: list[str] = []
    for part in loc:
        if isinstance(part, int) and names:
            names[-1] += f" {part + 1}"
        else:
            names.append(str(part))
    return names


def _allowed(message: str) -> str:
    return message.removeprefix("Input should be ").removeprefix("a valid ")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 - one line
