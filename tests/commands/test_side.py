"""The side commands, as a user runs them, on a site of their own."""

import json
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from inspectd_models.training.dataset import find_pictures
from support.models import write_model
from support.side import install_stranger, picture
from typer.testing import CliRunner

from inspectd.cli import app
from inspectd.commands.side import reduce
from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.settings import load_side_settings
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.worker import Worker


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    install_stranger(tmp_path / "site-packages", monkeypatch)
    file = tmp_path / "side.toml"
    file.write_text(tomli_w.dumps({"store": {"folder": "side", "min_free_gb": 0.0}}))
    photos = tmp_path / "photos"
    photos.mkdir()
    for place, colour in enumerate(((200, 10, 10), (10, 200, 10), (12, 201, 10))):
        (photos / f"{place}.png").write_bytes(picture(colour))
    (photos / "letter.txt").write_text("no picture")
    return str(file)


def run(config: str, *words: str) -> Any:
    return CliRunner().invoke(app, ["side", *words, "-c", config], standalone_mode=False)


def work(config: str) -> None:
    with Site(load_side_settings(Path(config))) as site:
        worker = Worker(site, "test", lambda _what, _job: None)
        while worker.next():
            pass


def submit(config: str, *more: str) -> Any:
    photos = str(Path(config).with_name("photos"))
    return run(config, "submit", photos, "--pipeline", "tint", *more)


def test_pictures_are_submitted_and_refused_ones_are_named(config: str) -> None:
    done = submit(config)
    assert done.return_value == 1
    assert "3 pictures: 3 queued, 0 known already, 1 refused" in done.output
    assert "letter.txt: it is no picture" in done.output
    work(config)
    again = json.loads(submit(config, "--json").stdout)
    assert (again["queued"], again["known"]) == (0, 3)
    assert json.loads(submit(config, "--json", "--again", "all").stdout)["queued"] == 3


def test_results_are_waited_for(config: str) -> None:
    submit(config)
    work(config)
    told = json.loads(submit(config, "--wait", "--json").stdout)
    labels = sorted(each["findings"][0]["label"] for each in told)
    assert labels == ["colour/green", "colour/green", "colour/red"]


def test_labels_from_a_table_are_the_truth_of_the_report(config: str, tmp_path: Path) -> None:
    submit(config)
    work(config)
    table = tmp_path / "labels.csv"
    table.write_text("picture,label\n0.png,colour/red\n1.png,colour/green\n2.png,colour/red\n")
    assert "3 labels" in run(config, "label", str(table), "--pipeline", "tint").output
    told = run(config, "report", "-p", "tint", "--gate", "accuracy > 0.9", "--json")
    assert told.return_value == 1
    scores = json.loads(told.stdout)["scores"]
    assert scores["figures"]["accuracy"] == pytest.approx(2 / 3)
    out = tmp_path / "report"
    good = run(config, "report", "-p", "tint", "--gate", "accuracy > 0.5", "--output", str(out))
    assert good.return_value == 0
    assert "gate accuracy > 0.5: holds (0.667)" in good.output
    assert (out / "report.html").is_file()


def test_pictures_say_together_what_groups_there_are(
    config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(config)
    work(config)
    # This very process must not take the last place, nor be short of memory, for all later tests.
    asked: list[object] = []
    monkeypatch.setattr(reduce, "stand_behind", lambda: asked.append("behind"))
    monkeypatch.setattr(reduce, "cap_memory", asked.append)
    told = json.loads(run(config, "reduce", "--json").stdout)
    assert asked == ["behind", 1024]
    assert {each["label"]: len(each["members"]) for each in told[0]["groups"]} == {
        "colour/green": 2,
        "colour/red": 1,
    }


def test_a_sample_is_drawn_once(config: str) -> None:
    submit(config)
    work(config)
    assert "2 of 3 pictures wait" in run(config, "sample", "-p", "tint").output
    assert "0 of 3 pictures wait" in run(config, "sample", "-p", "tint").output


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("submit", "/no/such/place"), "no such file or folder"),
        (("submit", ".", "-p", "none"), "no pipeline is called 'none'"),
        (("submit", ".", "-p", "tint", "-o", "threshold"), "write KEY=VALUE"),
        (("submit", ".", "-p", "tint", "-o", "threshold=much"), "option threshold"),
        (("submit", ".", "-p", "lacks"), "no_such_library is missing"),
        (("report", "--gate", "kappa > 1"), "name it by --pipeline"),
        (("report", "-p", "tint"), "no picture has a result yet"),
        (("label", "/no/such/file", "-p", "tint"), "cannot be read"),
    ],
)
def test_a_mistake_is_one_line(config: str, words: tuple[str, ...], why: str) -> None:
    done = run(config, *words)
    assert isinstance(done.exception, ConfigurationError)
    assert why in str(done.exception)


