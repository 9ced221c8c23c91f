"""Reads and writes a reference: one .npz whose member `head` is the sealed head as JSON."""

import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from inspectd.core.errors import ConfigurationError
from inspectd.core.reference import Reference, ReferenceHead

# A 20-megapixel camera in colour with maps by place takes some 50 MB.
_LARGEST_BYTES = 512_000_000
_HEAD = "head"


def read_reference(path: Path) -> Reference:
    """The reference in a file, its seal and every array checked; ConfigurationError."""
    remedy = "take the original, or teach again"
    try:
        if not path.is_file():
            msg = f"{path}: {'it is not a file' if path.exists() else 'no such file'}"
            raise ConfigurationError(msg)
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _LARGEST_BYTES:
                msg = f"{path}: larger than any reference: name the file that `teach` wrote"
                raise ConfigurationError(msg)
        with np.load(path, allow_pickle=False) as stored:
            arrays: dict[str, NDArray[np.generic]] = {name: stored[name] for name in stored.files}
        head = ReferenceHead.model_validate_json(arrays.pop(_HEAD).tobytes())
        return Reference.opened(head, arrays)
    except ValidationError as error:
        why = error.errors()[0]["msg"].removeprefix("Value error, ")
        msg = f"{path}: not a reference of this version: {why}; {remedy}"
        raise ConfigurationError(msg) from None
    except KeyError:
        msg = f"{path}: not a reference: it has no head; name the file that `teach` wrote"
        raise ConfigurationError(msg) from None
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror or error}"
        raise ConfigurationError(msg) from None
    # What zipfile, zlib and numpy raise of a file that was cut off or changed: a packing method
    # that nobody knows (NotImplementedError), too. Told as one mistake of a person's file.
    except (ValueError, zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error) as error:
        msg = f"{path}: damaged or not a reference: {error}; {remedy}"
        raise ConfigurationError(msg) from None


def write_reference(path: Path, reference: Reference) -> None:
    """Write beside, then rename: nobody ever reads half a file. ConfigurationError."""
    head = np.frombuffer(reference.head.model_dump_json().encode(), dtype=np.uint8)
    arrays = {
        f"{name}/{key}": array
        for name, shot in reference.shots.items()
        for key, array in shot.arrays().items()
    }
    named: dict[str, Any] = {_HEAD: head, **arrays}
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **named)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        msg = f"{path}: cannot be written: {error.strerror}"
        raise ConfigurationError(msg) from None
