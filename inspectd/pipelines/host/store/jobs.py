"""Jobs: one for each picture, pipeline, set of models and options, however often it is asked for.

The table is the truth; the queue only carries numbers of jobs that may be ready. A job is claimed
by one update that only one can win, and its end counts only for the one who holds it.

    queued ──claim──► running ──finish──► done
      ▲                  │ fail (attempts left), lose ──► queued
      └──again── failed ◄┘ fail (for good)                 cancel: queued, running ──► cancelled
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue
from sqlalchemy import Connection, Row, and_, func, or_, select, update

from inspectd.pipelines.host.result import ModelStamp, Provenance
from inspectd.pipelines.host.store import tables as t
from inspectd.pipelines.host.store.database import Database, insert_or_leave

# SQLite takes 32,766 values in one statement; a thousand rows are as fast as more.
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it stands in the table."""

    id: int
    sha256: str
    pipeline: str
    options: Mapping[str, JsonValue]
    models: tuple[ModelStamp, ...]
    code_version: str
    state: str
    attempts: int
    progress: float
    error: str | None
    worker: str | None
    queued_s: float
    started_s: float | None
    finished_s: float | None

    @property
    def provenance(self) -> Provenance:
        """Who makes its result."""
        return Provenance(
            pipeline=self.pipeline,
            models=self.models,
            options=dict(self.options),
            code_version=self.code_version,
        )


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work: pipeline, models and options under one key."""

    key: str
    provenance: Provenance


_FIELDS = (
    "id", "sha256", "pipeline", "options", "models", "code_version", "state", "attempts",
    "progress", "error", "worker", "queued_s", "started_s", "finished_s",
)  # fmt: skip
_COLUMNS = [t.job.c[name] for name in _FIELDS]
# Among these a re-run chooses.
AGAIN = ("missing", "failed", "all")


class Jobs:
    """All calls are short transactions; `now_s` is the Unix clock's."""

    def __init__(self, database: Database, now_s: Callable[[], float]) -> None:
        self._database = database
        self._now_s = now_s

    def ask(
        self,
        sha256s: Iterable[str],
        wanted: Provenance,
        *,
        again: str = "missing",
        priority: int = 0,
    ) -> list[int]:
        """Jobs that are now queued, by number, for those of the pictures that need one.

        `missing`: where there is none yet; `failed`: those that failed or were cancelled, too;
        `all`: every one that does not run at this moment, its result made anew.
        """
        return [
            number
            for batch in _batches(list(dict.fromkeys(sha256s)))
            for number in self._ask(batch, wanted, again, priority)
        ]

    def _ask(self, batch: list[str], wanted: Provenance, again: str, priority: int) -> list[int]:
        ours = and_(t.job.c.sha256.in_(batch), t.job.c.work_key == wanted.key)
        states = {"missing": (), "failed": ("failed", "cancelled"), "all": t.STATES}[again]
        fresh = {
            "state": "queued", "attempts": 0, "progress": 0.0, "error": None, "worker": None,
            "queued_s": self._now_s(), "started_s": None, "finished_s": None, "priority": priority,
            "code_version": wanted.code_version,
        }  # fmt: skip
        with self._database.begin() as connection:
            states_now = select(t.job.c.sha256, t.job.c.state).where(ours)
            known = {row[0]: row[1] for row in connection.execute(states_now)}
            redo = [
                name for name in batch if known.get(name) in states and known[name] != "running"
            ]
            if redo:
                connection.execute(
                    update(t.job)
                    .where(ours, t.job.c.sha256.in_(redo), t.job.c.state != "running")
                    .values(**fresh)
                )
            new = [name for name in batch if name not in known]
            if new:
                _insert_new(connection, new, wanted, fresh)
            asked = ours & t.job.c.sha256.in_([*new, *redo]) & (t.job.c.state == "queued")
            return list(connection.scalars(select(t.job.c.id).where(asked).order_by(t.job.c.id)))

    def claim(self, number: int, worker: str, lease_s: float) -> Job | None:
        """Take a queued job; None where somebody else has, or it is not wanted any more."""
        with self._database.begin() as connection:
            taken = connection.execute(
                update(t.job)
                .where(t.job.c.id == number, t.job.c.state == "queued")
                .values(
                    state="running",
                    attempts=t.job.c.attempts + 1,
                    worker=worker,
                    progress=0.0,
                    started_s=self._now_s(),
                    lease_until_s=self._now_s() + lease_s,
                )
                .returning(*_COLUMNS)
            ).one_or_none()
        return None if taken is None else _job_of(taken)

    def extend(self, workers: Iterable[str], lease_s: float) -> None:
        """The jobs of these workers are still being worked on."""
        with self._database.begin() as connection:
            connection.execute(
                update(t.job)
                .where(t.job.c.state == "running", t.job.c.worker.in_(list(workers)))
                .values(lease_until_s=self._now_s() + lease_s)
            )

    def report(self, number: int, worker: str, progress: float) -> bool:
        """How far a job is; False where it is no longer this worker's (cancelled, or lost)."""
        with self._database.begin() as connection:
            return (
                connection.execute(
                    update(t.job).where(_held(number, worker)).values(progress=progress)
                ).rowcount
                == 1
            )

    def fail(self, number: int, worker: str, error: str, attempts: int) -> str | None:
        """It did not work: `queued` again, or `failed` after so many attempts; None: not ours."""
        return self._end(_held(number, worker), error, attempts)

    def lose(self, worker: str, error: str, attempts: int) -> list[int]:
        """A worker is dead: numbers of its jobs, which are queued again or have failed."""
        held = and_(t.job.c.worker == worker, t.job.c.state == "running")
        with self._database.read() as connection:
            numbers = list(connection.scalars(select(t.job.c.id).where(held)))
        for number in numbers:
            self._end(_held(number, worker), error, attempts)
        return numbers

    def _end(self, held: Any, error: str, attempts: int) -> str | None:
        with self._database.begin() as connection:
            made = connection.execute(select(t.job.c.attempts).where(held)).scalar_one_or_none()
            if made is None:
                return None
            state = "failed" if made >= attempts else "queued"
            finished = self._now_s() if state == "failed" else None
            connection.execute(
                update(t.job)
                .where(held)
                .values(
                    state=state, error=error, worker=None, lease_until_s=None, finished_s=finished
                )
            )
            return state

    def orphans(self, host: str) -> list[str]:
        """Workers of this host that hold jobs, and those of any host whose lease has run out."""
        mine = t.job.c.worker.startswith(f"{host}/", autoescape=True)
        late = t.job.c.lease_until_s < self._now_s()
        with self._database.read() as connection:
            return list(
                connection.scalars(
                    select(t.job.c.worker)
                    .where(t.job.c.state == "running", or_(mine, late))
                    .distinct()
                )
            )

    def queued(self, limit: int | None = None) -> list[int]:
        """Numbers of what waits, oldest of the highest priority first."""
        asked = select(t.job.c.id).where(t.job.c.state == "queued")
        asked = asked.order_by(t.job.c.priority.desc(), t.job.c.id)
        with self._database.read() as connection:
            return list(connection.scalars(asked if limit is None else asked.limit(limit)))

    def cancel(self, numbers: Iterable[int]) -> int:
        """No longer wanted; how many were still waiting or running."""
        with self._database.begin() as connection:
            return connection.execute(
                update(t.job)
                .where(t.job.c.id.in_(list(numbers)), t.job.c.state.in_(("queued", "running")))
                .values(state="cancelled", worker=None, finished_s=self._now_s())
            ).rowcount

    def get(self, numbers: Iterable[int]) -> list[Job]:
        """These jobs, those that exist, by number."""
        asked = list(numbers)
        found = []
        with self._database.read() as connection:
            for batch in _batches(asked):
                rows = connection.execute(select(*_COLUMNS).where(t.job.c.id.in_(batch)))
                found += [_job_of(row) for row in rows]
        return sorted(found, key=lambda job: job.id)

    def of(self, sha256s: Iterable[str], work_key: str | None = None) -> list[Job]:
        """All jobs of these pictures; `work_key` leaves those of one kind of work."""
        found: list[Job] = []
        with self._database.read() as connection:
            for batch in _batches(sorted(set(sha256s))):
                asked = select(*_COLUMNS).where(t.job.c.sha256.in_(batch))
                if work_key is not None:
                    asked = asked.where(t.job.c.work_key == work_key)
                found += [_job_of(row) for row in connection.execute(asked.order_by(t.job.c.id))]
        return found

    def works(self) -> list[Work]:
        """Every kind of work that has results, the one that was asked for last at the end."""
        newest = (
            select(func.max(t.job.c.id)).where(t.job.c.state == "done").group_by(t.job.c.work_key)
        )
        columns = [t.job.c[name] for name in ("work_key", *Provenance.model_fields)]
        with self._database.read() as connection:
            rows = connection.execute(
                select(*columns).where(t.job.c.id.in_(newest)).order_by(t.job.c.id)
            ).mappings()
            return [
                Work(
                    row["work_key"],
                    Provenance.model_validate({n: row[n] for n in Provenance.model_fields}),
                )
                for row in rows
            ]

    def counts(self) -> dict[tuple[str, str], int]:
        """How many jobs there are, by pipeline and state."""
        asked = select(t.job.c.pipeline, t.job.c.state, func.count()).group_by(
            t.job.c.pipeline, t.job.c.state
        )
        with self._database.read() as connection:
            return {(row[0], row[1]): int(row[2]) for row in connection.execute(asked)}


def _insert_new(
    connection: Connection, sha256s: list[str], wanted: Provenance, fresh: Mapping[str, Any]
) -> None:
    """Rows of jobs that nobody has asked for before; one that came meanwhile is left as it is."""
    row = wanted.model_dump(mode="json") | {"work_key": wanted.key, **fresh}
    insert_or_leave(connection, t.job, [row | {"sha256": name} for name in sha256s])


def _held(number: int, worker: str) -> Any:
    return and_(t.job.c.id == number, t.job.c.worker == worker, t.job.c.state == "running")


def _job_of(row: Row[Any]) -> Job:
    values = dict(zip(_FIELDS, row, strict=True))
    values["models"] = tuple(ModelStamp.model_validate(stamp) for stamp in values["models"])
    return Job(**values)


def _batches(values: list[Any]) -> Iterable[list[Any]]:
    return (values[start : start + _BATCH] for start in range(0, len(values), _BATCH))
