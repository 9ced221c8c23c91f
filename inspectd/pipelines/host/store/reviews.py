"""The manual check: a share of all results is shown to a person, whose word is the truth.

A sample is drawn once, seeded and by strata (the label that was found), so that rare labels are
looked at too; the same seed over the same results draws the same pictures.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import delete, select, update

from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.store import tables as t
from inspectd.pipelines.host.store.database import Database, insert_or_leave

NOTHING = "nothing found"


@dataclass(frozen=True, slots=True)
class Review:
    """One question to a person, whether `proposed` is right."""

    id: int
    sha256: str
    name: str
    pipeline: str
    sample: str
    stratum: str
    proposed: str
    confirmed: str | None
    reviewer: str | None


def draw(strata: Mapping[str, list[int]], share: float, seed: int) -> dict[int, str]:
    """Job number to stratum: from each stratum its share, rounded up, so at least one of each."""
    chosen: dict[int, str] = {}
    for name, members in sorted(strata.items()):
        # A stream for each stratum: a new label does not change what is drawn of the others.
        stream = np.random.default_rng([seed, *name.encode()])
        count = min(len(members), int(np.ceil(share * len(members))))
        picked = stream.choice(np.sort(members), size=count, replace=False)
        chosen.update(dict.fromkeys((int(number) for number in picked), name))
    return chosen


class Reviews:
    """The queue of questions, and the labels that come of the answers."""

    def __init__(self, database: Database, now_s: Callable[[], float]) -> None:
        self._database = database
        self._now_s = now_s

    def sample(self, work_key: str, sample: str, share: float, seed: int) -> int:
        """Draw a sample of one kind of work; how many new questions. ConfigurationError."""
        if not 0 < share <= 1:
            msg = f"share {share:g}: allowed: above 0, to 1"
            raise ConfigurationError(msg)
        best: dict[int, tuple[float, str]] = {}
        with self._database.begin() as connection:
            asked = (
                select(t.job.c.id, t.finding.c.score, t.finding.c.label)
                .join(t.finding, t.finding.c.job_id == t.job.c.id, isouter=True)
                .where(t.job.c.work_key == work_key, t.job.c.state == "done")
                .order_by(t.finding.c.id)
            )
            for number, score, label in connection.execute(asked):
                told = (-1.0, NOTHING) if label is None else (float(score), str(label))
                if number not in best or told[0] > best[number][0]:
                    best[number] = told
            strata: dict[str, list[int]] = defaultdict(list)
            for number, (_, label) in best.items():
                strata[label].append(number)
            rows = [
                {
                    "job_id": number,
                    "sample": sample,
                    "stratum": stratum,
                    "proposed": best[number][1],
                    "asked_s": self._now_s(),
                }
                for number, stratum in sorted(draw(strata, share, seed).items())
            ]
            return insert_or_leave(connection, t.review, rows) if rows else 0

    def waiting(self, limit: int, sample: str | None = None) -> list[Review]:
        """Questions without an answer, oldest first."""
        asked = _asked().where(t.review.c.confirmed.is_(None)).limit(limit)
        if sample is not None:
            asked = asked.where(t.review.c.sample == sample)
        with self._database.read() as connection:
            return [Review(*row) for row in connection.execute(asked)]

    def answer(self, answers: Mapping[int, str | None], reviewer: str) -> int:
        """A batch of answers: a label, or None for "as proposed"; how many questions there were.

        Each becomes the picture's label, which scores and training use.
        """
        with self._database.begin() as connection:
            questions = {
                row[0]: Review(*row)
                for row in connection.execute(_asked().where(t.review.c.id.in_(list(answers))))
            }
            for number, question in questions.items():
                label = answers[number] or question.proposed
                connection.execute(
                    update(t.review)
                    .where(t.review.c.id == number)
                    .values(confirmed=label, reviewer=reviewer, answered_s=self._now_s())
                )
                self._label(connection, question.sha256, question.pipeline, label, reviewer)
        return len(questions)

    def label(self, labels: Mapping[str, str], pipeline: str, source: str) -> None:
        """Labels by sha256 that somebody has given otherwise."""
        with self._database.begin() as connection:
            for sha256, label in labels.items():
                self._label(connection, sha256, pipeline, label, source)

    def labels(self, pipeline: str) -> dict[str, str]:
        """What people say the pictures of one pipeline are, by sha256."""
        asked = select(t.label.c.sha256, t.label.c.label).where(t.label.c.pipeline == pipeline)
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(asked)}

    def answered(self, sample: str) -> Iterable[Review]:
        """All answers of one sample."""
        asked = _asked().where(t.review.c.sample == sample, t.review.c.confirmed.is_not(None))
        with self._database.read() as connection:
            return [Review(*row) for row in connection.execute(asked)]

    def _label(self, connection: Any, sha256: str, pipeline: str, label: str, source: str) -> None:
        mine = (t.label.c.sha256 == sha256, t.label.c.pipeline == pipeline)
        connection.execute(delete(t.label).where(*mine))
        row = {"sha256": sha256, "pipeline": pipeline, "label": label, "source": source}
        insert_or_leave(connection, t.label, [row | {"at_s": self._now_s()}])


def _asked() -> Any:
    return (
        select(
            t.review.c.id,
            t.job.c.sha256,
            t.picture.c.name,
            t.job.c.pipeline,
            t.review.c.sample,
            t.review.c.stratum,
            t.review.c.proposed,
            t.review.c.confirmed,
            t.review.c.reviewer,
        )
        .join(t.job, t.job.c.id == t.review.c.job_id)
        .join(t.picture, t.picture.c.sha256 == t.job.c.sha256)
        .order_by(t.review.c.id)
    )
