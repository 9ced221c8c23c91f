"""Every metric as data: what is exported, and what `docs/reference/metrics.md` is made from.

Names follow prometheus.io/docs/practices/naming: base units, `_total` on counters.
"""

import sys
from dataclasses import dataclass
from typing import Literal

_MS = 1e-3
FAST_SECONDS = tuple(
    ms * _MS for ms in (0.2, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 50, 75, 100, 200, 500, 1000)
)
COMMIT_SECONDS = tuple(
    ms * _MS for ms in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000)
)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric family.

    `kind`: "total" is a counter whose truth another room keeps and that is copied here; it
    starts again at 0 when that room restarts, as Prometheus expects of a counter. "age" is a
    gauge of seconds that goes on growing between two reports; "info" is always 1, its labels
    after the first speak.
    """

    name: str
    kind: Literal["counter", "total", "gauge", "age", "info", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


METRICS: tuple[Metric, ...] = (
    Metric(
        "inspectd_triggers_total",
        "counter",
        "Parts announced by the PLC. Each gets one verdict; verdicts beyond these are of frames "
        "that nobody announced.",
    ),
    Metric(
        "inspectd_verdicts_total",
        "counter",
        "Parts answered, by decision. A rising share of NO_VERDICT means the line is blind.",
        ("decision",),
    ),
    Metric(
        "inspectd_late_verdicts_total",
        "counter",
        "Parts whose deadline passed before every view was judged, or the verdict stored. "
        "Never PASS.",
    ),
    Metric("inspectd_defects_total", "counter", "Defects reported, by kind.", ("kind",)),
    Metric(
        "inspectd_reasons_total",
        "counter",
        "Reasons given for parts that did not pass, by code. One part may have several.",
        ("code",),
    ),
    Metric(
        "inspectd_stage_duration_seconds",
        "histogram",
        "Time of one vision stage for one part.",
        ("stage",),
        FAST_SECONDS,
    ),
    Metric(
        "inspectd_vision_seconds",
        "histogram",
        "Time of judging one part, all stages together.",
        (),
        FAST_SECONDS,
    ),
    Metric(
        "inspectd_frame_to_record_seconds",
        "histogram",
        "From the last frame received to the record readable in the PLC's registers.",
        (),
        FAST_SECONDS,
    ),
    Metric(
        "inspectd_overhead_seconds",
        "histogram",
        "The same without the judging: queues, journal commit, register write.",
        (),
        FAST_SECONDS,
    ),
    Metric(
        "inspectd_ready",
        "gauge",
        "1 when the next part would be judged, 0 when it would be NO_VERDICT.",
    ),
    Metric(
        "inspectd_alarm_active",
        "gauge",
        "1 while the alarm's condition stands (docs/reference/alarms.md), shelved or not.",
        ("alarm", "priority"),
    ),
    Metric(
        "inspectd_alarms_unacknowledged",
        "gauge",
        "Alarms that nobody has acknowledged, shelved ones left out.",
    ),
    Metric(
        "inspectd_pass_withheld",
        "gauge",
        "1 when no part may pass: a calibration has expired or is of another camera, or a "
        "verification failed or is due.",
    ),
    Metric(
        "inspectd_verification_good",
        "gauge",
        "1 when the last verification with the gauge was good; 0 also without a gauge.",
    ),
    Metric(
        "inspectd_verification_alarm",
        "gauge",
        "1 when a verification failed and nobody has acknowledged it.",
    ),
    Metric(
        "inspectd_verification_bias",
        "gauge",
        "Mean minus certified size at the last verification, mm or mm²; NaN: not found.",
        ("feature",),
    ),
    Metric(
        "inspectd_verification_spread",
        "gauge",
        "Standard deviation at the last verification, mm or mm²; NaN: not found.",
        ("feature",),
    ),
    Metric("inspectd_simulated", "gauge", "1 when any picture comes from no real camera."),
    Metric("inspectd_uptime_seconds", "gauge", "Time since the service started."),
    Metric(
        "inspectd_build_info",
        "gauge",
        "Always 1; the labels say what runs.",
        ("version", "python_version"),
    ),
    Metric(
        "inspectd_station_up",
        "gauge",
        "1 when the station's camera is open and its vision warm.",
        ("station",),
    ),
    Metric(
        "inspectd_station_restarts_total",
        "total",
        "Times the station's process was started again after it died or hung.",
        ("station",),
    ),
    Metric(
        "inspectd_station_queue_depth",
        "gauge",
        "Views waiting to be judged.",
        ("station",),
    ),
    Metric(
        "inspectd_station_queue_overflows_total",
        "total",
        "Views answered NO_VERDICT because the queue was full.",
        ("station",),
    ),
    Metric(
        "inspectd_station_pictures_skipped_total",
        "total",
        "Pictures for the page not drawn or not sent, because parts were waiting.",
        ("station",),
    ),
    Metric(
        "inspectd_station_acquire_heartbeat_age_seconds",
        "age",
        "Time since the acquisition loop's last turn. Over 1 s: camera or driver hangs.",
        ("station",),
    ),
    Metric(
        "inspectd_station_judge_heartbeat_age_seconds",
        "age",
        "Time since the judging loop's last turn. Over 1 s: vision hangs.",
        ("station",),
    ),
    Metric(
        "inspectd_station_judging_seconds",
        "gauge",
        "How long the running judgement had taken at the last heartbeat; 0 when idle.",
        ("station",),
    ),
    Metric(
        "inspectd_station_resident_memory_bytes",
        "gauge",
        "Resident memory of the station's process.",
        ("station",),
    ),
    Metric(
        "inspectd_picture_measure",
        "gauge",
        "What the picture gate measured of the last picture: shares (saturated_fraction, "
        "dark_fraction, mean_level), sharpness (focus, edge_contrast), structure, and against the "
        "reference light_ratio, light_gradient, registration_score, likeness, holes_unlike, "
        "angle_deg and visible_share.",
        ("station", "shot", "measure"),
    ),
    Metric(
        "inspectd_camera_info",
        "info",
        "Always 1; the labels say which camera the station has open.",
        ("station", "model", "serial"),
    ),
    Metric("inspectd_camera_frames_total", "total", "Whole pictures received.", ("station",)),
    Metric(
        "inspectd_camera_failed_buffers_total",
        "total",
        "Incomplete pictures. Rising: look at cable, switch, packet size.",
        ("station",),
    ),
    Metric(
        "inspectd_camera_timeouts_total",
        "total",
        "Waits that ended without a picture; normal under hardware trigger.",
        ("station",),
    ),
    Metric(
        "inspectd_camera_skipped_frames_total",
        "total",
        "Pictures that the device or driver says it lost.",
        ("station",),
    ),
    Metric(
        "inspectd_camera_repeated_frames_total",
        "total",
        "Pictures that came a second time, and were not judged. Rising: restart the camera.",
        ("station",),
    ),
    Metric(
        "inspectd_camera_reconnects_total",
        "total",
        "Times the camera was opened again after it had gone.",
        ("station",),
    ),
    Metric("inspectd_journal_ok", "gauge", "1 when verdicts can be committed."),
    Metric(
        "inspectd_journal_commit_seconds",
        "histogram",
        "Time until one verdict was durable on disk.",
        (),
        COMMIT_SECONDS,
    ),
    Metric("inspectd_outbox_backlog", "gauge", "Verdicts that the broker has not acknowledged."),
    Metric("inspectd_mqtt_connected", "gauge", "1 when connected to the broker."),
    Metric(
        "inspectd_mqtt_puback_age_seconds",
        "age",
        "Time since the broker's last PUBACK; absent before the first.",
    ),
    Metric(
        "inspectd_journal_dropped_total",
        "total",
        "Delivered verdicts deleted before their time because the journal was too large.",
    ),
    Metric(
        "inspectd_journal_outlines_dropped_total",
        "total",
        "Waiting verdicts that lost the outlines of their defects because the journal was too "
        "large. Verdicts themselves are never dropped.",
    ),
    Metric("inspectd_mqtt_errors_total", "total", "Failed publishes and guarded callbacks."),
    Metric("inspectd_plc_connected", "gauge", "1 when a PLC that writes is connected."),
    Metric("inspectd_plc_watchdog_tripped", "gauge", "1 when the PLC's heartbeat has been silent."),
    Metric("inspectd_plc_connections", "gauge", "Open Modbus connections, readers included."),
    Metric(
        "inspectd_plc_missed_triggers_total",
        "total",
        "Triggers that came while not ready; answered NO_VERDICT.",
    ),
    Metric(
        "inspectd_plc_results_overruns_total",
        "total",
        "Results that found no free slot because the PLC did not acknowledge.",
    ),
    Metric(
        "inspectd_plc_foreign_writes_total",
        "total",
        "Writes refused because another client owns the control registers.",
    ),
    Metric("inspectd_plc_watchdog_trips_total", "total", "Times that the PLC's heartbeat stopped."),
    Metric(
        "inspectd_plc_ack_mismatches_total",
        "total",
        "Acknowledgements of a sequence that was not shown; refused.",
    ),
    Metric(
        "inspectd_plc_handshake_timeouts_total",
        "total",
        "Handshake bits that the PLC held longer than it may.",
    ),
    Metric(
        "inspectd_plc_connections_refused_total",
        "total",
        "Modbus connections beyond plc.max_connections; closed at once.",
    ),
    Metric(
        "inspectd_plc_idle_closed_total",
        "total",
        "Modbus connections closed because nothing came for too long.",
    ),
    Metric(
        "inspectd_plc_malformed_total",
        "total",
        "Modbus requests that were none; the connection was closed.",
    ),
    Metric(
        "inspectd_plc_tls_refused_total",
        "total",
        "Modbus clients whose TLS connection failed: no certificate, a wrong or an expired one.",
    ),
    Metric(
        "inspectd_plc_role_refused_total",
        "total",
        "Modbus writes refused for the role in the client's certificate.",
    ),
    Metric(
        "inspectd_plc_links_lost_total",
        "total",
        "Times that the PLC that is itself the server, or the serial line, was lost.",
    ),
    Metric(
        "inspectd_plc_read_back_failures_total",
        "total",
        "Blocks that did not read back from the PLC as they were written.",
    ),
    Metric("inspectd_web_clients", "gauge", "Browsers that follow the line now."),
    Metric(
        "inspectd_web_clients_dropped_total",
        "total",
        "Browsers cut off because they did not keep up; they reconnect by themselves.",
    ),
    Metric(
        "inspectd_web_pictures_dropped_total",
        "total",
        "Pictures not shown: too large, of no part shown, or too many for the page's memory.",
    ),
    Metric(
        "inspectd_log_lines_lost_total",
        "total",
        "Log lines dropped because nobody read the log fast enough.",
    ),
)

_DOCUMENTED_KIND = {"total": "counter", "age": "gauge", "info": "gauge"}


def metrics_page() -> str:
    """`docs/reference/metrics.md`: the list as Markdown."""
    lines = [
        "# Metrics",
        "",
        "Served for Prometheus at `http://HOST:9464/metrics` (`[metrics]` in the settings).",
        "Made by `python -m inspectd.observe.metric_list`; edit `inspectd/observe/metric_list.py`.",
        "",
        "| metric | type | labels | meaning |",
        "| --- | --- | --- | --- |",
    ]
    for metric in METRICS:
        kind = _DOCUMENTED_KIND.get(metric.kind, metric.kind)
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{metric.name}` | {kind} | {labels} | {metric.help} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(metrics_page())