def test_labelled_pictures_leave_the_store_by_label(config: str, tmp_path: Path) -> None:
    submit(config)
    work(config)
    out = tmp_path / "learn"
    none = run(config, "collect", str(out), "--pipeline", "tint")
    assert "no picture has a label" in str(none.exception)
    table = tmp_path / "labels.csv"
    table.write_text("0.png,colour/red\n1.png,../../out\n2.png,colour/red\n")
    run(config, "label", str(table), "--pipeline", "tint")
    done = run(config, "collect", str(out), "--pipeline", "tint")
    assert "3 labelled pictures" in done.output
    assert "3 new, 0 under another label" in done.output
    assert sorted(each.name for each in out.iterdir()) == ["%2E.%2F..%2Fout", "colour%2Fred"]
    assert find_pictures(out).labels == ("../../out", "colour/red")
    table.write_text("2.png,../../out\n")
    run(config, "label", str(table), "--pipeline", "tint")
    again = run(config, "collect", str(out), "--pipeline", "tint")
    assert "0 new, 1 under another label" in again.output
    assert len(list(out.rglob("*.png"))) == 3


def test_a_host_that_can_keep_what_it_promises_is_good(config: str) -> None:
    done = run(config, "check")
    assert done.return_value == 0
    assert "pipelines: classify, tint" in done.output
    assert "note: lacks is off: no_such_library is missing" in done.output
    assert done.output.endswith("good\n")
    assert not Path(config).with_name("side").exists()


def test_what_a_host_cannot_keep_is_told_line_by_line(config: str) -> None:
    told = {
        "store": {"folder": "side", "queue": "redis://127.0.0.1:1"},
        "line": {"address": "http://127.0.0.1:1"},
        "options": {"tint": {"threshhold": 1}, "nobody": {}},
        "inbox": {"watch": [{"folder": "none", "pipeline": "classify"}]},
    }
    Path(config).write_text(tomli_w.dumps(told))
    done = run(config, "check")
    assert done.return_value == 1
    wrong = [line for line in done.output.splitlines() if line.startswith("wrong: ")]
    for expected in (
        "none is no folder that can be read",
        "tint: option threshhold: unknown",
        "no pipeline is called 'nobody'",
        "model mobilenet-v2-imagenet-int8 is not installed",
        "is the server there",
    ):
        assert any(expected in line for line in wrong), expected
    assert "5 to mend" in done.output
    assert "note: no line runs at http://127.0.0.1:1 now" in done.output


def test_one_stray_look_does_not_stand_for_all(config: str, tmp_path: Path) -> None:
    submit(config)
    work(config)
    table = tmp_path / "labels.csv"
    table.write_text("0.png,colour/red\n1.png,colour/green\n2.png,colour/green\n")
    run(config, "label", str(table), "--pipeline", "tint")
    stray = str(Path(config).with_name("photos") / "0.png")
    run(config, "submit", stray, "--pipeline", "tint", "-o", "threshold=0.1")
    work(config)
    told = run(config, "report", "-p", "tint")
    assert "tint (threshold=0.5)" in told.output
    assert "pictures: 3.000" in told.output
    other = run(config, "report", "-p", "tint", "-o", "threshold=0.1")
    assert "pictures: 1.000" in other.output
    none = run(config, "report", "-p", "tint", "-o", "threshold=0.9")
    assert "say -o for one of: none (3); -o threshold=0.1 (1)" in str(none.exception)
    assert "tint (threshold=0.5): 2 of 3" in run(config, "sample", "-p", "tint").output


