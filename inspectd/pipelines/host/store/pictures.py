"""Pictures and their arrivals: who came when, what was refused and why."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select

from inspectd.pipelines.host.store import tables as t
from inspectd.pipelines.host.store.database import Database, insert_or_leave


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture; its bytes are the blob of this sha256. Sizes are None where not pixels."""

    sha256: str
    name: str
    media_type: str
    size_bytes: int
    width_px: int | None
    height_px: int | None
    frames: int
    received_s: float


@dataclass(frozen=True, slots=True)
class Arrival:
    """One time that a file came; `refused` says why it was not taken."""

    id: int
    sha256: str | None
    name: str
    source: str
    at_s: float
    refused: str | None


_FIELDS = tuple(Picture.__dataclass_fields__)
_ARRIVAL = tuple(Arrival.__dataclass_fields__)


class Pictures:
    """All calls are short transactions."""

    def __init__(self, database: Database, now_s: Callable[[], float]) -> None:
        self._database = database
        self._now_s = now_s

    def add(self, picture: Picture, source: str) -> bool:
        """Note an arrival; True where the picture is new, False where its bytes are known."""
        with self._database.begin() as connection:
            row = {name: getattr(picture, name) for name in _FIELDS}
            is_new = insert_or_leave(connection, t.picture, [row]) == 1
            self._arrived(connection, picture.sha256, picture.name, source, None)
        return is_new

    def refuse(self, name: str, source: str, why: str, sha256: str | None = None) -> None:
        """Note a file that was not taken, and why."""
        with self._database.begin() as connection:
            self._arrived(connection, sha256, name, source, why)

    def _arrived(
        self, connection: Any, sha256: str | None, name: str, source: str, refused: str | None
    ) -> None:
        connection.execute(
            insert(t.arrival).values(
                sha256=sha256, name=name, source=source, at_s=self._now_s(), refused=refused
            )
        )

    def get(self, sha256: str) -> Picture | None:
        """One picture, or None."""
        with self._database.read() as connection:
            row = connection.execute(
                select(*[t.picture.c[name] for name in _FIELDS]).where(t.picture.c.sha256 == sha256)
            ).one_or_none()
        return None if row is None else Picture(*row)

    def named(self, name: str) -> list[str]:
        """The sha256 of the pictures that came under this name at any time."""
        asked = (
            select(t.arrival.c.sha256)
            .where(t.arrival.c.name == name, t.arrival.c.refused.is_(None))
            .distinct()
        )
        with self._database.read() as connection:
            return [found for found in connection.scalars(asked) if found is not None]

    def every(self) -> list[str]:
        """The sha256 of all pictures, oldest first."""
        with self._database.read() as connection:
            asked = select(t.picture.c.sha256).order_by(t.picture.c.received_s, t.picture.c.sha256)
            return list(connection.scalars(asked))

    def last_arrivals(self, limit: int, *, refused_only: bool = False) -> list[Arrival]:
        """The newest arrivals, newest first."""
        asked = select(*[t.arrival.c[name] for name in _ARRIVAL])
        if refused_only:
            asked = asked.where(t.arrival.c.refused.is_not(None))
        with self._database.read() as connection:
            rows = connection.execute(asked.order_by(t.arrival.c.id.desc()).limit(limit)).all()
        return [Arrival(*row) for row in rows]

    def counts(self) -> tuple[int, int, int]:
        """Pictures, arrivals, and refused arrivals."""
        with self._database.read() as connection:
            pictures = connection.execute(select(func.count()).select_from(t.picture)).scalar_one()
            asked = select(func.count(), func.count(t.arrival.c.refused))
            arrivals, refused = connection.execute(asked).one()
        return int(pictures), int(arrivals), int(refused)

    def total_bytes(self) -> int:
        """Room that all pictures take; artefacts, which are small, do not count."""
        with self._database.read() as connection:
            asked = select(func.coalesce(func.sum(t.picture.c.size_bytes), 0))
            return int(connection.execute(asked).scalar_one())

    def older_than(self, before_s: float, limit: int) -> list[str]:
        """Pictures that last came before a time, oldest first, and have no work waiting."""
        last = func.max(t.arrival.c.at_s)
        busy = select(t.job.c.sha256).where(t.job.c.state.in_(("queued", "running")))
        asked = (
            select(t.picture.c.sha256)
            .join(t.arrival, t.arrival.c.sha256 == t.picture.c.sha256)
            .where(t.picture.c.sha256.not_in(busy))
            .group_by(t.picture.c.sha256)
            .having(last < before_s)
            .order_by(last)
            .limit(limit)
        )
        with self._database.read() as connection:
            return list(connection.scalars(asked))

    def remove(self, sha256s: Iterable[str]) -> list[str]:
        """Forget pictures and all that was found in them; names of the blobs that nobody uses."""
        names = list(sha256s)
        ours = select(t.job.c.id).where(t.job.c.sha256.in_(names))
        with self._database.begin() as connection:
            made = set(
                connection.scalars(select(t.artefact.c.sha256).where(t.artefact.c.job_id.in_(ours)))
            )
            connection.execute(delete(t.picture).where(t.picture.c.sha256.in_(names)))
            connection.execute(delete(t.label).where(t.label.c.sha256.in_(names)))
            # Files that read the same may be artefacts of pictures that stay.
            kept = set(
                connection.scalars(
                    select(t.artefact.c.sha256).where(t.artefact.c.sha256.in_(sorted(made)))
                )
            )
        return sorted({*names, *made} - kept)

    def was_watched(self, path: str, size_bytes: int, modified_ns: int) -> bool:
        """Whether a watched file of this state has been read before."""
        asked = select(t.watched_file.c.size_bytes, t.watched_file.c.modified_ns).where(
            t.watched_file.c.path == path
        )
        with self._database.read() as connection:
            row = connection.execute(asked).one_or_none()
        return row is not None and (row[0], row[1]) == (size_bytes, modified_ns)

    def all_watched(self) -> dict[str, tuple[int, int]]:
        """Size and time of change of every watched file that has been read, by its path."""
        columns = [t.watched_file.c[name] for name in ("path", "size_bytes", "modified_ns")]
        with self._database.read() as connection:
            return {row[0]: (row[1], row[2]) for row in connection.execute(select(*columns))}

    def watched(self, path: str, size_bytes: int, modified_ns: int) -> None:
        """This file, in this state, has been read."""
        state = {"size_bytes": size_bytes, "modified_ns": modified_ns}
        with self._database.begin() as connection:
            connection.execute(delete(t.watched_file).where(t.watched_file.c.path == path))
            connection.execute(insert(t.watched_file).values(path=path, **state))
