"""Lines in simulated time, small: what `hil/studies/handshake.py` does with 100,000 parts."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from simulated_line.cameras import CameraFaults
from simulated_line.plc import Habit
from simulated_line.world import EdgeFaults, Scenario, run
from structlog.testing import capture_logs
from studies.handshake import SCENARIOS

PARTS = 120


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with capture_logs():
        yield


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_part_has_one_answer_in_order_and_of_its_own(
    scenario: Scenario, tmp_path: Path
) -> None:
    report = run(replace(scenario, parts=PARTS, seed=7), tmp_path)
    assert report.broken == []
    assert report.parts == PARTS
    assert sum(report.decisions.values()) >= report.triggers > 0


@pytest.mark.parametrize("hardware", [False, True])
def test_a_good_line_answers_every_part_with_a_verdict(tmp_path: Path, *, hardware: bool) -> None:
    report = run(Scenario("good", PARTS, 1, hardware=hardware), tmp_path)
    assert report.decisions["PASS"] + report.decisions["FAIL"] == PARTS
    assert report.triggers == PARTS


def test_a_scenario_is_always_the_same(tmp_path: Path) -> None:
    scenario = Scenario("same", PARTS, 5, frozenset(Habit), hardware=True)
    found = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        found.append(run(scenario, tmp_path / name).decisions)
    assert found[0] == found[1]


def test_faults_are_no_verdicts(tmp_path: Path) -> None:
    faults = CameraFaults(frame_lost=0.3)
    report = run(Scenario("lost", PARTS, 1, camera=faults), tmp_path)
    assert report.decisions["NO_VERDICT"] > PARTS // 5
    edges = EdgeFaults(lost=0.3)
    report = run(Scenario("edges", PARTS, 1, hardware=True, edges=edges), tmp_path)
    assert report.decisions["NO_VERDICT"] > PARTS // 5
