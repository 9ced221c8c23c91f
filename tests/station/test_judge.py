import queue
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.taught import SCALE, outlined, reference

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.errors import ConfigurationError
from inspectd.core.frame import Frame, View
from inspectd.core.messages import Configure, Preview, RecipeTaken, ViewDone
from inspectd.core.verdict import Decision, Reason, ReasonCode, ViewResult
from inspectd.reference_file import write_reference
from inspectd.simulate.render import render_part
from inspectd.station.intake import Intake
from inspectd.station.judge import Judge
from inspectd.station.preview import Previews
from inspectd.station.products import Products, taught_reference
from inspectd.station.shots import TakenView
from inspectd.station.vitals import Vitals
from inspectd.vision.inspect import inspect

WAIT_S = 60.0


class Bench:
    """A judge whose answers are noted."""

    def __init__(self, configure: Configure) -> None:
        self.done: list[ViewDone] = []
        self.taken: list[RecipeTaken] = []
        self.drawn: queue.SimpleQueue[Preview] = queue.SimpleQueue()
        self.intake = Intake(16, lambda _: None)
        self.previews = Previews(configure.preview_max_px, self._drawn)
        self.vitals = Vitals(0)
        self.products = Products(configure, self.taken.append)
        self.judge = Judge(self.products, self.intake, self.vitals, self.done.append, self.previews)

    def put(self, failure: Reason | None = None, level: int = 128) -> None:
        frame = Frame(np.full((128, 160), level, np.uint8), "main", 7)
        self.intake.put(TakenView((frame,), 7, 7, failure), "S1", simulated=True)

    def run(self) -> bool:
        self.intake.close()
        return self.judge.run()

    def _drawn(self, message: Preview, jpeg: bytes) -> bool:
        assert jpeg
        self.drawn.put(message)
        return True


@pytest.fixture
def bench(configure: Configure) -> Iterator[Bench]:
    made = Bench(configure)
    yield made
    made.previews.close()


def test_every_view_is_answered_in_order_and_only_the_last_of_a_queue_is_drawn(
    bench: Bench,
) -> None:
    for _ in range(3):
        bench.put()
    assert bench.run()
    assert [done.view for done in bench.done] == [1, 2, 3]
    assert bench.drawn.get(timeout=WAIT_S).view == 3
    assert bench.previews.skipped == 2


def test_a_result_names_the_calibration_that_judged_it_and_a_failure_names_none(
    configure: Configure,
) -> None:
    calibration = Calibration.from_scale(0.07)
    bench = Bench(replace(configure, calibration=calibration))
    bench.put()
    bench.put(Reason(ReasonCode.GRAB_FAILED, "bad"))
    assert bench.run()
    bench.previews.close()
    assert [d.result.calibration_sha256 for d in bench.done] == [calibration.sha256, ""]


