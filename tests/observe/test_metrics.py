import re
import socket
import urllib.request
from asyncio import to_thread
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from inspectd.core.camera import CameraCounters, CameraInfo
from inspectd.core.defect import DefectKind
from inspectd.core.errors import PublishError
from inspectd.core.messages import Beat
from inspectd.core.verdict import Decision, Reason, ReasonCode, Verdict
from inspectd.observe.metric_list import METRICS
from inspectd.observe.metrics import Metrics
from inspectd.observe.snapshot import (
    BrokerSnapshot,
    LineSnapshot,
    PlcSnapshot,
    StationSnapshot,
    VerificationSnapshot,
)
from inspectd.settings.metrics import MetricsSettings

MakeVerdict = Callable[..., Verdict]
MakeSnapshot = Callable[..., LineSnapshot]
S = 1_000_000_000


class Clock:
    now_ns = 5 * S

    def __call__(self) -> int:
        return self.now_ns


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def metrics(clock: Clock) -> Metrics:
    return Metrics(MetricsSettings(port=0), clock)


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return float(sample.value)
    return None


def make_beat(**changes: Any) -> Beat:
    counters = CameraCounters(
        frames=9, failed_buffers=1, timeouts=3, skipped=2, reconnects=4, repeated=1
    )
    fields: dict[str, Any] = {
        "acquire_age_ms": 20.0,
        "judge_age_ms": 40.0,
        "judging_since_ms": 15.0,
        "queue_depth": 2,
        "rss_bytes": 123_000_000,
        "counters": counters,
        "overflows": 5,
        "previews_skipped": 6,
    }
    return Beat(**{**fields, **changes})


def test_verdicts_are_counted_by_decision(metrics: Metrics, make_verdict: MakeVerdict) -> None:
    metrics.verdict(make_verdict(decision=Decision.FAIL), 0.02)
    metrics.verdict(make_verdict(decision=Decision.FAIL), 0.02)

    assert value(metrics, "inspectd_verdicts_total", decision="FAIL") == 2
    assert value(metrics, "inspectd_verdicts_total", decision="PASS") == 0


def test_defects_and_reasons_are_counted(metrics: Metrics, make_verdict: MakeVerdict) -> None:
    late = Reason(ReasonCode.DEADLINE_MISSED, "late")
    verdict = make_verdict()
    metrics.verdict(make_verdict(late=True, reasons=(*verdict.reasons, late)), 0.02)

    assert value(metrics, "inspectd_defects_total", kind="dent") == 1
    assert value(metrics, "inspectd_reasons_total", code="dent_too_wide") == 1
    assert value(metrics, "inspectd_reasons_total", code="deadline_missed") == 1
    assert value(metrics, "inspectd_late_verdicts_total") == 1


def test_every_decision_kind_and_code_starts_at_zero(metrics: Metrics) -> None:
    given = [d.name for d in Decision if d is not Decision.NONE]

    assert [value(metrics, "inspectd_verdicts_total", decision=name) for name in given] == [0] * 4
    assert all(value(metrics, "inspectd_defects_total", kind=kind) == 0 for kind in DefectKind)
    assert all(value(metrics, "inspectd_reasons_total", code=code) == 0 for code in ReasonCode)


def test_times_of_a_part_are_in_seconds(metrics: Metrics, make_verdict: MakeVerdict) -> None:
    metrics.verdict(make_verdict(vision_ms=12.5, stages_ms={"texture": 10.0}), 0.015)

    stage = value(metrics, "inspectd_stage_duration_seconds_sum", stage="texture")
    assert stage == pytest.approx(0.010)
    assert value(metrics, "inspectd_vision_seconds_sum") == pytest.approx(0.0125)
    assert value(metrics, "inspectd_frame_to_record_seconds_sum") == pytest.approx(0.015)
    assert value(metrics, "inspectd_overhead_seconds_sum") == pytest.approx(0.0025)


def test_a_part_without_a_frame_has_no_times(metrics: Metrics, make_verdict: MakeVerdict) -> None:
    metrics.verdict(make_verdict(decision=Decision.NO_VERDICT, received_ns=0, stages_ms={}), 0.0)

    assert value(metrics, "inspectd_frame_to_record_seconds_count") == 0
    assert value(metrics, "inspectd_verdicts_total", decision="NO_VERDICT") == 1


