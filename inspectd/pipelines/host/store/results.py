"""Results: written once with the end of their job, in one transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, insert, select, update

from inspectd.pipelines.host.pipeline import Found
from inspectd.pipelines.host.result import Finding, Provenance, Result
from inspectd.pipelines.host.store import tables as t
from inspectd.pipelines.host.store.blobs import Blobs
from inspectd.pipelines.host.store.database import Database

_MAX_ARTEFACT_BYTES = 64_000_000
_BATCH = 500


@dataclass(frozen=True, slots=True)
class StoredArtefact:
    """Where a file that a pipeline made is kept."""

    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of one finished job."""

    job_id: int
    sha256: str
    provenance: Provenance
    findings: tuple[Finding, ...]
    artefacts: Mapping[str, StoredArtefact] = field(default_factory=dict)


class Results:
    """Findings, features and artefacts of finished jobs."""

    def __init__(self, database: Database, blobs: Blobs, now_s: Callable[[], float]) -> None:
        self._database = database
        self._blobs = blobs
        self._now_s = now_s

    def finish(self, number: int, worker: str, result: Result) -> bool:
        """Store the result and end the job; False, and nothing stored, where it is not ours."""
        artefacts = {
            name: StoredArtefact(made.media_type, self._blobs.put([made.data], _MAX_ARTEFACT_BYTES))
            for name, made in result.artefacts.items()
        }
        ours = (t.job.c.id == number, t.job.c.worker == worker, t.job.c.state == "running")
        with self._database.begin() as connection:
            ended = connection.execute(
                update(t.job)
                .where(*ours)
                .values(
                    state="done",
                    progress=1.0,
                    error=None,
                    worker=None,
                    lease_until_s=None,
                    finished_s=self._now_s(),
                )
            )
            if ended.rowcount != 1:
                return False
            for table in (t.finding, t.feature, t.artefact):
                connection.execute(delete(table).where(table.c.job_id == number))
            _insert(connection.execute, t.finding, [_row(number, one) for one in result.findings])
            features = [_packed(number, name, made) for name, made in result.features.items()]
            _insert(connection.execute, t.feature, features)
            kept = [
                {"job_id": number, "name": name, "media_type": a.media_type, "sha256": a.sha256}
                for name, a in artefacts.items()
            ]
            _insert(connection.execute, t.artefact, kept)
        return True

    def of_jobs(self, numbers: Iterable[int]) -> dict[int, Stored]:
        """Results by job number, of those that are done."""
        wanted = sorted(set(numbers))
        found: dict[int, Stored] = {}
        for start in range(0, len(wanted), _BATCH):
            found.update(self._of_batch(wanted[start : start + _BATCH]))
        return found

    def _of_batch(self, numbers: list[int]) -> dict[int, Stored]:
        columns = [t.job.c[name] for name in ("id", "sha256", *Provenance.model_fields)]
        done = select(*columns).where(t.job.c.id.in_(numbers), t.job.c.state == "done")
        findings = select(t.finding).where(t.finding.c.job_id.in_(numbers)).order_by(t.finding.c.id)
        artefacts = select(t.artefact).where(t.artefact.c.job_id.in_(numbers))
        of_job: dict[int, list[Finding]] = {}
        files: dict[int, dict[str, StoredArtefact]] = {}
        with self._database.read() as connection:
            jobs = connection.execute(done).mappings().all()
            for row in connection.execute(findings).mappings():
                of_job.setdefault(row["job_id"], []).append(_finding(row))
            for row in connection.execute(artefacts).mappings():
                made = StoredArtefact(row["media_type"], row["sha256"])
                files.setdefault(row["job_id"], {})[row["name"]] = made
        return {
            job["id"]: Stored(
                job["id"],
                job["sha256"],
                Provenance.model_validate({name: job[name] for name in Provenance.model_fields}),
                tuple(of_job.get(job["id"], ())),
                files.get(job["id"], {}),
            )
            for job in jobs
        }

    def feature(self, sha256: str, name: str) -> NDArray[np.float16] | None:
        """The newest feature of this name that any job has stored for a picture."""
        asked = (
            select(t.feature.c.shape, t.feature.c["values"])
            .join(t.job, t.job.c.id == t.feature.c.job_id)
            .where(t.job.c.sha256 == sha256, t.feature.c.name == name)
            .order_by(t.job.c.finished_s.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(asked).one_or_none()
        return None if row is None else _unpacked(row[0], row[1])

    def found(self, work_key: str, after_s: float = float("-inf")) -> Iterator[Found]:
        """Every finished picture of one kind of work, in the order in which they were finished.

        `after_s`: only those finished later. Read in batches: a corpus may not fit in memory.
        """
        asked = (
            select(t.job.c.id, t.picture.c.sha256, t.picture.c.name, t.picture.c.received_s)
            .join(t.picture, t.picture.c.sha256 == t.job.c.sha256)
            .where(
                t.job.c.work_key == work_key,
                t.job.c.state == "done",
                t.job.c.finished_s > after_s,
            )
            .order_by(t.job.c.finished_s, t.job.c.id)
        )
        with self._database.read() as connection:
            pictures = connection.execute(asked).all()
        for start in range(0, len(pictures), _BATCH):
            batch = pictures[start : start + _BATCH]
            stored = self.of_jobs(row[0] for row in batch)
            features = self._features([row[0] for row in batch])
            for number, sha256, name, received_s in batch:
                if number in stored:
                    made = stored[number].findings
                    yield Found(sha256, name, received_s, made, features.get(number, {}))

    def done(self, work_key: str) -> dict[str, float]:
        """When each picture of one kind of work was finished, by sha256."""
        asked = select(t.job.c.sha256, t.job.c.finished_s).where(
            t.job.c.work_key == work_key, t.job.c.state == "done"
        )
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(asked)}

    def _features(self, numbers: list[int]) -> dict[int, dict[str, NDArray[np.float16]]]:
        found: dict[int, dict[str, NDArray[np.float16]]] = {}
        with self._database.read() as connection:
            asked = select(t.feature).where(t.feature.c.job_id.in_(numbers))
            for row in connection.execute(asked).mappings():
                made = _unpacked(row["shape"], row["values"])
                found.setdefault(row["job_id"], {})[row["name"]] = made
        return found


def _insert(execute: Callable[..., object], table: object, rows: list[dict[str, object]]) -> None:
    if rows:
        execute(insert(table), rows)  # type: ignore[arg-type]


def _row(number: int, made: Finding) -> dict[str, object]:
    return {"job_id": number, **made.model_dump(mode="json")}


def _finding(row: Mapping[Any, Any]) -> Finding:
    return Finding.model_validate({name: row[name] for name in Finding.model_fields})


def _packed(number: int, name: str, values: NDArray[np.floating]) -> dict[str, object]:
    half = np.ascontiguousarray(values, dtype=np.float16)
    return {"job_id": number, "name": name, "shape": list(half.shape), "values": half.tobytes()}


def _unpacked(shape: list[int], values: bytes) -> NDArray[np.float16]:
    return np.frombuffer(values, dtype=np.float16).reshape(shape)