def test_a_result_leaves_before_its_preview_is_begun_and_ends_the_judgement(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent_before: list[int] = []
    monkeypatch.setattr(bench.previews, "offer", lambda *_: sent_before.append(len(bench.done)))
    bench.put()
    assert bench.run()
    assert sent_before == [1]
    assert bench.vitals.judging_since_ms(1) == 0.0


def test_a_view_that_failed_before_is_answered_without_being_judged(bench: Bench) -> None:
    bench.put(Reason(ReasonCode.SHOT_MISSING, "east"))
    assert bench.run()
    result = bench.done[0].result
    assert (result.decision, result.reasons[0].text) == (Decision.NO_VERDICT, "east")
    assert result.vision_ms == 0.0


def test_five_defects_of_vision_in_a_row_end_the_judge_and_four_do_not(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails_on_dark(view: View, *rest: object) -> ViewResult:
        if int(view.frames[0].pixels.max()) == 1:
            msg = "dark"
            raise ZeroDivisionError(msg)
        return inspect(view, *rest)  # type: ignore[arg-type] # handed on as they came

    monkeypatch.setattr("inspectd.station.judge.inspect", fails_on_dark)
    for level in (1, 1, 1, 1, 128, 1, 1, 1, 1, 1, 128):
        bench.put(level=level)
    assert not bench.run()
    codes = [done.result.reasons[0].code.value for done in bench.done if done.result.reasons]
    assert codes.count("vision_error") == 9
    assert len(bench.done) == 10
    assert bench.done[0].result.reasons[0].text == "ZeroDivisionError: dark"
    assert bench.done[0].result.decision is Decision.NO_VERDICT
    assert (bench.done[0].result.received_ns, bench.done[0].result.simulated) == (7, True)
    assert capsys.readouterr().err.count('"vision_error"') == 9


def test_a_preview_that_cannot_be_drawn_is_counted_and_costs_no_verdict(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        msg = "no ink"
        raise ValueError(msg)

    monkeypatch.setattr("inspectd.station.preview.draw", broken)
    bench.put()
    assert bench.run()
    bench.previews.close()
    assert len(bench.done) == 1
    assert bench.previews.skipped == 1
    assert "no ink" in capsys.readouterr().err


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("where", ["length_mm", "depth_mm", "contrast", "contour_mm"])
def test_a_size_that_is_no_number_is_a_defect_of_vision_and_not_of_the_link(
    where: str, odd: float, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    stain = Defect(
        kind=DefectKind.STAIN,
        length_mm=1.0,
        width_mm=1.0,
        diameter_mm=1.0,
        area_mm2=1.0,
        depth_mm=None,
        uncertainty_mm=0.1,
        area_uncertainty_mm2=0.1,
        contrast=0.1,
        shot="main",
        contour_mm=((0.0, 0.0),),
    )
    value = ((0.0, 0.0), (0.0, odd)) if where == "contour_mm" else odd
    found = replace(stain, **{where: value})  # type: ignore[arg-type]  # a field by its name
    result = ViewResult(Decision.PASS, (), (found,), 7, 1.0, {})
    monkeypatch.setattr("inspectd.station.judge.inspect", lambda *_: result)
    bench.put()
    assert bench.run()
    (done,) = bench.done
    assert done.result.decision is Decision.NO_VERDICT
    assert done.result.reasons[0].code is ReasonCode.VISION_ERROR


def taught(configure: Configure, folder: Path, sha256: str = "") -> Configure:
    path = folder / "top.npz"
    write_reference(path, reference())
    return replace(
        configure,
        calibration=SCALE,
        reference=str(path),
        reference_sha256=sha256 or reference().head.sha256,
    )


def test_a_result_names_the_reference_and_says_what_the_gate_measured(
    configure: Configure, tmp_path: Path
) -> None:
    bench = Bench(taught(configure, tmp_path))
    frame = Frame(render_part(outlined(15.0), 4), "main", 7)
    bench.intake.put(TakenView((frame,), 7, 7, None), "S1", simulated=True)
    assert bench.run()
    bench.previews.close()
    result = bench.done[0].result
    assert result.decision is Decision.PASS
    assert result.reference_sha256 == reference().head.sha256
    assert result.measures["main/registration_score"] > 0.9


def test_a_reference_that_was_exchanged_is_not_judged_by(
    configure: Configure, tmp_path: Path
) -> None:
    other = taught(configure, tmp_path, "0" * 64)
    with pytest.raises(ConfigurationError, match="exchanged"):
        taught_reference(other.reference, other.reference_sha256)


def test_a_station_whose_fields_cannot_be_read_answers_no_verdict(
    configure: Configure, capfd: pytest.CaptureFixture[str]
) -> None:
    calibration = Calibration.from_scale(0.05).model_copy(
        update={"fields": "f.npz", "fields_sha256": "0" * 64}
    )
    bench = Bench(replace(configure, calibration=calibration, fields_path="/nowhere/f.npz"))
    bench.put()
    assert bench.run()
    bench.previews.close()
    (done,) = bench.done
    assert done.result.decision is Decision.NO_VERDICT
    assert done.result.reasons[0].code is ReasonCode.CALIBRATION_MISMATCH
    assert "fields_unreadable" in "".join(capfd.readouterr())
