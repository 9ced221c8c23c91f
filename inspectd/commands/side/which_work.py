"""Which of a pipeline's kinds of work (models, options) a command speaks of."""

import json
from collections.abc import Iterable

from inspectd.commands.side.open_site import read_pairs
from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.store.jobs import Work


def find_work(site: Site, pipeline: str, pairs: Iterable[str]) -> Work:
    """The work that `submit` with the same options asks for; without any, the only one there is.

    Never simply the newest: one picture that was looked at otherwise must not stand for all.
    ConfigurationError naming those that there are.
    """
    site.registry.get(pipeline)
    works = [work for work in site.jobs.works() if work.provenance.pipeline == pipeline]
    if not works:
        msg = f"{pipeline}: no picture has a result yet; submit some first"
        raise ConfigurationError(msg)
    given = read_pairs(pairs)
    if not given and len(works) == 1:
        return works[0]
    options = site.options(pipeline, given).model_dump(mode="json")
    # Of the same options with models that were replaced since, the newest.
    same = [work for work in works if work.provenance.options == options]
    if same:
        return same[-1]
    there = "; ".join(
        f"{_asked(site, work)} ({len(site.results.done(work.key))})" for work in works
    )
    msg = f"{pipeline}: no picture has a result with these options; say -o for one of: {there}"
    raise ConfigurationError(msg)


def told_of(work: Work) -> str:
    """One line: pipeline, models, options."""
    made = work.provenance
    models = ", ".join(f"{m.name} {m.version} {m.sha256[:8]}" for m in made.models)
    options = ", ".join(f"{name}={json.dumps(value)}" for name, value in made.options.items())
    return f"{made.pipeline} ({'; '.join(part for part in (models, options) if part)})"


def _asked(site: Site, work: Work) -> str:
    """The options that differ from the default ones, as they are written on a command line."""
    usual = site.options(work.provenance.pipeline, {}).model_dump(mode="json")
    differ = {n: v for n, v in work.provenance.options.items() if usual.get(n) != v}
    return " ".join(f"-o {name}={json.dumps(value)}" for name, value in differ.items()) or "none"
