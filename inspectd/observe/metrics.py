"""What Prometheus sees. All calls come from the supervisor's loop; none blocks."""

import math
import platform
import time
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.core import Metric as MetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inspectd import __version__
from inspectd.core.alarm_table import ALARMS
from inspectd.core.alarms import AlarmState
from inspectd.core.camera import CameraInfo
from inspectd.core.defect import DefectKind
from inspectd.core.messages import Beat
from inspectd.core.verdict import Decision, ReasonCode, Verdict
from inspectd.observe.http import HttpServer, join_politely
from inspectd.observe.metric_list import METRICS, Metric
from inspectd.observe.snapshot import AlarmSnapshot, LineSnapshot, VerificationSnapshot
from inspectd.settings.metrics import MetricsSettings

_MAX_CONNECTIONS = 8
_NS_PER_S = 1e9
_ACTIVE = (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED)
_MS_PER_S = 1e3


class Metrics:
    """The service's metrics on a registry and a port of their own.

    Order: `start` (PublishError where the port is busy), then anything, then `stop`. The calls
    between may also come before `start`. `clock_ns` is CLOCK_MONOTONIC.
    """

    def __init__(
        self, settings: MetricsSettings, clock_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._registry = CollectorRegistry()
        self._clock_ns = clock_ns
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        self._reported: dict[str, _Reported] = {}
        for metric in METRICS:
            self._make(metric)
        self._start_at_zero()
        app = Starlette(routes=[Route("/metrics", self._answer, methods=["GET"])])
        self._server = HttpServer(app, settings.host, settings.port, "metrics", _MAX_CONNECTIONS)

    @property
    def port(self) -> int:
        """The port in use once started."""
        return self._server.port

    async def start(self) -> None:
        """Listen for Prometheus. PublishError where the port is busy."""
        await self._server.start()

    async def stop(self) -> None:
        """Close the port."""
        await self._server.stop()

    def text(self) -> bytes:
        """All metrics in Prometheus' text format 0.0.4."""
        return b"".join(self._families())

    def trigger(self) -> None:
        """Count one part announced by the PLC."""
        self._counters["inspectd_triggers_total"].inc()

    def verdict(self, verdict: Verdict, latency_s: float) -> None:
        """Count one verdict; `latency_s` from its last frame to the PLC record, where one came."""
        self._counters["inspectd_verdicts_total"].labels(verdict.decision.name).inc()
        if verdict.late:
            self._counters["inspectd_late_verdicts_total"].inc()
        for defect in verdict.defects:
            self._counters["inspectd_defects_total"].labels(defect.kind).inc()
        for reason in verdict.reasons:
            self._counters["inspectd_reasons_total"].labels(reason.code).inc()
        for stage, stage_ms in verdict.stages_ms.items():
            stages = self._histograms["inspectd_stage_duration_seconds"]
            stages.labels(stage).observe(stage_ms / _MS_PER_S)
        if verdict.received_ns:
            vision_s = verdict.vision_ms / _MS_PER_S
            self._histograms["inspectd_vision_seconds"].observe(vision_s)
            self._histograms["inspectd_frame_to_record_seconds"].observe(latency_s)
            overhead = max(0.0, latency_s - vision_s)
            self._histograms["inspectd_overhead_seconds"].observe(overhead)

    def station_up(self, station: str, camera: CameraInfo) -> None:
        """Note that a station's triggers are answered, and by which camera."""
        self._gauge("inspectd_station_up", 1, station)
        self._reported["inspectd_camera_info"].forget(station)
        self._report("inspectd_camera_info", 1, station, camera.model, camera.serial)

    def station_down(self, station: str) -> None:
        """Note that a station's triggers are not answered."""
        self._gauge("inspectd_station_up", 0, station)

    def beat(self, station: str, beat: Beat) -> None:
        """Take over what a station said of itself."""
        counters = beat.counters
        self._report("inspectd_station_queue_overflows_total", beat.overflows, station)
        self._report("inspectd_station_pictures_skipped_total", beat.previews_skipped, station)
        self._report("inspectd_camera_frames_total", counters.frames, station)
        self._report("inspectd_camera_failed_buffers_total", counters.failed_buffers, station)
        self._report("inspectd_camera_timeouts_total", counters.timeouts, station)
        self._report("inspectd_camera_skipped_frames_total", counters.skipped, station)
        self._report("inspectd_camera_repeated_frames_total", counters.repeated, station)
        self._report("inspectd_camera_reconnects_total", counters.reconnects, station)
        acquire, judge = beat.acquire_age_ms / _MS_PER_S, beat.judge_age_ms / _MS_PER_S
        self._report("inspectd_station_acquire_heartbeat_age_seconds", acquire, station)
        self._report("inspectd_station_judge_heartbeat_age_seconds", judge, station)
        judging = beat.judging_since_ms / _MS_PER_S
        self._gauge("inspectd_station_judging_seconds", judging, station)
        self._gauge("inspectd_station_queue_depth", beat.queue_depth, station)
        self._gauge("inspectd_station_resident_memory_bytes", beat.rss_bytes, station)

    def picture(self, station: str, measures: dict[str, float]) -> None:
        """Take over what the picture gate measured of one view, by `shot/measure`."""
        for name, value in measures.items():
            shot, _, measure = name.partition("/")
            self._gauge("inspectd_picture_measure", value, station, shot, measure)

    def journal_commit(self, seconds: float) -> None:
        """One verdict became durable, `seconds` after it was handed to the journal."""
        self._histograms["inspectd_journal_commit_seconds"].observe(seconds)

    def status(self, line: LineSnapshot) -> None:
        """Take over the line's state; called with every new snapshot."""
        self._gauge("inspectd_ready", line.ready)
        self._gauge("inspectd_simulated", line.simulated)
        self._gauge("inspectd_uptime_seconds", line.uptime_s)
        self._gauge("inspectd_pass_withheld", bool(line.withheld))
        if line.verification is not None:
            self._verified(line.verification)
        self._alarms(line.alarms)
        self._gauge("inspectd_journal_ok", line.journal.ok)
        self._report("inspectd_journal_dropped_total", line.journal.dropped)
        self._report("inspectd_journal_outlines_dropped_total", line.journal.outlines_dropped)
        for station in line.stations:
            self._report("inspectd_station_restarts_total", station.restarts, station.name)
        self._gauge("inspectd_mqtt_connected", line.broker.connected)
        self._gauge("inspectd_outbox_backlog", line.broker.backlog)
        self._report("inspectd_mqtt_errors_total", line.broker.errors)
        if line.broker.puback_age_s is not None:
            self._report("inspectd_mqtt_puback_age_seconds", line.broker.puback_age_s)
        self._gauge("inspectd_plc_connected", line.plc.connected)
        self._gauge("inspectd_plc_watchdog_tripped", line.plc.watchdog_tripped)
        self._gauge("inspectd_plc_connections", line.plc.connections)
        self._report("inspectd_plc_missed_triggers_total", line.plc.missed)
        self._report("inspectd_plc_results_overruns_total", line.plc.overruns)
        self._report("inspectd_plc_foreign_writes_total", line.plc.foreign_writes)
        self._report("inspectd_plc_watchdog_trips_total", line.plc.watchdog_trips)
        self._report("inspectd_plc_ack_mismatches_total", line.plc.ack_mismatches)
        self._report("inspectd_plc_handshake_timeouts_total", line.plc.handshake_timeouts)
        self._report("inspectd_plc_connections_refused_total", line.plc.connections_refused)
        self._report("inspectd_plc_idle_closed_total", line.plc.idle_closed)
        self._report("inspectd_plc_malformed_total", line.plc.malformed)
        self._report("inspectd_plc_tls_refused_total", line.plc.tls_refused)
        self._report("inspectd_plc_role_refused_total", line.plc.role_refused)
        self._report("inspectd_plc_links_lost_total", line.plc.links_lost)
        self._report("inspectd_plc_read_back_failures_total", line.plc.read_back_failures)

    def _alarms(self, alarms: tuple[AlarmSnapshot, ...]) -> None:
        active = {alarm.id for alarm in alarms if alarm.state in _ACTIVE}
        for alarm in ALARMS:
            self._gauge("inspectd_alarm_active", alarm.id in active, alarm.id, alarm.priority.value)
        waiting = [a for a in alarms if a.shelved_s is None and "unacknowledged" in a.state]
        self._gauge("inspectd_alarms_unacknowledged", len(waiting))

    def _verified(self, found: VerificationSnapshot) -> None:
        self._gauge("inspectd_verification_good", found.good)
        self._gauge("inspectd_verification_alarm", found.alarm)
        for name, sizes in (("bias", found.bias), ("spread", found.spread)):
            for feature, size in sizes.items():
                value = math.nan if size is None else size
                self._gauge(f"inspectd_verification_{name}", value, feature)

    def page(self, clients: int, dropped: int) -> None:
        """Browsers following the line now, and those cut off since start."""
        self._gauge("inspectd_web_clients", clients)
        self._report("inspectd_web_clients_dropped_total", dropped)

    def pictures_dropped(self, dropped: int) -> None:
        """Pictures that the page did not keep, since start."""
        self._report("inspectd_web_pictures_dropped_total", dropped)

    def log_lines_lost(self, lost: int) -> None:
        """Log lines dropped since start."""
        self._report("inspectd_log_lines_lost_total", lost)

    async def _answer(self, _request: Request) -> Response:
        text = await join_politely(b"", self._families())
        return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    def _families(self) -> Iterator[bytes]:
        for family in self._registry.collect():
            # The text format has no place for creation times: each would be a gauge of its own.
            family.samples = [s for s in family.samples if not s.name.endswith("_created")]
            one = CollectorRegistry()
            one.register(_Once(family))
            yield generate_latest(one)

    def _make(self, metric: Metric) -> None:
        name, text, labels = metric.name, metric.help, metric.labels
        match metric.kind:
            case "counter":
                self._counters[name] = Counter(name, text, labels, registry=self._registry)
            case "gauge":
                self._gauges[name] = Gauge(name, text, labels, registry=self._registry)
            case "histogram":
                self._histograms[name] = Histogram(
                    name, text, labels, registry=self._registry, buckets=metric.buckets
                )
            case "total" | "age" | "info":
                self._reported[name] = _Reported(metric, self._clock_ns)
                self._registry.register(self._reported[name])

    def _start_at_zero(self) -> None:
        # A series that appears with its first event hides that event from rate().
        for decision in Decision:
            if decision is not Decision.NONE:
                self._counters["inspectd_verdicts_total"].labels(decision.name)
        for kind in DefectKind:
            self._counters["inspectd_defects_total"].labels(kind)
        for code in ReasonCode:
            self._counters["inspectd_reasons_total"].labels(code)
        self._gauge("inspectd_build_info", 1, __version__, platform.python_version())

    def _gauge(self, name: str, value: float, *labels: str) -> None:
        gauge = self._gauges[name]
        (gauge.labels(*labels) if labels else gauge).set(value)

    def _report(self, name: str, value: float, *labels: str) -> None:
        self._reported[name].set(labels, value)


class _Once(Collector):
    """One family that has been collected already."""

    def __init__(self, family: MetricFamily) -> None:
        self._family = family

    def collect(self) -> Iterator[MetricFamily]:
        yield self._family


class _Reported(Collector):
    """A family whose values other rooms report: totals kept elsewhere, and ages."""

    def __init__(self, metric: Metric, clock_ns: Callable[[], int]) -> None:
        self._metric = metric
        self._clock_ns = clock_ns
        self._values: dict[tuple[str, ...], tuple[float, int]] = {}

    def set(self, labels: tuple[str, ...], value: float) -> None:
        self._values[labels] = (value, self._clock_ns())

    def forget(self, first_label: str) -> None:
        self._values = {k: v for k, v in self._values.items() if k[0] != first_label}

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        metric = self._metric
        if metric.kind == "total":
            family: CounterMetricFamily | GaugeMetricFamily = CounterMetricFamily(
                metric.name, metric.help, labels=metric.labels
            )
        else:
            family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
        now_ns = self._clock_ns()
        for labels, (value, reported_ns) in self._values.items():
            since_s = (now_ns - reported_ns) / _NS_PER_S if metric.kind == "age" else 0.0
            family.add_metric(labels, value + since_s)
        yield family
