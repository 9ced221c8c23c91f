"""What a learned model says of a view."""

from dataclasses import dataclass

from inspectd.core.verdict import Decision


@dataclass(frozen=True, slots=True)
class Vote:
    """The vote of one model, heard after the rules: it can make a decision worse, never better.

    `model`, `version` and `sha256` name what voted; `score` is the model's own number, any finite
    one; `reason` says in words why it voted against the part, or why it could not vote.
    """

    model: str
    version: str
    sha256: str
    decision: Decision
    score: float
    reason: str
