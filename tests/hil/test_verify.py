"""What a run must not have done: each way to go wrong is named, and a sound run is silent."""

from collections.abc import Callable

import pytest
from bench.record import Edge, Evidence, FaultRecord, FedPart, JournalRow, Memory
from bench.schedule import Fault
from bench.verify import truth, violations
from hypothesis import given
from hypothesis import strategies as st

LIFE, NEXT_LIFE = (1, 10), (2, 20)
LABELS = ("good", "dent", "stain")
GOOD = {"good": "PASS", "dent": "FAIL", "stain": "FAIL"}
S = 1_000_000_000


def sound(parts: int = 6) -> Evidence:
    """Parts 1, 2, ... a second apart, all seen and judged by one station."""
    evidence = Evidence(labels=LABELS)
    mqtt = {}
    for part in range(1, parts + 1):
        label = LABELS[(part - 1) % len(LABELS)]
        evidence.parts.append(FedPart(part, part * S, answered=True, edge=part - 1))
        evidence.edges.append(Edge(float(part), LIFE))
        evidence.journal.append(JournalRow(part, part, GOOD[label], ()))
        evidence.plc[part] = mqtt[part] = GOOD[label]
    evidence.mqtt = [mqtt]
    evidence.memory = [Memory(70.0, 300.0), Memory(71.0, 290.0)]
    return evidence


def decide(evidence: Evidence, part: int, decision: str) -> None:
    """The service answers that part so, everywhere."""
    evidence.journal[part - 1] = JournalRow(part, part, decision, ())
    evidence.plc[part] = evidence.mqtt[0][part] = decision


def test_a_sound_run_has_nothing_wrong() -> None:
    assert violations(sound()) == []


def test_a_bad_part_that_passes_is_named_with_what_is_on_it() -> None:
    evidence = sound()
    decide(evidence, 2, "PASS")
    (line,) = violations(evidence)
    assert line == "part 2 (dent) has PASS"


def test_a_pass_in_a_bad_only_run_is_wrong_whatever_the_picture() -> None:
    evidence = sound()
    evidence.bad_only = True
    assert len(violations(evidence)) == 2


def test_a_part_that_was_never_seen_must_not_pass() -> None:
    evidence = sound()
    evidence.parts[0].edge = None
    (line,) = violations(evidence)
    assert "part 1 (no picture" in line


def test_a_pass_of_a_part_that_nobody_announced_is_wrong() -> None:
    evidence = sound()
    evidence.journal.append(JournalRow(7, 0, "PASS", ()))
    evidence.mqtt[0][7] = "PASS"
    evidence.plc_unannounced = 1
    (line,) = violations(evidence)
    assert line.startswith("part 0")


def answered_instead(evidence: Evidence, codes: tuple[str, ...] = ("journal_failed",)) -> None:
    """Part 2 was stored late, and the line was told NO-VERDICT."""
    evidence.journal.append(JournalRow(2, 2, "NO_VERDICT", codes))
    evidence.mqtt[0][2] = evidence.plc[2] = "NO_VERDICT"


def test_a_verdict_and_the_no_verdict_that_the_line_got_instead_are_no_double() -> None:
    evidence = sound()
    answered_instead(evidence)
    assert violations(evidence) == []


def test_the_line_must_have_been_told_the_no_verdict() -> None:
    evidence = sound()
    told = evidence.plc[2]
    answered_instead(evidence)
    evidence.plc[2] = told
    assert any("part 2: the PLC read" in line for line in violations(evidence))


def test_a_second_verdict_for_any_other_reason_is_a_double() -> None:
    evidence = sound()
    answered_instead(evidence, ("station_lost",))
    assert any("part 2 has 2 answers" in line for line in violations(evidence))


def test_only_one_no_verdict_stands_for_a_part() -> None:
    evidence = sound()
    answered_instead(evidence)
    answered_instead(evidence)
    assert any("part 2 has 2 answers" in line for line in violations(evidence))


def lost(evidence: Evidence) -> None:
    del evidence.journal[2]


def doubled(evidence: Evidence) -> None:
    evidence.journal.append(JournalRow(7, 3, "FAIL", ()))
    evidence.mqtt[0][7] = "FAIL"


def stranger(evidence: Evidence) -> None:
    evidence.journal.append(JournalRow(7, 99, "FAIL", ()))
    evidence.mqtt[0][7] = "FAIL"


def contradicted_by_the_plc(evidence: Evidence) -> None:
    evidence.plc[2] = "PASS"


