"""From measured defects to a decision, with the reason in words. Rules first, votes second."""

from collections.abc import Iterator, Mapping, Sequence

from inspectd.core.defect import Defect, DefectKind
from inspectd.core.placement import IN_PLACE, Placement
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, Reason, worst
from inspectd.core.vote import Vote
from inspectd.vision.chains import NO_GROUNDS, chains, extent_mm
from inspectd.vision.ground import Ground
from inspectd.vision.halves import halves
from inspectd.vision.limits import Judged, Limit, in_doubt, judge, limit_of, middle_mm
from inspectd.vision.rules import judge_rules
from inspectd.vision.votes import judge_votes
from inspectd.vision.zones import Located, locate


def decide(
    defects: Sequence[Defect],
    recipe: Recipe,
    placement: Placement = IN_PLACE,
    votes: Sequence[Vote] = (),
    grounds: Mapping[str, Ground] = NO_GROUNDS,
) -> tuple[Decision, tuple[Reason, ...]]:
    """Judge every defect by its limit, all together by the rules, then hear the models.

    The view gets the worst of it, and PASS without reasons where there is nothing against it:
    every defect, its uncertainty included, is within the limits where it lies, no rule is broken,
    and no vote that the recipe demands is missing. Tolerated defects beside a scratch that could
    be pieces of one longer than its limit are not tolerated, nor are two that could be a dent's
    halves. `grounds`: what is judged, by shot.
    """
    located = locate(defects, recipe, placement)
    judged = [found for one in located if (found := judge(one, recipe)) is not None]
    judged += _judge_chains(located, recipe, grounds)
    judged += _judge_halves(located, recipe)
    judged += judge_rules(located, recipe)
    judged += judge_votes(votes, recipe)
    decision = worst(decision for decision, _ in judged) if judged else Decision.PASS
    # What decided comes first: a person reads the first reasons.
    judged.sort(key=lambda each: each[0] is not decision)
    return decision, tuple(reason for _, reason in judged)


def _judge_chains(
    located: Sequence[Located], recipe: Recipe, grounds: Mapping[str, Ground]
) -> Iterator[Judged]:
    """Defects in a row that may be one scratch: nobody knows, so it is for the guard band."""
    limits: list[tuple[Limit, Located]] = []
    for one in located:
        limit = limit_of(one, DefectKind.SCRATCH, recipe)
        if limit is not None:
            limits.append((limit, one))
    pieces = [one.defect for _, one in limits]
    for chain in chains(pieces, [limit.value for limit, _ in limits], grounds):
        row = [pieces[number] for number in chain]
        limit = min((limits[number][0] for number in chain), key=lambda each: each.value)
        reach = extent_mm(row)
        if not reach + max(piece.uncertainty_mm for piece in row) <= limit.value:
            x_mm, y_mm = middle_mm(row)
            text = (
                f"{len(row)} defects around ({x_mm:.1f}, {y_mm:.1f}) mm lie in a row of "
                f"{reach:.2f} mm: they may be one scratch (limit {limit.words('mm')})"
            )
            yield in_doubt("fail", text, limit.rule, recipe)


def _judge_halves(located: Sequence[Located], recipe: Recipe) -> Iterator[Judged]:
    """Two defects that may be one dent: nobody knows, so it is for the guard band."""
    for one, other, limit, reach_mm in halves(located, recipe):
        x_mm, y_mm = middle_mm([one.defect, other.defect])
        text = (
            f"{one.defect.kind.value} and {other.defect.kind.value} around ({x_mm:.1f}, "
            f"{y_mm:.1f}) mm reach over {reach_mm:.2f} mm: they may be the halves of a dent (limit "
            f"{limit.words('mm')})"
        )
        yield in_doubt("fail", text, limit.rule, recipe)
