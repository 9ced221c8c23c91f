"""The side host's figures for Prometheus, read from the store when they are asked for.

Counts of jobs and pictures are gauges: retention and new looks at old pictures make them fall.
"""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from inspectd.pipelines.host.admission import Admission
from inspectd.pipelines.host.site import Site

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Figures(Collector):
    def __init__(self, site: Site, admission: Admission) -> None:
        self._site, self._admission = site, admission

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: it would ask the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Read them all now. StoreError."""
        pictures, arrivals, refused = self._site.pictures.counts()
        yield GaugeMetricFamily("inspectd_side_pictures", "Pictures in the store", pictures)
        yield GaugeMetricFamily(
            "inspectd_side_picture_bytes", "Their size", self._site.pictures.total_bytes()
        )
        free = self._site.blobs.free_bytes()
        yield GaugeMetricFamily("inspectd_side_disk_free_bytes", "Room left on its disk", free)
        came = "Files that came, taken or not, and still are on record"
        yield GaugeMetricFamily("inspectd_side_arrivals", came, arrivals)
        yield GaugeMetricFamily("inspectd_side_refused", "Those of them that were refused", refused)
        jobs = GaugeMetricFamily(
            "inspectd_side_jobs", "Jobs in the store", labels=("pipeline", "state")
        )
        for (pipeline, state), count in sorted(self._site.jobs.counts().items()):
            jobs.add_metric((pipeline, state), count)
        yield jobs
        held = "1 while the line needs the machine and no job is worked on"
        yield GaugeMetricFamily("inspectd_side_held", held, float(bool(self._admission.why)))
        yield CounterMetricFamily(
            "inspectd_side_held_seconds", "Time so held since the start", self._admission.held_s
        )


def exposition(site: Site, admission: Admission) -> bytes:
    """All figures in Prometheus' text format. StoreError."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(site, admission))
    return generate_latest(registry)
