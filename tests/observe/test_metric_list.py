import re
from pathlib import Path

import pytest

from inspectd.observe.metric_list import METRICS, Metric, metrics_page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"
BASE_UNITS = ("_seconds", "_bytes")

every_metric = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)


@every_metric
def test_a_name_is_ours_and_in_prometheus_form(metric: Metric) -> None:
    assert re.fullmatch(r"inspectd(_[a-z0-9]+)+", metric.name)
    assert not re.search(r"_(ms|us|milliseconds|mb)(_|$)", metric.name)


@every_metric
def test_counters_and_nothing_else_end_in_total(metric: Metric) -> None:
    assert metric.name.endswith("_total") == (metric.kind in {"counter", "total"})


@every_metric
def test_times_are_in_seconds(metric: Metric) -> None:
    if metric.kind in {"age", "histogram"}:
        assert metric.name.endswith("_seconds")


@every_metric
def test_a_metric_says_what_it_means_to_an_operator(metric: Metric) -> None:
    assert metric.help.endswith(".")
    assert len(metric.help) > 20


@every_metric
def test_histograms_and_only_they_have_rising_buckets(metric: Metric) -> None:
    assert list(metric.buckets) == sorted(set(metric.buckets))
    assert bool(metric.buckets) == (metric.kind == "histogram")


def test_names_are_unique() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)


def test_the_documented_list_is_current() -> None:
    remedy = "python -m inspectd.observe.metric_list > docs/reference/metrics.md"
    assert PAGE.read_text(encoding="utf-8") == metrics_page(), f"make it anew: {remedy}"
