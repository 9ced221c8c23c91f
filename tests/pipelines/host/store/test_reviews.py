import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.side import TakeIn

from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.result import Finding, Provenance, Result
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.store.reviews import draw

_STRATA = st.dictionaries(
    st.text(min_size=1, max_size=5),
    st.lists(st.integers(0, 10_000), min_size=1, max_size=60, unique=True),
    max_size=6,
)


@given(_STRATA, st.floats(0.01, 1), st.integers(0, 2**31))
def test_every_stratum_gives_its_share_and_one_at_least(
    strata: dict[str, list[int]], share: float, seed: int
) -> None:
    offset = {name: [n + 100_000 * i for n in m] for i, (name, m) in enumerate(strata.items())}
    chosen = draw(offset, share, seed)
    for name, members in offset.items():
        picked = [number for number, stratum in chosen.items() if stratum == name]
        assert set(picked) <= set(members)
        assert len(picked) >= max(1, share * len(members) - 1e-6)


@given(_STRATA, st.integers(0, 2**31))
def test_the_same_seed_draws_the_same_and_other_strata_do_not_matter(
    strata: dict[str, list[int]], seed: int
) -> None:
    offset = {name: [n + 100_000 * i for n in m] for i, (name, m) in enumerate(strata.items())}
    whole = draw(offset, 0.3, seed)
    for name, members in offset.items():
        alone = draw({name: list(reversed(members))}, 0.3, seed)
        assert alone == {number: s for number, s in whole.items() if s == name}


@pytest.fixture
def work(site: Site, take_in: TakeIn) -> Provenance:
    wanted = site.provenance("tint", {})
    for place in range(12):
        (number,) = site.jobs.ask([take_in(f"{place}.png", (place, 100, 50))], wanted)
        site.jobs.claim(number, "w", 60)
        label = "rare" if place == 0 else "common"
        found = () if place == 1 else (Finding(kind="t", label=label, score=0.9),)
        site.results.finish(number, "w", Result(found))
    return wanted


def test_a_sample_asks_about_rare_labels_and_pictures_without_any(
    site: Site, work: Provenance
) -> None:
    assert site.reviews.sample(work.key, "check", 0.05, 1) == 3
    assert site.reviews.sample(work.key, "check", 0.05, 1) == 0
    strata = {review.stratum for review in site.reviews.waiting(10)}
    assert strata == {"rare", "common", "nothing found"}


def test_answers_become_labels(site: Site, work: Provenance) -> None:
    site.reviews.sample(work.key, "check", 1.0, 1)
    first, second, *_ = site.reviews.waiting(20)
    assert site.reviews.answer({first.id: None, second.id: "other", 999: "x"}, "Ann") == 2
    labels = site.reviews.labels("tint")
    assert labels == {first.sha256: first.proposed, second.sha256: "other"}
    assert len(site.reviews.waiting(20)) == 10
    site.reviews.label({first.sha256: "changed"}, "tint", "table")
    assert site.reviews.labels("tint")[first.sha256] == "changed"


def test_a_share_of_nothing_is_refused(site: Site, work: Provenance) -> None:
    with pytest.raises(ConfigurationError, match="share 0: allowed"):
        site.reviews.sample(work.key, "check", 0, 1)
