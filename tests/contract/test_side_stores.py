"""What every database of the side host must do, on the real servers."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from support.servers import postgres_address as postgres_address  # noqa: PLC0414 - a fixture
from support.side import install_stranger, picture

from inspectd.pipelines.host.reduce import reduce_all
from inspectd.pipelines.host.retention import tidy
from inspectd.pipelines.host.settings import SideSettings
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.worker import Worker


@pytest.fixture(params=["sqlite", "postgres"])
def site(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    install_stranger(tmp_path / "site-packages", monkeypatch)
    address = "" if request.param == "sqlite" else _new_database(request)
    store = {"folder": tmp_path / "side", "database": address, "min_free_gb": 0}
    with Site(SideSettings.model_validate({"store": store})) as site:
        yield site


def _new_database(request: pytest.FixtureRequest) -> str:
    """One for each test, on the server of all."""
    server = str(request.getfixturevalue("postgres_address"))
    name = f"side_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return f"{server.rpartition('/')[0]}/{name}"


def _work(site: Site, name: str) -> None:
    worker = Worker(site, name, lambda _what, _job: None)
    while worker.next():
        pass


def test_pictures_go_all_the_way_and_leave_no_trace(site: Site) -> None:
    names = [
        site.inbox.receive([picture((place, 200, 10))], f"{place}.png", "test").picture.sha256
        for place in range(5)
    ]
    asked = site.ask(names, "tint", {})
    _work(site, "w1")
    stored = site.results.of_jobs(asked.queued)
    assert [each.findings[0].label for each in stored.values()] == ["colour/green"] * 5
    assert len(list(site.results.found(asked.wanted.key))) == 5
    ((_, made),) = reduce_all(site)
    (group,) = made.groups
    assert set(group.members) == set(names)
    assert site.reviews.sample(asked.wanted.key, "check", 0.4, 1) == 2
    questions = site.reviews.waiting(10)
    assert site.reviews.answer({each.id: "right" for each in questions}, "Ann") == 2
    assert set(site.reviews.labels("tint").values()) == {"right"}
    assert site.ask(names, "tint", {}, again="all").queued == asked.queued
    _work(site, "w2")
    assert {job.state for job in site.jobs.of(names)} == {"done"}
    store = site.settings.store.model_copy(update={"retention_days": 1.0})
    site.settings = site.settings.model_copy(update={"store": store})
    assert tidy(site, now_s=4e9) == 5
    assert site.pictures.every() == []
    assert list(site.blobs.names()) == []


def test_two_machines_do_not_do_the_same_picture(site: Site) -> None:
    names = [
        site.inbox.receive([picture((9, place, 200))], f"{place}.png", "test").picture.sha256
        for place in range(4)
    ]
    numbers = site.ask(names, "tint", {}).queued
    # Another machine's queue knows them as well.
    site.queue.put(numbers)
    _work(site, "w1")
    assert [job.attempts for job in site.jobs.get(numbers)] == [1] * 4
