import pytest
from support.side import MakeSettings, TakeIn

from inspectd.pipelines.host.result import Finding, Provenance, Result
from inspectd.pipelines.host.site import Site

DONE = Result((Finding(kind="tint", label="colour/red", score=0.5),))


@pytest.fixture
def wanted(site: Site) -> Provenance:
    return site.provenance("tint", {})


def test_a_picture_has_one_job_however_often_it_is_asked_for(
    site: Site, take_in: TakeIn, wanted: Provenance
) -> None:
    name = take_in()
    (number,) = site.jobs.ask([name, name], wanted)
    assert site.jobs.ask([name], wanted) == []
    assert site.jobs.claim(number, "w", 60) is not None
    assert site.jobs.ask([name], wanted) == []
    site.results.finish(number, "w", DONE)
    assert site.jobs.ask([name], wanted) == []
    assert len(site.jobs.of([name])) == 1


def test_other_options_are_other_work(site: Site, take_in: TakeIn, wanted: Provenance) -> None:
    name = take_in()
    first = site.jobs.ask([name], wanted)
    second = site.jobs.ask([name], site.provenance("tint", {"threshold": 0.9}))
    assert first != second


def test_only_one_worker_gets_a_job(site: Site, take_in: TakeIn, wanted: Provenance) -> None:
    (number,) = site.jobs.ask([take_in()], wanted)
    assert site.jobs.claim(number, "a", 60) is not None
    assert site.jobs.claim(number, "b", 60) is None


def test_the_end_counts_only_for_whoever_holds_the_job(
    site: Site, take_in: TakeIn, wanted: Provenance
) -> None:
    (number,) = site.jobs.ask([take_in()], wanted)
    site.jobs.claim(number, "a", 60)
    assert not site.results.finish(number, "b", DONE)
    assert site.jobs.fail(number, "b", "no", 1) is None
    assert site.results.of_jobs([number]) == {}
    assert site.results.finish(number, "a", DONE)
    assert not site.results.finish(number, "a", DONE)
    assert site.results.of_jobs([number])[number].findings == DONE.findings


def test_a_job_is_tried_as_often_as_the_settings_say(
    site: Site, take_in: TakeIn, wanted: Provenance
) -> None:
    (number,) = site.jobs.ask([take_in()], wanted)
    ends = []
    for _ in range(3):
        site.jobs.claim(number, "w", 60)
        ends.append(site.jobs.fail(number, "w", "why", 3))
    assert ends == ["queued", "queued", "failed"]
    (job,) = site.jobs.get([number])
    assert (job.state, job.error, job.attempts) == ("failed", "why", 3)


@pytest.mark.parametrize(
    ("again", "redone"), [("missing", set()), ("failed", {"bad"}), ("all", {"bad", "good"})]
)
def test_a_re_run_takes_what_it_says(
    site: Site, take_in: TakeIn, wanted: Provenance, again: str, redone: set[str]
) -> None:
    names = {"good": take_in(), "bad": take_in("bad.png", (10, 200, 10))}
    good, bad = (site.jobs.ask([names[which]], wanted)[0] for which in ("good", "bad"))
    for number in (good, bad):
        site.jobs.claim(number, "w", 60)
    site.results.finish(good, "w", DONE)
    site.jobs.fail(bad, "w", "why", 1)
    asked = site.jobs.ask(names.values(), wanted, again=again)
    assert set(asked) == {{"good": good, "bad": bad}[which] for which in redone}


def test_a_result_made_anew_takes_the_old_ones_place(
    site: Site, take_in: TakeIn, wanted: Provenance
) -> None:
    (number,) = site.jobs.ask([name := take_in()], wanted)
    for label in ("old", "new"):
        site.jobs.ask([name], wanted, again="all")
        site.jobs.claim(number, "w", 60)
        site.results.finish(number, "w", Result((Finding(kind="t", label=label, score=1),)))
    assert [f.label for f in site.results.of_jobs([number])[number].findings] == ["new"]


def test_a_dead_workers_jobs_wait_again(site: Site, take_in: TakeIn, wanted: Provenance) -> None:
    (number,) = site.jobs.ask([take_in()], wanted)
    site.jobs.claim(number, "host/1.1", 60)
    assert site.jobs.orphans("host") == ["host/1.1"]
    assert site.jobs.orphans("other") == []
    assert site.jobs.lose("host/1.1", "dead", 3) == [number]
    assert site.jobs.queued() == [number]


def test_a_lease_that_ran_out_makes_an_orphan_on_any_host(
    site: Site, take_in: TakeIn, wanted: Provenance
) -> None:
    (number,) = site.jobs.ask([take_in()], wanted)
    site.jobs.claim(number, "far/1.1", -1)
    assert site.jobs.orphans("here") == ["far/1.1"]
    site.jobs.extend(["far/1.1"], 60)
    assert site.jobs.orphans("here") == []


def test_a_cancelled_job_has_no_result(site: Site, take_in: TakeIn, wanted: Provenance) -> None:
    (number,) = site.jobs.ask([take_in()], wanted)
    site.jobs.claim(number, "w", 60)
    assert site.jobs.cancel([number]) == 1
    assert not site.jobs.report(number, "w", 0.5)
    assert not site.results.finish(number, "w", DONE)


def test_the_most_urgent_is_taken_first(site: Site, take_in: TakeIn) -> None:
    first, second = take_in("a.png", (10, 10, 200)), take_in("b.png", (10, 200, 10))
    site.ask([first], "tint", {})
    (urgent,) = site.ask([second], "tint", {}, priority=5).queued
    assert site.queue.take() == urgent
    assert site.jobs.queued()[0] == urgent


def test_thousands_of_pictures_are_asked_for_at_once(make_settings: MakeSettings) -> None:
    with Site(make_settings()) as site:
        assert site.jobs.ask((), site.provenance("tint", {})) == []
