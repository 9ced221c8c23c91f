"""What a journal gives up that has become too large, and what it never does."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspectd.core.outbox import OutboxRow
from inspectd.core.verdict import Verdict
from inspectd.journal.store import Reader, Record, Writer

Make = Callable[..., Verdict]
DOCUMENT_BYTES = 2_000


class Store:
    """A journal's two connections, with verdicts in it."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        self.writer = Writer(path, most_bytes)
        self._reader = Reader(path)

    def write(self, verdicts: list[Verdict], *, outlines: bool = True) -> None:
        contour = [[0.0, 0.0]] * (DOCUMENT_BYTES // 10) if outlines else []
        document = {"defects": [{"kind": "dent", "contour_mm": contour}], "contours_omitted": False}
        self.writer.write([Record(v, json.dumps(document).encode()) for v in verdicts], ())

    def waiting(self) -> list[OutboxRow]:
        return self._reader.pending(0, 10_000, 0)

    def slim(self) -> tuple[int, int]:
        """Bite by bite until nothing is given up any more."""
        delivered = outlines = 0
        while (bite := self.writer.slim()).something:
            delivered += bite.delivered
            outlines += bite.outlines
        return delivered, outlines

    def close(self) -> None:
        self._reader.close()
        self.writer.close()


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Callable[[int], Store]]:
    stores: list[Store] = []

    def make(most_bytes: int) -> Store:
        stores.append(Store(tmp_path / "journal.sqlite", most_bytes))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def verdicts(make_verdict: Make) -> list[Verdict]:
    return [make_verdict(sequence=number) for number in range(1, 601)]


def test_a_file_that_is_small_enough_is_left_alone(
    open_store: Callable[[int], Store], verdicts: list[Verdict]
) -> None:
    store = open_store(100_000_000)
    store.write(verdicts)
    assert store.slim() == (0, 0)


def test_delivered_verdicts_go_first_and_nothing_else_while_that_is_enough(
    open_store: Callable[[int], Store], verdicts: list[Verdict]
) -> None:
    store = open_store(1_800_000)
    store.write(verdicts)
    store.writer.write([], [row.row_id for row in store.waiting()[:250]])
    delivered, outlines = store.slim()
    assert (delivered, outlines) == (200, 0)
    assert len(store.waiting()) == 350


def test_then_the_outlines_of_the_oldest_that_wait_and_never_a_verdict(
    open_store: Callable[[int], Store], verdicts: list[Verdict]
) -> None:
    store = open_store(2_000_000)
    store.write(verdicts)
    delivered, outlines = store.slim()
    assert delivered == 0
    assert 0 < outlines < 600
    rows = [json.loads(row.document) for row in store.waiting()]
    assert [row["contours_omitted"] for row in rows] == [True] * outlines + [False] * (
        600 - outlines
    )
    assert [row["defects"][0]["contour_mm"] == [] for row in rows[:outlines]] == [True] * outlines


def test_when_nothing_more_may_go_everything_stays(
    open_store: Callable[[int], Store], verdicts: list[Verdict]
) -> None:
    store = open_store(1)
    store.write(verdicts, outlines=False)
    assert store.slim() == (0, 0)
    assert len(store.waiting()) == 600


def test_a_diet_that_fails_leaves_the_file_as_it_was(
    open_store: Callable[[int], Store], verdicts: list[Verdict], tmp_path: Path
) -> None:
    store = open_store(1)
    store.write(verdicts)
    other = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        store.writer.slim()
    other.close()
    assert store.slim() == (0, 600)
