"""Files named by their sha256: written once, whole, and never changed."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from inspectd.core.errors import PictureError, StoreError

_CHUNK = 1 << 20


class Blobs:
    """A folder of blobs, two levels deep so that no folder grows without end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._part = folder / "part"
        try:
            self._part.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(_told(folder, error)) from None

    def path(self, sha256: str) -> Path:
        """Where the blob of this name is, or would be."""
        return self._folder / sha256[:2] / sha256

    def put(self, chunks: Iterable[bytes], max_bytes: int) -> str:
        """Store what comes; its sha256. PictureError for too much of it, StoreError.

        On disk before it has its name (fsync, rename): after a power cut a blob is whole or absent.
        """
        digest, size = hashlib.sha256(), 0
        beside = self._part / secrets.token_hex(16)
        try:
            with beside.open("xb") as file:
                for chunk in chunks:
                    size += len(chunk)
                    if size > max_bytes:
                        msg = (
                            f"larger than the {max_bytes / 1e6:g} MB that are allowed here; "
                            "send a smaller copy, or raise inbox.max_mb"
                        )
                        raise PictureError(msg)
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            name = digest.hexdigest()
            target = self.path(name)
            if not target.exists():
                target.parent.mkdir(exist_ok=True)
                beside.replace(target)
        except OSError as error:
            raise StoreError(_told(self._folder, error)) from None
        finally:
            beside.unlink(missing_ok=True)
        return name

    def read(self, sha256: str) -> bytes:
        """The whole blob, its hash checked. StoreError where it is missing or was changed."""
        try:
            data = self.path(sha256).read_bytes()
        except OSError as error:
            raise StoreError(_told(self.path(sha256), error)) from None
        if hashlib.sha256(data).hexdigest() != sha256:
            msg = (
                f"{self.path(sha256)}: damaged: its bytes are not those of its name; send it again"
            )
            raise StoreError(msg)
        return data

    def remove(self, sha256: str) -> None:
        """Let go of one; one that is not there is no mistake."""
        self.path(sha256).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """The sha256 of every blob."""
        for folder in sorted(self._folder.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                yield path.name

    def remove_parts(self) -> None:
        """What a killed process left half written; at a start, before anybody writes."""
        for path in self._part.iterdir():
            path.unlink(missing_ok=True)

    def free_bytes(self) -> int:
        """Room left on the disk."""
        return shutil.disk_usage(self._folder).free


def chunks_of(path: Path) -> Iterator[bytes]:
    """A file piece by piece. PictureError where it cannot be read: that is not the store's disk."""
    try:
        if not path.is_file():
            msg = "it is a folder" if path.is_dir() else "no such file"
            raise PictureError(msg)
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError as error:
        msg = f"it cannot be read: {error.strerror or error}"
        raise PictureError(msg) from None


def _told(where: Path, error: OSError) -> str:
    return f"{where}: {error.strerror or error}; look at the disk: space, permissions"
