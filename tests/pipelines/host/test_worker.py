"""A worker and the models it has open."""

from pathlib import Path

import onnx
import pytest
from pydantic import JsonValue
from support.models import mean_colour_net, write_model
from support.side import TakeIn

from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.worker import Worker

OPTIONS: dict[str, JsonValue] = {"model": "mean-colour", "min_score": 0.0}


def _install(site: Site, folder: Path, maker: str, labels: str) -> None:
    net = onnx.load_from_string(mean_colour_net())
    net.producer_name = maker
    made = write_model(folder / maker, data=net.SerializeToString(), labels=labels)
    site.models.install(made / "model.toml", lambda name: made / name)


def _best(site: Site, number: int) -> str:
    return site.results.of_jobs([number])[number].findings[0].label


@pytest.fixture
def worker(site: Site) -> Worker:
    return Worker(site, "test", lambda _what, _job: None)


def test_a_model_that_was_replaced_is_opened_anew(
    site: Site, worker: Worker, take_in: TakeIn, tmp_path: Path
) -> None:
    _install(site, tmp_path, "first", "red\ngreen\nblue\n")
    (first,) = site.ask([take_in()], "classify", OPTIONS).queued
    while worker.next():
        pass
    _install(site, tmp_path, "second", "rot\ngreen\nblue\n")
    asked = site.ask([take_in()], "classify", OPTIONS)
    while worker.next():
        pass
    assert _best(site, first) == "red"
    assert _best(site, asked.queued[0]) == "rot"
    (stamp,) = asked.wanted.models
    assert stamp.sha256 == site.models.manifest("mean-colour").file.sha256


def test_a_job_of_a_model_that_was_replaced_since_is_not_done_with_another(
    site: Site, worker: Worker, take_in: TakeIn, tmp_path: Path
) -> None:
    _install(site, tmp_path, "first", "red\ngreen\nblue\n")
    (number,) = site.ask([take_in()], "classify", OPTIONS).queued
    _install(site, tmp_path, "second", "rot\ngreen\nblue\n")
    while worker.next():
        pass
    (job,) = site.jobs.get([number])
    assert (job.state, job.error) == (
        "failed",
        "model mean-colour was replaced since; ask again",
    )
