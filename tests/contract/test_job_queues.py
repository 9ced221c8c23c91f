"""What every queue of the side host must do, on the real servers."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspectd.core.errors import ConfigurationError, StoreError
from inspectd.pipelines.host.queue import JobQueue, open_queue
from inspectd.simulate.ports import free_port

_REDIS = shutil.which("redis-server")


@pytest.fixture(scope="module")
def redis_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if _REDIS is None:
        pytest.skip("redis-server is not installed here")
    port, folder = free_port(), tmp_path_factory.mktemp("redis")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen([_REDIS, *options], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    for line in server.stdout:
        if "Ready to accept connections" in line:
            break
    yield f"redis://127.0.0.1:{port}"
    server.terminate()
    server.communicate()


@pytest.fixture(scope="module")
def postgres_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs or os.geteuid() != 0 or shutil.which("runuser") is None:
        pytest.skip("PostgreSQL's server is not installed here, or cannot be run as its own user")
    folder = tmp_path_factory.mktemp("postgres")
    for each in (folder, *folder.parents[:3]):
        if each.name.startswith(("pytest", "popen", "postgres")):
            each.chmod(0o755)
    shutil.chown(folder, "postgres")
    data, port, where = folder / "data", free_port(), programs[-1].parent
    as_postgres = ["runuser", "-u", "postgres", "--"]
    make = [*as_postgres, str(where / "initdb"), "-D", str(data), "-A", "trust", "-N"]
    subprocess.run(make, check=True, capture_output=True, cwd="/")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
    control = [*as_postgres, str(where / "pg_ctl"), "-D", str(data), "-w"]
    log = ["-l", str(folder / "log")]
    subprocess.run(
        [*control, *log, "-o", options, "start"], check=True, cwd="/", stdout=subprocess.DEVNULL
    )
    yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    subprocess.run(
        [*control, "-m", "immediate", "stop"], check=True, cwd="/", stdout=subprocess.DEVNULL
    )


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
