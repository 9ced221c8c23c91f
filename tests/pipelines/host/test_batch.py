"""A real Dask cluster, of one machine."""

import pytest
from distributed import LocalCluster
from support.side import TakeIn

from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.batch import connect, run_on_cluster
from inspectd.pipelines.host.site import Site
from inspectd.simulate.ports import free_port


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_cluster_finds_what_a_worker_finds(site: Site, take_in: TakeIn) -> None:
    names = [take_in(f"{place}.png", (place, 200, 10)) for place in range(6)]
    names.append(take_in("breaks.png", (9, 9, 200)))
    numbers = site.jobs.ask(names, site.provenance("tint", {}))
    ended: list[int] = []
    with LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    ) as cluster:
        client = connect(cluster.scheduler_address)
        models = site.settings.folder / "models"
        assert run_on_cluster(site, client, numbers, models, ended.append) == 6
        client.close()
    assert sorted(ended) == sorted(numbers)
    jobs = site.jobs.get(numbers)
    assert [job.state for job in jobs] == ["done"] * 6 + ["queued"]
    assert jobs[-1].error == "ValueError: it is broken"
    stored = site.results.of_jobs(numbers)
    assert {each.findings[0].label for each in stored.values()} == {"colour/green"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_scheduler_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspectd.pipelines.host.batch._CONNECT_S", 0.2)
    with pytest.raises(ConfigurationError, match="is `dask scheduler` running there"):
        connect(f"tcp://127.0.0.1:{free_port()}")
