"""chains: pieces of one line that a knot has cut, and what is near without being one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.defect import Defect, DefectKind
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, ReasonCode
from inspectd.vision.chains import chains, extent_mm
from inspectd.vision.decide import decide
from inspectd.vision.ground import Ground

LIMIT_MM = Recipe().scratch.max_length_mm


def piece(
    from_mm: float, to_mm: float, kind: DefectKind = DefectKind.SCRATCH, shot: str = "main"
) -> Defect:
    """A tolerated defect along x, 0.2 mm wide."""
    return Defect(
        kind=kind,
        length_mm=to_mm - from_mm,
        width_mm=0.2,
        diameter_mm=0.2,
        area_mm2=0.2,
        depth_mm=None,
        uncertainty_mm=0.1,
        area_uncertainty_mm2=0.1,
        contrast=-0.2,
        shot=shot,
        contour_mm=((from_mm, 1.0), (to_mm, 1.0), (to_mm, 1.2), (from_mm, 1.2)),
    )


def test_pieces_of_a_long_scratch_with_a_knot_between_them_do_not_pass() -> None:
    pieces = [piece(0.0, 3.4), piece(3.6, 4.4, DefectKind.STAIN), piece(4.6, 8.0)]
    decision, (reason,) = decide(pieces, Recipe())
    assert decision is Decision.REVIEW
    assert reason.code is ReasonCode.INSIDE_GUARD_BAND
    assert "8.00 mm" in reason.text


def slotted(from_mm: float, to_mm: float) -> dict[str, Ground]:
    """A wide surface that is not judged between two places along x."""
    corners = [(-50.0, -50.0), (50.0, -50.0), (50.0, 50.0), (-50.0, 50.0)]
    slot = [(from_mm, -9.0), (to_mm, -9.0), (to_mm, 9.0), (from_mm, 9.0)]
    return {"main": Ground((np.array(corners), np.array(slot)))}


def test_what_is_not_judged_between_two_pieces_is_no_gap() -> None:
    pieces = [piece(0.0, 3.0), piece(6.0, 9.0)]
    assert decide(pieces, Recipe())[0] is Decision.PASS
    decision, (reason,) = decide(pieces, Recipe(), grounds=slotted(3.5, 5.5))
    assert decision is Decision.REVIEW
    assert "9.00 mm" in reason.text


def test_what_is_not_judged_elsewhere_bridges_nothing() -> None:
    pieces = [piece(0.0, 3.0), piece(6.0, 9.0)]
    for grounds in (slotted(-3.0, -0.5), slotted(4.3, 4.8), {"other": slotted(3.5, 5.5)["main"]}):
        assert decide(pieces, Recipe(), grounds=grounds)[0] is Decision.PASS


def test_two_stains_beside_a_hole_are_no_scratch() -> None:
    stains = [piece(0.0, 3.0, DefectKind.STAIN), piece(6.0, 9.0, DefectKind.STAIN)]
    assert decide(stains, Recipe(), grounds=slotted(3.5, 5.5))[0] is Decision.PASS


def test_the_order_of_the_pieces_does_not_matter() -> None:
    pieces = [piece(0.0, 3.4), piece(4.6, 8.0), piece(3.6, 4.4, DefectKind.STAIN)]
    assert decide(pieces, Recipe())[0] is Decision.REVIEW


def test_short_pieces_that_together_are_within_the_limit_pass() -> None:
    assert decide([piece(0.0, 2.0), piece(2.5, 4.5)], Recipe())[0] is Decision.PASS


def test_scratches_far_from_each_other_are_judged_alone() -> None:
    far = LIMIT_MM / 4 + 0.01
    assert decide([piece(0.0, 3.0), piece(3.0 + far, 6.0 + far)], Recipe())[0] is Decision.PASS
    near = LIMIT_MM / 4 - 0.01
    assert decide([piece(0.0, 3.0), piece(3.0 + near, 6.0 + near)], Recipe())[0] is Decision.REVIEW


def test_stains_beside_each_other_are_no_scratch() -> None:
    stains = [piece(0.0, 3.0, DefectKind.STAIN), piece(3.2, 7.0, DefectKind.STAIN)]
    assert chains(stains, [LIMIT_MM] * 2) == []


def test_pieces_of_different_shots_are_not_joined() -> None:
    assert chains([piece(0.0, 3.0), piece(3.2, 7.0, shot="left")], [LIMIT_MM] * 2) == []


def test_the_gap_is_measured_to_edges_and_not_to_corners_only() -> None:
    # A long side without corners near the other's end.
    across = replace(piece(0.0, 1.0), contour_mm=((3.2, -9.0), (3.4, -9.0), (3.4, 9.0), (3.2, 9.0)))
    assert len(chains([piece(0.0, 3.0), across], [LIMIT_MM] * 2)) == 1


@given(
    st.lists(st.floats(0.0, 3.0), min_size=2, max_size=6),
    st.lists(st.floats(0.0, LIMIT_MM / 4), min_size=5, max_size=5),
)
def test_a_row_of_near_pieces_is_one_chain_with_its_whole_reach(
    lengths: list[float], gaps: list[float]
) -> None:
    pieces, at = [], 0.0
    for length, gap in zip(lengths, [0.0, *gaps], strict=False):
        at += gap * 0.999
        pieces.append(piece(at, at + length))
        at += length
    (chain,) = chains(pieces, [LIMIT_MM] * len(pieces))
    assert len(chain) == len(pieces)
    assert extent_mm([pieces[number] for number in chain]) == pytest.approx((at**2 + 0.2**2) ** 0.5)
