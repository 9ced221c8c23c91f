"""One picture, one model, its likeliest labels."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from inspectd.infer.manifest import ModelName
from inspectd.pipelines.host.evaluation.scores import Scores, score
from inspectd.pipelines.host.item import Item
from inspectd.pipelines.host.media import PICTURES
from inspectd.pipelines.host.pipeline import (
    Card,
    Context,
    Corpus,
    Found,
    Group,
    Options,
    Reduction,
)
from inspectd.pipelines.host.result import Finding, Result

KIND = "class"
# What a picture is called in which nothing was sure enough.
UNSURE = "unsure"
# A network sees a few hundred pixels; a JPEG decoder leaves the rest out at no cost.
_ENOUGH_PX = 512


class ClassifyOptions(Options):
    """What may be asked of it."""

    model: ModelName = Field("mobilenet-v2-imagenet-int8", description="An installed model.")
    top: int = Field(5, ge=1, le=100, description="Labels to report, at most.")
    min_score: float | None = Field(
        None, ge=0, le=1, description="Least score of a label; empty: as the model's manifest says."
    )


class Classify:
    """The pipeline; it keeps nothing between two calls."""

    card = Card(
        name="classify",
        title="General classification",
        accepts=PICTURES,
        options=ClassifyOptions,
        memory_mb=300,
        tasks=frozenset(("classification",)),
    )

    def models(self, options: Options) -> tuple[str, ...]:
        """The one model."""
        return (_read(options).model,)

    def run(self, item: Item, options: Options, context: Context) -> Result:
        """The likeliest labels, best first, and all scores as the feature `scores`.

        A picture of which nothing is sure enough has no finding.
        """
        wanted = _read(options)
        session = context.model(wanted.model)
        size = session.manifest.input
        assert size is not None  # a session has one
        picture = item.rgb_at_most(max(_ENOUGH_PX, 2 * max(size.height_px, size.width_px)))
        context.checkpoint()
        scores = session.scores([picture])[0]
        least = wanted.min_score
        if least is None:
            least = session.manifest.thresholds.min_score
        return Result(
            tuple(_findings(scores, session.labels, wanted.top, least)), {"scores": scores}
        )

    def reduce(self, corpus: Corpus, options: Options, context: Context) -> Reduction:
        """Pictures by their likeliest label; those of before are taken over."""
        del options
        members: dict[str, list[str]] = defaultdict(list)
        if corpus.previous is not None:
            for group in corpus.previous.groups:
                members[group.label] += [name for name in group.members if name not in corpus.gone]
        for found in corpus.new:
            context.checkpoint()
            members[_best(found)].append(found.sha256)
        groups = (
            Group(KIND, label, tuple(sorted(set(names))), {"pictures": len(set(names))})
            for label, names in sorted(members.items())
            if names
        )
        return Reduction(tuple(groups))

    def evaluate(self, truth: Mapping[str, str], found: Iterable[Found]) -> Scores:
        """The likeliest label against the true one; ValueError where no picture has both."""
        pairs = [(truth[each.sha256], _best(each)) for each in found if each.sha256 in truth]
        return score([true for true, _ in pairs], [told for _, told in pairs])


def make_pipeline() -> Classify:
    """What the entry point names."""
    return Classify()


def _read(options: Options) -> ClassifyOptions:
    assert isinstance(options, ClassifyOptions)
    return options


def _findings(
    scores: NDArray[np.float32], labels: tuple[str, ...], top: int, least: float
) -> Iterable[Finding]:
    # Equal scores in the order of the labels, so that the same picture always reads the same.
    for place in np.argsort(-scores, kind="stable")[:top]:
        value = float(np.clip(scores[place], 0.0, 1.0))
        if value >= least:
            yield Finding(kind=KIND, label=labels[place], score=value)


def _best(found: Found) -> str:
    return found.findings[0].label if found.findings else UNSURE
