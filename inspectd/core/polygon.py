"""A polygon that a person wrote down: what can be wrong with it."""

from itertools import combinations

Corner = tuple[float, float]
Polygon = tuple[Corner, ...]

_Edge = tuple[Corner, Corner]

FEWEST_CORNERS = 3
_SMALLEST_AREA_MM2 = 1e-6  # a square micrometre


def why_no_polygon(corners: Polygon) -> str:
    """What keeps closed `corners` (x, y) from having an inside and an outside; empty: nothing."""
    if len(corners) < FEWEST_CORNERS:
        return f"{len(corners)} corners, at least {FEWEST_CORNERS} are needed"
    edges = list(zip(corners, corners[1:] + corners[:1], strict=True))
    for number, (start, end) in enumerate(edges, 1):
        if start == end:
            return f"corner {number} and the one after it are the same point: remove one"
    last = len(edges) - 1
    for (i, one), (j, two) in combinations(enumerate(edges), 2):
        if j - i == 1 or (i, j) == (0, last):
            if _fold(one, two) or _fold(two, one):
                return f"the edges from corners {i + 1} and {j + 1} lie on each other"
        elif _meet(one, two):
            return f"the edges from corners {i + 1} and {j + 1} cross or touch each other"
    return "" if _area(corners) >= _SMALLEST_AREA_MM2 else "its area is 0"


def _area(corners: Polygon) -> float:
    """Of the polygon, by the shoelace formula; seen from its first corner, for the accuracy."""
    (left, top), *_ = corners
    moved = [(x - left, y - top) for x, y in corners]
    pairs = zip(moved, moved[1:] + moved[:1], strict=True)
    return abs(sum(x * v - u * y for (x, y), (u, v) in pairs)) / 2.0


def _side(edge: _Edge, point: Corner) -> float:
    """Above 0 where `point` lies to one side of the edge's line, below to the other."""
    (x, y), (u, v) = edge
    return (u - x) * (point[1] - y) - (v - y) * (point[0] - x)


def _fold(one: _Edge, two: _Edge) -> bool:
    """Whether an edge turns back over the one that ends where it starts."""
    (x, y), (u, v) = one
    ahead = (u - x) * (two[1][0] - two[0][0]) + (v - y) * (two[1][1] - two[0][1])
    return one[1] == two[0] and _side(one, two[1]) == 0.0 and ahead < 0.0


def _meet(one: _Edge, two: _Edge) -> bool:
    """Whether two edges without a common corner have a common point."""
    a, b = (_side(one, point) for point in two)
    c, d = (_side(two, point) for point in one)
    if a == b == c == d == 0.0:  # on one line
        return all(
            max(min(one[0][axis], one[1][axis]), min(two[0][axis], two[1][axis]))
            <= min(max(one[0][axis], one[1][axis]), max(two[0][axis], two[1][axis]))
            for axis in (0, 1)
        )
    return min(a, b) <= 0.0 <= max(a, b) and min(c, d) <= 0.0 <= max(c, d)
