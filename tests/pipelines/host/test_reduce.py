from support.side import TakeIn

from inspectd.pipelines.host.reduce import reduce_all
from inspectd.pipelines.host.retention import tidy
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.worker import Worker


def _work(site: Site) -> None:
    worker = Worker(site, "test", lambda _what, _job: None)
    while worker.next():
        pass


def test_a_reduction_begins_where_the_last_one_ended(site: Site, take_in: TakeIn) -> None:
    red, green = take_in(), take_in("g.png", (10, 200, 10))
    site.ask([red, green], "tint", {})
    _work(site)
    ((_, first),) = reduce_all(site)
    assert {group.label: group.members for group in first.groups} == {
        "colour/green": (green,),
        "colour/red": (red,),
    }
    other = take_in("r2.png", (180, 5, 5))
    site.ask([other], "tint", {})
    _work(site)
    ((_, second),) = reduce_all(site)
    assert second.state == b"2"
    members = {group.label: group.members for group in second.groups}
    assert members["colour/red"] == tuple(sorted((red, other)))


def test_removed_pictures_leave_their_groups(site: Site, take_in: TakeIn) -> None:
    red = take_in()
    site.ask([red], "tint", {})
    _work(site)
    reduce_all(site)
    site.pictures.remove([red])
    green = take_in("g.png", (10, 200, 10))
    site.ask([green], "tint", {})
    _work(site)
    ((_, made),) = reduce_all(site)
    groups = made.groups
    assert [name for group in groups for name in group.members] == [green]


def test_a_picture_done_anew_is_in_one_group_once(site: Site, take_in: TakeIn) -> None:
    red = take_in()
    site.ask([red], "tint", {})
    _work(site)
    reduce_all(site)
    site.ask([red], "tint", {}, again="all")
    _work(site)
    ((_, made),) = reduce_all(site)
    (group,) = made.groups
    assert group.members == (red,)


def test_what_is_too_old_goes_with_all_that_was_found_in_it(site: Site, take_in: TakeIn) -> None:
    old = take_in()
    site.ask([old], "tint", {})
    _work(site)
    waits = take_in("waits.png", (10, 10, 200))
    site.ask([waits], "tint", {})
    store = site.settings.store.model_copy(update={"retention_days": 1.0})
    site.settings = site.settings.model_copy(update={"store": store})
    assert tidy(site, now_s=0.0) == 0
    assert tidy(site, now_s=4e9) == 1
    assert site.pictures.get(old) is None
    assert site.pictures.get(waits) is not None
    assert list(site.blobs.names()) == [waits]
    assert site.jobs.of([old]) == []


def test_the_oldest_make_room_for_the_newest(site: Site, take_in: TakeIn) -> None:
    names = [take_in(f"{place}.png", (place, 200, 10)) for place in range(4)]
    size = site.pictures.total_bytes() // 4
    store = site.settings.store.model_copy(update={"max_gb": 2.5 * size / 1e9})
    site.settings = site.settings.model_copy(update={"store": store})
    assert tidy(site) >= 2
    assert site.pictures.get(names[0]) is None
    assert site.pictures.total_bytes() <= 2.5 * size