def test_triggers_and_commits_are_counted(metrics: Metrics) -> None:
    metrics.trigger()
    metrics.journal_commit(0.0007)

    assert value(metrics, "inspectd_triggers_total") == 1
    assert value(metrics, "inspectd_journal_commit_seconds_bucket", le="0.001") == 1


def test_a_station_s_totals_are_taken_over_and_may_start_again(metrics: Metrics) -> None:
    metrics.beat("cam1", make_beat())
    assert value(metrics, "inspectd_camera_frames_total", station="cam1") == 9
    assert value(metrics, "inspectd_station_queue_overflows_total", station="cam1") == 5

    metrics.beat("cam1", make_beat(counters=CameraCounters(frames=1)))
    assert value(metrics, "inspectd_camera_frames_total", station="cam1") == 1


def test_everything_that_a_station_says_of_itself_is_exported(metrics: Metrics) -> None:
    metrics.beat("cam1", make_beat())

    expected = {
        "inspectd_camera_frames_total": 9,
        "inspectd_camera_failed_buffers_total": 1,
        "inspectd_camera_timeouts_total": 3,
        "inspectd_camera_skipped_frames_total": 2,
        "inspectd_camera_reconnects_total": 4,
        "inspectd_camera_repeated_frames_total": 1,
        "inspectd_station_queue_overflows_total": 5,
        "inspectd_station_pictures_skipped_total": 6,
        "inspectd_station_queue_depth": 2,
        "inspectd_station_resident_memory_bytes": 123_000_000,
        "inspectd_station_acquire_heartbeat_age_seconds": 0.020,
        "inspectd_station_judge_heartbeat_age_seconds": 0.040,
        "inspectd_station_judging_seconds": 0.015,
    }
    assert {name: value(metrics, name, station="cam1") for name in expected} == expected


def test_what_page_and_log_let_go_is_exported(metrics: Metrics) -> None:
    metrics.page(clients=2, dropped=3)
    metrics.pictures_dropped(4)
    metrics.log_lines_lost(5)

    expected = {
        "inspectd_web_clients": 2,
        "inspectd_web_clients_dropped_total": 3,
        "inspectd_web_pictures_dropped_total": 4,
        "inspectd_log_lines_lost_total": 5,
    }
    assert {name: value(metrics, name) for name in expected} == expected


def test_a_heartbeat_s_age_goes_on_growing_when_no_more_beats_come(
    metrics: Metrics, clock: Clock
) -> None:
    metrics.beat("cam1", make_beat(judge_age_ms=40.0))
    clock.now_ns += 3 * S

    age = value(metrics, "inspectd_station_judge_heartbeat_age_seconds", station="cam1")
    assert age == pytest.approx(3.04)


def test_a_replaced_camera_leaves_no_old_series(metrics: Metrics) -> None:
    for serial in ("1", "2"):
        metrics.station_up("cam1", CameraInfo("ace", serial, "", False, ()))  # noqa: FBT003 - as the driver makes it

    assert value(metrics, "inspectd_station_up", station="cam1") == 1
    assert value(metrics, "inspectd_camera_info", serial="1") is None
    assert value(metrics, "inspectd_camera_info", serial="2", model="ace") == 1


def test_a_station_that_went_down_is_down(metrics: Metrics) -> None:
    metrics.station_up("cam1", CameraInfo("ace", "1", "", False, ()))  # noqa: FBT003 - as above
    metrics.station_down("cam1")

    assert value(metrics, "inspectd_station_up", station="cam1") == 0


