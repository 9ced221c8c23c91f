"""Learned models have the second word: a vote makes a decision worse, or changes nothing."""

import math
from collections.abc import Iterator, Sequence

from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, Reason, ReasonCode
from inspectd.core.vote import Vote
from inspectd.vision.limits import Judged


def judge_votes(votes: Sequence[Vote], recipe: Recipe) -> Iterator[Judged]:
    """What the votes say against a view, and which that the recipe demands are not there."""
    heard = {vote.model for vote in votes}
    for name in recipe.votes.required:
        if name not in heard:
            text = f"model {name} has not voted, and the recipe demands its vote"
            reason = Reason(ReasonCode.VOTE_MISSING, text, "votes.required")
            yield Decision.NO_VERDICT, reason
    for vote in votes:
        if vote.decision is not Decision.PASS or not math.isfinite(vote.score):
            yield _against(vote)


def _against(vote: Vote) -> Judged:
    who = f"model {vote.model} {vote.version} ({vote.sha256[:12]})"
    if not math.isfinite(vote.score):
        text = f"{who}: its score is {vote.score}, which is no vote"
    elif vote.decision in {Decision.FAIL, Decision.REVIEW}:
        text = f"{who} votes {vote.decision.name}, score {vote.score:.3g}: {vote.reason}"
        return vote.decision, Reason(ReasonCode.VOTE_AGAINST, text, f"votes.{vote.model}")
    else:
        text = f"{who} could not vote: {vote.reason}"
    return Decision.NO_VERDICT, Reason(ReasonCode.VOTE_MISSING, text, f"votes.{vote.model}")
