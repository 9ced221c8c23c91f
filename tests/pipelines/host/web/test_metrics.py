from prometheus_client.parser import text_string_to_metric_families
from support.side import TakeIn, picture

from inspectd.pipelines.host.admission import Admission, Slack
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.web.metrics import exposition


def _figures(site: Site, admission: Admission) -> dict[tuple[str, ...], float]:
    return {
        (each.name, *each.labels.values()): each.value
        for family in text_string_to_metric_families(exposition(site, admission).decode())
        for each in family.samples
    }


def test_prometheus_reads_what_is_in_the_store(site: Site, take_in: TakeIn) -> None:
    clock = iter([10.0, 13.5])
    admission = Admission(lambda: Slack(0.1), 0.3, clock_s=lambda: next(clock))
    before = _figures(site, admission)
    assert before["inspectd_side_pictures",] == before["inspectd_side_held",] == 0
    site.ask([take_in()], "tint", {})
    site.pictures.refuse("letter.txt", "test", "it is no picture")
    admission.tight()
    admission.tight()
    found = _figures(site, admission)
    assert found["inspectd_side_pictures",] == 1
    assert found["inspectd_side_picture_bytes",] == len(picture())
    assert found["inspectd_side_jobs", "tint", "queued"] == 1
    assert (found["inspectd_side_arrivals",], found["inspectd_side_refused",]) == (2, 1)
    assert found["inspectd_side_held",] == 1
    assert found["inspectd_side_held_seconds_total",] == 3.5
    assert found["inspectd_side_disk_free_bytes",] > 0
