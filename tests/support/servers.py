"""Real servers that side pipelines of several machines share."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

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
