"""The one way in: watch folder, upload and command line all end here.

A picture is known by the sha256 of its bytes. Type and size are read from the bytes; a file's name
is told to people and never used as a path. What is not taken is noted with its reason.
"""

import time
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from inspectd.core.errors import PictureError, StoreError
from inspectd.pipelines.host.decode import frames, look
from inspectd.pipelines.host.media import HEAD_BYTES, PICTURES, media_type
from inspectd.pipelines.host.store.blobs import Blobs, chunks_of
from inspectd.pipelines.host.store.pictures import Picture, Pictures

_MAX_NAME = 255
_NOT_READ = {
    "image/heic": "HEIC needs a decoder that is not part of this installation; send it as JPEG",
    "image/avif": "AVIF is not read here; send it as JPEG",
}


@dataclass(frozen=True, slots=True)
class Received:
    """A picture that is now in the inbox; `is_new` is False where its bytes were known."""

    picture: Picture
    is_new: bool


class Inbox:
    """Threads and processes may each have one over the same store.

    `accepts`: the media types that any pipeline reads.
    """

    def __init__(
        self,
        pictures: Pictures,
        blobs: Blobs,
        accepts: frozenset[str],
        *,
        max_bytes: int,
        max_pixels: int,
        min_free_bytes: int = 0,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._pictures = pictures
        self._blobs = blobs
        self._accepts = accepts
        self._max_bytes = max_bytes
        self._max_pixels = max_pixels
        self._min_free_bytes = min_free_bytes
        self._now_s = now_s

    def receive(self, chunks: Iterable[bytes], name: str, source: str) -> Received:
        """Take one file. PictureError, with name and reason, where it is refused; StoreError."""
        shown = shown_name(name)
        sha256 = None
        self._check_room()
        try:
            sha256 = self._blobs.put(chunks, self._max_bytes)
            known = self._pictures.get(sha256)
            if known is not None:
                self._pictures.add(replace(known, name=shown), source)
                return Received(replace(known, name=shown), is_new=False)
            picture = self._looked_at(sha256, shown)
        except PictureError as error:
            self._pictures.refuse(shown, source, str(error), sha256)
            if sha256 is not None:
                self._blobs.remove(sha256)
            msg = f"{shown}: {error}"
            raise PictureError(msg) from None
        return Received(picture, is_new=self._pictures.add(picture, source))

    def receive_file(self, path: Path, source: str) -> Received:
        """Take a file from disk. PictureError, too, for one that cannot be read."""
        return self.receive(chunks_of(path), path.name, source)

    def _looked_at(self, sha256: str, name: str) -> Picture:
        data = self._blobs.read(sha256)
        kind = media_type(data[:HEAD_BYTES])
        if not data:
            msg = "it is empty"
            raise PictureError(msg)
        if kind is None or kind not in self._accepts:
            msg = "it is no picture of a kind that a pipeline here reads"
            raise PictureError(_NOT_READ.get(kind or "", msg))
        width, height, pages = None, None, 1
        if kind in PICTURES:
            looks = look(data, self._max_pixels)
            width, height, pages = looks.width_px, looks.height_px, frames(data)
        return Picture(sha256, name, kind, len(data), width, height, pages, self._now_s())

    def _check_room(self) -> None:
        if (free := self._blobs.free_bytes()) < self._min_free_bytes:
            msg = (
                f"only {free / 1e9:.1f} GB are free on the store's disk: nothing is taken in below "
                f"store.min_free_gb = {self._min_free_bytes / 1e9:g}; make room"
            )
            raise StoreError(msg)


def shown_name(name: str) -> str:
    """The last step of a path, as a person may read it: no control or direction characters."""
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    # Cc, Cf, Cs, Co, Cn: among them line ends and the marks that turn the reading direction.
    readable = "".join(c for c in last if not unicodedata.category(c).startswith("C"))
    return readable.strip()[:_MAX_NAME] or "unnamed"