@pytest.mark.parametrize(
    "table",
    [
        "file,label\n0.png,colour/red\n",
        "\ufeffpicture,label\n0.png,colour/red\n",
        "Datei;Label\r\n0.png;colour/red\r\n",
        "0.png, colour/red \n0.png,colour/red\n",
    ],
)
def test_tables_of_any_office_are_read(config: str, tmp_path: Path, table: str) -> None:
    submit(config)
    file = tmp_path / "labels.csv"
    file.write_text(table, encoding="utf-8")
    assert "1 labels taken over" in run(config, "label", str(file), "-p", "tint").output


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("0.png,red\n0.png,blue\n", "0.png: two labels, red and blue"),
        ("0.png,\n", "two columns are needed"),
        (f"0.png,{'x' * 201}\n", "label: String should have at most 200"),
        ("none.png,red\n", "no such picture in the store"),
    ],
)
def test_a_table_that_is_wrong_is_taken_over_not_at_all(
    config: str, tmp_path: Path, table: str, told: str
) -> None:
    submit(config)
    file = tmp_path / "labels.csv"
    file.write_text(table)
    assert told in str(run(config, "label", str(file), "-p", "tint").exception)
    with Site(load_side_settings(Path(config))) as site:
        assert site.reviews.labels("tint") == {}


def test_a_label_that_no_folder_can_have_leaves_one_picture_out(
    config: str, tmp_path: Path
) -> None:
    submit(config)
    table = tmp_path / "labels.csv"
    chinese = "\u7eb8" * 34
    table.write_text(f"0.png,{'x' * 100}{chinese * 2}{'y' * 30}\n1.png,{chinese}\n2.png,red\n")
    run(config, "label", str(table), "--pipeline", "tint")
    out = tmp_path / "learn"
    done = run(config, "collect", str(out), "--pipeline", "tint")
    assert "2 labelled pictures" in done.output
    assert "its label is too long for a folder's name" in done.output
    assert sorted(each.name for each in out.iterdir()) == ["red", chinese]


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        ({"store": {"folder": "/proc/nope"}}, "store.folder: /proc/nope cannot be written"),
        ({"store": {"folder": "side", "min_free_gb": 900_000}}, "nothing is taken in"),
        ({"web": {"host": "nohost.invalid"}}, "web.host: nohost.invalid is no address"),
    ],
)
def test_what_cannot_work_is_not_called_good(
    config: str, sections: dict[str, Any], told: str
) -> None:
    Path(config).write_text(tomli_w.dumps({"store": {"folder": "side"}} | sections))
    done = run(config, "check")
    assert done.return_value == 1
    assert told in done.output


def test_a_pipeline_without_its_model_is_told(config: str) -> None:
    done = run(config, "check")
    assert "note: classify cannot be used as it is set: model mobilenet" in done.output


@pytest.mark.parametrize("folder", ["side", "side/in", "."])
def test_a_store_is_not_watched(config: str, folder: str) -> None:
    watch = [{"folder": folder, "pipeline": "tint"}]
    told = {"store": {"folder": "side"}, "inbox": {"watch": watch}}
    Path(config).write_text(tomli_w.dumps(told))
    assert "take in its own files" in str(run(config, "check").exception)


def test_a_model_for_something_else_is_refused_at_once(config: str, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "made", task="embedding")
    with Site(load_side_settings(Path(config))) as site:
        site.models.install(folder / "model.toml", lambda name: folder / name)
    photos = str(Path(config).with_name("photos"))
    done = run(config, "submit", photos, "-p", "classify", "-o", "model=mean-colour")
    assert "model mean-colour is one for embedding, not classification" in str(done.exception)
