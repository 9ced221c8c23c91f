"""The journal as an outsider reads it, beside the service that writes it."""

from collections.abc import Callable
from pathlib import Path

from bench.journal import JournalView
from bench.record import JournalRow

from inspectd.core.verdict import Decision, Reason, ReasonCode, Verdict
from inspectd.journal.journal import Journal


def test_only_what_was_written_since_it_began_is_read(
    journal: Journal, journal_path: Path, make_verdict: Callable[..., Verdict]
) -> None:
    view = JournalView(journal_path)
    journal.commit(make_verdict(sequence=1, acquisition_id=1, part_id=1)).result(10.0)
    view.begin()
    assert (view.rows(), view.count()) == ([], 0)
    both = (Reason(ReasonCode.DENT_TOO_WIDE, ""), Reason(ReasonCode.TRIGGER_MISMATCH, "a, b"))
    for part, reasons in ((2, both), (3, ())):
        verdict = make_verdict(
            sequence=part,
            acquisition_id=part,
            part_id=part,
            decision=Decision.FAIL if reasons else Decision.PASS,
            reasons=reasons,
        )
        journal.commit(verdict).result(10.0)
    doubtful = JournalRow(2, 2, "FAIL", ("dent_too_wide", "trigger_mismatch"))
    passed = JournalRow(3, 3, "PASS", ())
    assert view.rows() == [doubtful, passed]
    assert view.rows(first_part=3) == [passed]
    assert view.count() == 2
    assert passed.judged
    assert not doubtful.judged
