"""How work is spread over threads, which vision itself knows nothing of.

Whoever calls vision hands in a `Spread`. What is spread never depends on how many there are to do
it: the same strips, in the same order, give the same picture to the last bit.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar, cast

Answer = TypeVar("Answer")
Other = TypeVar("Other")
Third = TypeVar("Third")


class Spread(Protocol):
    """Does pieces of work that do not depend on each other, at the same time or not."""

    def __call__(self, work: Sequence[Callable[[], Answer]]) -> list[Answer]:
        """Their answers, in order; raises what the first of those that raise has raised."""
        ...


def in_turn(work: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """One after the other, by the caller."""
    return [do() for do in work]


def both(
    spread: Spread, one: Callable[[], Answer], other: Callable[[], Other]
) -> tuple[Answer, Other]:
    """Two pieces of work of different kinds."""
    answers = spread(cast("list[Callable[[], Answer | Other]]", [one, other]))
    return cast("tuple[Answer, Other]", tuple(answers))


def all_three(
    spread: Spread,
    one: Callable[[], Answer],
    two: Callable[[], Other],
    three: Callable[[], Third],
) -> tuple[Answer, Other, Third]:
    """Three pieces of work of different kinds; the longest that cannot be cut comes first."""
    answers = spread(cast("list[Callable[[], Answer | Other | Third]]", [one, two, three]))
    return cast("tuple[Answer, Other, Third]", tuple(answers))


def strips(rows: int, strip_rows: int) -> list[slice]:
    """The rows of a picture in strips of `strip_rows`; the last may be shorter."""
    return [slice(at, min(at + strip_rows, rows)) for at in range(0, rows, strip_rows)]