def unread_by_the_plc(evidence: Evidence) -> None:
    del evidence.plc[2]


def read_twice_by_the_plc(evidence: Evidence) -> None:
    evidence.plc_duplicates = 1


def misread_by_the_plc(evidence: Evidence) -> None:
    evidence.plc_mismatches = 1


def unseen_on_mqtt(evidence: Evidence) -> None:
    del evidence.mqtt[0][4]


def contradicted_on_mqtt(evidence: Evidence) -> None:
    evidence.mqtt.append({4: "FAIL"})


def never_ready_again(evidence: Evidence) -> None:
    evidence.faults.append(FaultRecord(Fault.LOST_EDGE, 3.0, ended_ns=S))


def restarted_by_itself(evidence: Evidence) -> None:
    evidence.station_exits = 1


def crashed(evidence: Evidence) -> None:
    evidence.crashes.append("Traceback (most recent call last):")


def leaking(evidence: Evidence) -> None:
    evidence.memory.append(Memory(400.0, 290.0))


def blind(evidence: Evidence) -> None:
    for part in range(1, 7):
        decide(evidence, part, "NO_VERDICT")


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lost, "part 3 has 0 answers"),
        (doubled, "part 3 has 2 answers"),
        (stranger, "never fed: [99]"),
        (contradicted_by_the_plc, "part 2: the PLC read PASS"),
        (unread_by_the_plc, "6 verdicts in the journal, but the PLC read 5"),
        (read_twice_by_the_plc, "read 1 parts twice"),
        (misread_by_the_plc, "1 records that do not fit"),
        (unseen_on_mqtt, "never seen on MQTT: [4]"),
        (contradicted_on_mqtt, "acquisition 4"),
        (never_ready_again, "lost edge at 3 s"),
        (restarted_by_itself, "stations ended 1 times, 0 of them"),
        (crashed, "Traceback"),
        (leaking, "supervisor grew from 70 to 400 MB"),
        (blind, "no part was judged at all"),
    ],
)
def test_each_way_to_go_wrong_is_named(harm: Callable[[Evidence], None], words: str) -> None:
    evidence = sound()
    harm(evidence)
    assert words in "\n".join(violations(evidence))


def test_a_withdrawn_part_may_or_may_not_have_been_answered() -> None:
    evidence = sound()
    evidence.parts[1].answered = False
    assert violations(evidence) == []
    lost_to_all = [row for row in evidence.journal if row.part_id != 2]
    evidence.journal = lost_to_all
    del evidence.plc[2]
    assert violations(evidence) == []


def test_records_beyond_the_slots_are_missing_as_often_as_the_service_said() -> None:
    evidence = sound()
    unread_by_the_plc(evidence)
    evidence.overruns = 1
    assert violations(evidence) == []
    evidence.overruns = 2
    assert len(violations(evidence)) == 1


def test_a_verdict_may_come_more_than_once_on_mqtt() -> None:
    evidence = sound()
    evidence.mqtt.append(dict(evidence.mqtt[0]))
    assert violations(evidence) == []


@given(first=st.integers(0, 9), unheard=st.integers(0, 3), second=st.integers(0, 9))
def test_pictures_begin_again_with_every_life_and_an_unheard_edge_shows_none(
    first: int, unheard: int, second: int
) -> None:
    lives = [LIFE] * first + [None] * unheard + [NEXT_LIFE] * second
    evidence = Evidence(
        labels=LABELS,
        edges=[Edge(float(at), life) for at, life in enumerate(lives)],
        parts=[FedPart(n + 1, n, edge=n) for n in range(len(lives))],
    )
    shown = list(truth(evidence).values())
    assert shown[:first] == [LABELS[n % 3] for n in range(first)]
    assert shown[first : first + unheard] == ["no picture"] * unheard
    assert shown[first + unheard :] == [LABELS[n % 3] for n in range(second)]


def test_trouble_of_the_camera_makes_the_rest_of_that_life_unknown_and_no_more() -> None:
    lives = [LIFE, LIFE, LIFE, NEXT_LIFE]
    evidence = Evidence(
        labels=LABELS,
        edges=[Edge(10.0 * at, life) for at, life in enumerate(lives)],
        parts=[FedPart(n + 1, n, edge=n) for n in range(4)],
        doubts_s=[15.0],
    )
    assert list(truth(evidence).values()) == ["good", "dent", "unknown", "good"]
