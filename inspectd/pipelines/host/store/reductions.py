"""What pictures say together, as `reduce` last told it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select

from inspectd.pipelines.host.pipeline import Group, Reduction
from inspectd.pipelines.host.store import tables as t
from inspectd.pipelines.host.store.database import Database


@dataclass(frozen=True, slots=True)
class StoredReduction:
    """The newest of one kind of work. `up_to_s`: results that finished until then are in it."""

    reduction: Reduction
    pictures: frozenset[str]
    made_s: float
    up_to_s: float


class Reductions:
    """One is kept for each kind of work (`Provenance.key`)."""

    def __init__(self, database: Database, now_s: Callable[[], float]) -> None:
        self._database = database
        self._now_s = now_s

    def newest(self, work_key: str) -> StoredReduction | None:
        """The one that was kept last; None before the first."""
        asked = (
            select(t.reduction)
            .where(t.reduction.c.work_key == work_key)
            .order_by(t.reduction.c.id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(asked).mappings().one_or_none()
            if row is None:
                return None
            groups = connection.execute(
                select(t.grouping)
                .where(t.grouping.c.reduction_id == row["id"])
                .order_by(t.grouping.c.id)
            ).mappings()
            made = Reduction(tuple(_group(each) for each in groups), row["state"])
        return StoredReduction(made, frozenset(row["pictures"]), row["made_s"], row["up_to_s"])

    def keep(
        self,
        pipeline: str,
        work_key: str,
        made: Reduction,
        pictures: frozenset[str],
        up_to_s: float,
    ) -> None:
        """Keep a new one in the old one's place."""
        with self._database.begin() as connection:
            connection.execute(delete(t.reduction).where(t.reduction.c.work_key == work_key))
            number = connection.execute(
                insert(t.reduction)
                .values(
                    pipeline=pipeline,
                    work_key=work_key,
                    made_s=self._now_s(),
                    up_to_s=up_to_s,
                    pictures=sorted(pictures),
                    state=made.state,
                )
                .returning(t.reduction.c.id)
            ).scalar_one()
            rows = [
                {
                    "reduction_id": number,
                    "kind": group.kind,
                    "label": group.label,
                    "members": list(group.members),
                    "attributes": dict(group.attributes),
                }
                for group in made.groups
            ]
            if rows:
                connection.execute(insert(t.grouping), rows)


def _group(row: Mapping[Any, Any]) -> Group:
    return Group(row["kind"], row["label"], tuple(row["members"]), row["attributes"])
