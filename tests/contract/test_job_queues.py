"""What every queue of the side host must do, on the real servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.servers import postgres_address as postgres_address  # noqa: PLC0414
from support.servers import redis_address as redis_address  # noqa: PLC0414 - fixtures

from inspectd.core.errors import ConfigurationError, StoreError
from inspectd.pipelines.host.queue import JobQueue, open_queue
from inspectd.simulate.ports import free_port


@pytest.fixture(params=["sqlite", "redis", "postgres"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[JobQueue]:
    sqlite = request.param == "sqlite"
    address = "" if sqlite else request.getfixturevalue(f"{request.param}_address")
    opened = open_queue(address, tmp_path)
    opened.clear()
    yield opened
    opened.close()


def test_numbers_come_out_as_they_went_in(queue: JobQueue) -> None:
    queue.put([3, 1, 2])
    assert len(queue) == 3
    assert [queue.take() for _ in range(4)] == [3, 1, 2, None]


def test_the_more_urgent_comes_first(queue: JobQueue) -> None:
    queue.put([1, 2])
    queue.put([3], priority=5)
    assert [queue.take() for _ in range(3)] == [3, 1, 2]


def test_an_emptied_queue_is_empty(queue: JobQueue) -> None:
    queue.put(range(5))
    queue.clear()
    assert (len(queue), queue.take()) == (0, None)


def test_what_a_stranger_put_there_is_thrown_away(queue: JobQueue) -> None:
    queue._storage.enqueue(b"cos\nsystem\n(S'true'\ntR.", 9)
    queue.put([7])
    assert queue.take() == 7


@pytest.mark.parametrize("address", ["mysql://x", "nonsense", "http://x"])
def test_an_address_of_another_kind_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="use redis://HOST"):
        open_queue(address, tmp_path)


@pytest.mark.parametrize("scheme", ["redis", "postgresql"])
def test_a_server_that_is_away_is_told(scheme: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is the server there"):
        open_queue(f"{scheme}://127.0.0.1:{free_port()}", tmp_path).take()