def test_the_line_s_state_is_taken_over(metrics: Metrics, make_snapshot: MakeSnapshot) -> None:
    metrics.status(
        make_snapshot(
            ready=False,
            stations=(StationSnapshot("cam1", up=True, simulated=True, restarts=2),),
            plc=PlcSnapshot(
                connected=True,
                watchdog_tripped=True,
                missed=3,
                overruns=1,
                foreign_writes=7,
                connections=5,
                watchdog_trips=21,
                ack_mismatches=22,
                handshake_timeouts=23,
                connections_refused=24,
                idle_closed=25,
                malformed=26,
                tls_refused=27,
                role_refused=28,
                links_lost=29,
                read_back_failures=30,
            ),
            broker=BrokerSnapshot(connected=False, backlog=12, puback_age_s=4.0, errors=6),
        )
    )

    expected = {
        "inspectd_ready": 0,
        "inspectd_simulated": 1,
        "inspectd_journal_ok": 1,
        "inspectd_station_restarts_total": 2,
        "inspectd_plc_connected": 1,
        "inspectd_plc_watchdog_tripped": 1,
        "inspectd_plc_missed_triggers_total": 3,
        "inspectd_plc_results_overruns_total": 1,
        "inspectd_plc_foreign_writes_total": 7,
        "inspectd_plc_connections": 5,
        "inspectd_plc_watchdog_trips_total": 21,
        "inspectd_plc_ack_mismatches_total": 22,
        "inspectd_plc_handshake_timeouts_total": 23,
        "inspectd_plc_connections_refused_total": 24,
        "inspectd_plc_idle_closed_total": 25,
        "inspectd_plc_malformed_total": 26,
        "inspectd_plc_tls_refused_total": 27,
        "inspectd_plc_role_refused_total": 28,
        "inspectd_plc_links_lost_total": 29,
        "inspectd_plc_read_back_failures_total": 30,
        "inspectd_uptime_seconds": 3725,
        "inspectd_mqtt_connected": 0,
        "inspectd_outbox_backlog": 12,
        "inspectd_mqtt_puback_age_seconds": 4,
        "inspectd_mqtt_errors_total": 6,
    }
    assert {name: value(metrics, name) for name in expected} == expected


def test_before_the_first_puback_its_age_is_absent(
    metrics: Metrics, make_snapshot: MakeSnapshot
) -> None:
    metrics.status(make_snapshot())

    assert value(metrics, "inspectd_mqtt_puback_age_seconds") is None


def test_what_the_gate_measures_is_a_gauge_by_station_shot_and_measure(metrics: Metrics) -> None:
    metrics.picture("cam1", {"main/focus": 0.5, "side/light_ratio": 1.2})
    metrics.picture("cam1", {"main/focus": 0.6})

    name = "inspectd_picture_measure"
    assert value(metrics, name, station="cam1", shot="main", measure="focus") == 0.6
    assert value(metrics, name, station="cam1", shot="side", measure="light_ratio") == 1.2


def test_every_listed_metric_is_exported_and_nothing_else(
    metrics: Metrics, make_verdict: MakeVerdict, make_snapshot: MakeSnapshot
) -> None:
    metrics.verdict(make_verdict(), 0.02)
    metrics.beat("cam1", make_beat())
    metrics.station_up("cam1", CameraInfo("ace", "1", "", False, ()))  # noqa: FBT003 - as above
    verified = VerificationSnapshot("G1", 0, False, "", False, {"disc": 0.1}, {"disc": None})  # noqa: FBT003 - a record
    broker = BrokerSnapshot(connected=True, puback_age_s=0.1)
    metrics.status(make_snapshot(broker=broker, verification=verified))
    metrics.page(clients=1, dropped=0)
    metrics.pictures_dropped(0)
    metrics.log_lines_lost(0)
    metrics.picture("cam1", {"main/focus": 0.5})

    families = text_string_to_metric_families(metrics.text().decode())
    exported = {s.name for family in families for s in family.samples}
    families_of = {re.sub("_(count|sum|bucket)$", "", name) for name in exported}
    assert families_of == {metric.name for metric in METRICS}


async def test_prometheus_gets_the_text_over_http() -> None:
    metrics = Metrics(MetricsSettings(port=0))
    await metrics.start()

    def scrape() -> tuple[str, str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{metrics.port}/metrics") as answer:
            return answer.headers["Content-Type"], answer.read().decode()

    content_type, text = await to_thread(scrape)
    await metrics.stop()

    assert content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert "# TYPE inspectd_verdicts_total counter" in text


async def test_a_busy_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PublishError) as error:
            await Metrics(MetricsSettings(port=port)).start()

    assert str(error.value) == (
        f"metrics: cannot listen on 127.0.0.1:{port}: Address already in use; stop the program "
        "that has the port, or set another one under [metrics]"
    )
