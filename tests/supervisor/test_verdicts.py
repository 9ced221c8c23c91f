"""From a decided part to its verdict."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.bench import INFO

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect
from inspectd.core.errors import JournalError
from inspectd.core.parts import DecidedPart
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, Reason, ReasonCode, Verdict, ViewResult
from inspectd.supervisor.verdicts import VerdictMaker, not_journaled

CALIBRATION = Calibration.from_scale(0.05)


@pytest.fixture
def maker() -> VerdictMaker:
    maker = VerdictMaker(Recipe(name="r", number=9), {"top": CALIBRATION}, "1.2.3")
    maker.camera_is("top", replace(INFO, serial="4001"))
    return maker


@pytest.fixture
def defect(make_verdict: Callable[..., Verdict]) -> Defect:
    return make_verdict().defects[0]


@pytest.fixture
def part(defect: Defect) -> DecidedPart:
    """Two cameras: one found a defect, the other was the last to get its picture."""
    views = {
        "top": ViewResult(
            Decision.FAIL, (), (defect,), 10, 4.0, {"texture": 3.0}, simulated=True, truncated=True
        ),
        "side": ViewResult(
            Decision.PASS, (), (replace(defect, length_mm=1.0),), 30, 7.0, {"texture": 5.0}
        ),
    }
    reasons = (Reason(ReasonCode.DENT_TOO_WIDE, "a dent"),)
    return DecidedPart(3, 700, 9, Decision.FAIL, reasons, views, late=True, due_ns=0)


def test_a_verdict_holds_what_every_view_found(maker: VerdictMaker, part: DecidedPart) -> None:
    verdict = maker.make(part, degraded=False)
    assert [defect.length_mm for defect in verdict.defects] == [3.5, 1.0]
    assert (verdict.simulated, verdict.truncated, verdict.late) == (True, True, True)
    assert (verdict.received_ns, verdict.vision_ms) == (30, 7.0)
    assert verdict.stages_ms == {"texture": 8.0}
    assert (verdict.acquisition_id, verdict.part_id, verdict.lot_id) == (3, 700, 9)
    assert (verdict.decision, verdict.reasons) == (Decision.FAIL, part.reasons)


def test_a_verdict_names_what_made_it(maker: VerdictMaker, part: DecidedPart) -> None:
    made = maker.make(part, degraded=False).provenance
    assert (made.software_version, made.recipe_name, made.recipe_number) == ("1.2.3", "r", 9)
    assert made.recipe_sha256 == Recipe(name="r", number=9).sha256
    assert made.calibration_sha256 == {"top": CALIBRATION.sha256}
    assert made.cameras == {"top": "4001"}


def test_a_part_without_any_view_has_a_verdict_too(maker: VerdictMaker, part: DecidedPart) -> None:
    verdict = maker.make(replace(part, views={}), degraded=True)
    assert (verdict.defects, verdict.received_ns, verdict.degraded) == ((), 0, True)


def test_no_two_verdicts_share_a_number(maker: VerdictMaker, part: DecidedPart) -> None:
    first = maker.make(part, degraded=False)
    instead = maker.instead_of(first, "the disk is slow")
    after = maker.make(part, degraded=False)
    assert [first.sequence, instead.sequence, after.sequence] == [1, 2, 3]


def test_a_verdict_that_came_too_late_is_replaced_by_no_verdict(
    maker: VerdictMaker, part: DecidedPart
) -> None:
    passed = replace(part, decision=Decision.PASS, late=False)
    instead = maker.instead_of(maker.make(passed, degraded=False), "the disk is slow")
    assert (instead.decision, instead.late, instead.degraded) == (Decision.NO_VERDICT, True, True)
    assert instead.reasons[-1].code is ReasonCode.JOURNAL_FAILED
    assert "sequence 1" in instead.reasons[-1].text
    assert instead.reasons[:-1] == part.reasons


def test_a_verdict_that_the_journal_refused_is_no_verdict(
    maker: VerdictMaker, part: DecidedPart
) -> None:
    passed = maker.make(replace(part, decision=Decision.PASS), degraded=False)
    told = not_journaled(passed, JournalError("the disk is full"))
    assert (told.decision, told.degraded) == (Decision.NO_VERDICT, True)
    assert told.reasons[-1].code is ReasonCode.JOURNAL_FAILED
    assert "the disk is full" in told.reasons[-1].text
