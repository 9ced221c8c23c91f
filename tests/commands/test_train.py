"""`inspectd side train` and `shrink`, as a user runs them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.labelled import write_labelled
from typer.testing import CliRunner

from inspectd.cli import app
from inspectd.commands.side import line_first
from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.admission import Slack


@pytest.fixture(autouse=True)
def stand_in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """This very process must not take the last place for all later tests."""
    monkeypatch.setattr(line_first, "stand_behind", list)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_labelled(tmp_path_factory.mktemp("data") / "d")


def run(*words: object) -> Any:
    return CliRunner().invoke(app, ["side", *map(str, words)], standalone_mode=False)


def test_a_model_is_trained_with_its_report(folder: Path, tmp_path: Path) -> None:
    (folder / "stripes" / "notes.txt").write_text("no picture")
    out = tmp_path / "out"
    done = run(
        "train", folder, "--method", "hog-knn", "--out", out, "--folds", 2, "--gate", "kappa > 0.8"
    )
    assert done.return_value == 0, done.output
    assert "left out: " in done.output
    assert "gate kappa > 0.8: holds (1.000)" in done.output
    assert f"use it: inspectd models import {out / 'model'}; then -o model=out" in done.output
    assert {each.name for each in out.iterdir()} == {
        "confusion.png", "model", "report.html", "report.json", "split.csv", "training.json"
    }  # fmt: skip
    titles = [section["title"] for section in json.loads((out / "report.json").read_text())]
    assert titles == [
        "hog-knn: cross-validation, 2 folds", "hog-knn: test part, never learned from"
    ]  # fmt: skip


def test_a_gate_that_is_unmet_ends_with_1(folder: Path, tmp_path: Path) -> None:
    words = ("train", folder, "--method", "hog-knn", "--out", tmp_path / "out", "--folds", 0)
    done = run(*words, "--gate", "pictures > 1000", "--json")
    assert done.return_value == 1
    told = json.loads(done.stdout)
    assert told["gates"] == [{"condition": "pictures > 1000", "holds": False}]
    assert "cross_validated" not in told
    assert told["latency_ms"]["p50"] > 0


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("-o", "neighbors=3"), "hog-knn: option neighbors: unknown (options: cell_px, neighbours"),
        (("-o", "neighbours=0"), "hog-knn: option neighbours: Input should be greater than"),
        (("-o", "neighbours"), "write KEY=VALUE"),
        (("--folds", "1"), "--folds 1: 2 or more; 0 for no cross-validation"),
        (("--folds", "50"), "9 objects"),
        (("--seed", "-1"), "--seed -1: 0 or more"),
        (("--gate", "speed > 1"), "gate 'speed > 1': write FIGURE > NUMBER"),
    ],
)
def test_a_mistake_is_told_before_anything_is_written(
    folder: Path, tmp_path: Path, more: tuple[str, ...], told: str
) -> None:
    out = tmp_path / "out"
    done = run("train", folder, "--method", "hog-knn", "--out", out, *more)
    assert isinstance(done.exception, ConfigurationError)
    assert told in str(done.exception)
    assert not out.exists()


def test_what_lacks_pytorch_says_so(folder: Path, tmp_path: Path, monkeypatch: Any) -> None:
    for name in [name for name in sys.modules if name.startswith("inspectd_models.")]:
        if name.endswith((".network", ".chain")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    done = run("train", folder, "--method", "cnn", "--out", tmp_path / "out")
    assert "torch is missing; install" in str(done.exception)
    done = run("shrink", tmp_path, "--data", folder, "--out", tmp_path / "small")
    assert "torch is missing; install" in str(done.exception)


@pytest.mark.parametrize("wrong", [("--max-loss", "1"), ("--epochs", "0"), ("--seed", "-1")])
def test_shrink_refuses_what_makes_no_sense(tmp_path: Path, wrong: tuple[str, str]) -> None:
    done = run("shrink", tmp_path, "--data", tmp_path, "--out", tmp_path / "small", *wrong)
    assert f"{wrong[0]} {wrong[1]}: out of range" in str(done.exception)


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stderr is not None
    yield from process.stderr


def test_a_killed_training_goes_on_with_the_same_call(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: networks are not tested")
    out = tmp_path / "out"
    words = [sys.executable, "-m", "inspectd", "side", "train", str(folder), "--method", "cnn"]
    words += ["--out", str(out), "--folds", "2", "--json", "-o", "net=mobilenet-v3-small"]
    words += ["-o", "size_px=32", "-o", "epochs=3", "-o", "batch=8"]
    # SCHED_IDLE would wait for all tests beside this one.
    as_others = {**os.environ, "PYTHONPATH": str(tmp_path)}
    (tmp_path / "sitecustomize.py").write_text("import os\nos.sched_setscheduler = lambda *_: 0\n")
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=as_others) as killed:
        for line in _lines(killed):
            if line.startswith("fold-2: training epoch 2"):
                killed.send_signal(signal.SIGKILL)
    again = subprocess.run(words, check=True, capture_output=True, text=True, env=as_others)
    assert "fold-1" not in again.stderr
    assert "fold-2: goes on after epoch 2 of training" in again.stderr
    assert json.loads(again.stdout)["model"]["name"] == "out"


def test_a_training_waits_while_the_line_is_tight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "side.toml"
    file.write_text('[line]\naddress = "http://127.0.0.1:1"\n')
    told = iter([Slack(0.9), Slack(0.05), None, Slack(0.9), Slack(0.9)])
    monkeypatch.setattr(line_first, "ask_line", lambda _address: next(told))
    now_s = 100.0

    def sleep(seconds: float) -> None:
        nonlocal now_s
        now_s += seconds

    monkeypatch.setattr("time.monotonic", lambda: now_s)
    monkeypatch.setattr("time.sleep", sleep)
    pause = line_first.behind_the_line(file)
    monkeypatch.setattr(pause._admission, "clock_s", lambda: now_s)  # type: ignore[attr-defined]
    pause()
    pause()
    assert now_s == 100.0
    now_s += 1.0
    pause()
    assert next(told, None) is None
    assert now_s >= 103.0
    assert "waits: a part had 5% of its deadline left" in capsys.readouterr().err


def test_a_refused_training_leaves_nothing_in_the_way(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: networks are not tested")
    out = tmp_path / "out"
    words = ("train", folder, "--method", "head", "--out", out)
    assert "head: option trunk: Field required" in str(run(*words).exception)
    wrong = run(*words, "-o", f"trunk={tmp_path / 'none.pt'}")
    assert "none.pt: cannot be read: No such file" in str(wrong.exception)
    assert not out.exists()
