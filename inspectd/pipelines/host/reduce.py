"""Has pipelines say what all their pictures say together: only what is new is read again."""

from collections.abc import Iterator

from inspectd.infer.session import Session
from inspectd.pipelines.host.context import Hold, JobContext
from inspectd.pipelines.host.pipeline import Corpus, Found, Reduction
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.store.jobs import Work


def reduce_all(site: Site) -> list[tuple[Work, Reduction]]:
    """Every kind of work (pipeline, models, options) that has results. StoreError."""
    return [
        (work, reduce_work(site, work))
        for work in site.jobs.works()
        if work.provenance.pipeline in site.registry.pipelines
    ]


def reduce_work(site: Site, work: Work) -> Reduction:
    """One kind of work; the result is kept, and is the next one's beginning."""
    pipeline = site.registry.get(work.provenance.pipeline)
    options = site.options(work.provenance.pipeline, work.provenance.options)
    before = site.reductions.newest(work.key)
    done = site.results.done(work.key)
    known = before.pictures if before is not None else frozenset()
    # A picture whose result was made anew since is told as gone and as new.
    since_s = before.up_to_s if before is not None else float("-inf")
    fresh = {name for name, finished_s in done.items() if finished_s > since_s}
    gone = known - (done.keys() - fresh)
    if before is not None and not fresh and not gone:
        return before.reduction
    corpus = Corpus(
        new=_only(site.results.found(work.key, since_s), frozenset(fresh)),
        gone=frozenset(gone),
        previous=before.reduction if before is not None else None,
    )
    sessions: dict[str, Session] = {}

    def model(name: str) -> Session:
        if name not in sessions:
            sessions[name] = site.models.open(name, site.settings.workers.threads)
        return sessions[name]

    context = JobContext(model, lambda _key: None, lambda _done: True, Hold(site.hold_file))
    made = pipeline.reduce(corpus, options, context)
    up_to_s = max(done.values(), default=since_s)
    site.reductions.keep(work.provenance.pipeline, work.key, made, frozenset(done), up_to_s)
    return made


def _only(found: Iterator[Found], wanted: frozenset[str]) -> Iterator[Found]:
    """Those that were finished when the corpus was looked at; later ones come the next time."""
    return (each for each in found if each.sha256 in wanted)
