import csv
from pathlib import Path

import numpy as np
import pytest
from inspectd_models.training.dataset import find_pictures
from inspectd_models.training.methods import find_method
from inspectd_models.training.train import Asked, Trained, read_split, train
from support.labelled import LABELS, patterned, write_labelled

from inspectd.core.errors import ConfigurationError
from inspectd.infer.manifest import Manifest
from inspectd.infer.store import ModelStore
from inspectd.toml_file import load_model

KNN = find_method("hog-knn")


def _train(tmp_path: Path, **changes: object) -> Trained:
    folder = tmp_path / "d"
    if not folder.exists():
        write_labelled(folder)
    asked = {"folder": folder, "method": KNN, "options": KNN.options(), "folds": 3, "seed": 1}
    return train(Asked(**(asked | changes)), tmp_path / "out", lambda _: None)  # type: ignore[arg-type]


def test_the_model_is_imported_and_knows_what_it_learned(tmp_path: Path) -> None:
    done = _train(tmp_path)
    folder = tmp_path / "out" / "model"
    store = ModelStore(tmp_path / "models")
    card = (folder / "card.md").read_text()
    store.install(folder / "model.toml", lambda name: folder / name, card)
    session = store.open(done.manifest.name, 1)
    scores = session.scores(
        [patterned(stripes=True, seed=9000, size=300), patterned(stripes=False, seed=9001, size=48)]
    )
    assert [session.labels[place] for place in scores.argmax(axis=1)] == ["stripes", "checks"]
    assert done.manifest == load_model(folder / "model.toml", Manifest)
    assert done.manifest.name == "out"
    assert "- stripes: 12 pictures" in card


def test_no_picture_is_told_by_a_model_that_saw_it(tmp_path: Path) -> None:
    done = _train(tmp_path)
    assert done.cross_validated is not None
    with (tmp_path / "out" / "split.csv").open() as file:
        rows = list(csv.DictReader(file))
    test = [row for row in rows if row["part"] == "test"]
    assert done.test.pictures == len(test)
    assert done.cross_validated.pictures == len(rows) - len(test)
    assert {row["label"] for row in test} == set(LABELS)
    assert done.manifest.training is not None
    assert done.manifest.training.pictures == len(rows) - len(test)


def test_the_split_is_found_again_and_new_pictures_are_in_neither_part(tmp_path: Path) -> None:
    _train(tmp_path)
    before = [len(part) for part in read_split(tmp_path / "out", find_pictures(tmp_path / "d"))]
    write_labelled(tmp_path / "more", 14)
    learned, test = read_split(tmp_path / "out", find_pictures(tmp_path / "more"))
    assert [len(learned), len(test)] == before
    assert not set(learned.tolist()) & set(test.tolist())


def test_other_pictures_have_no_split(tmp_path: Path) -> None:
    _train(tmp_path)
    other = write_labelled(tmp_path / "other", 1)
    for path in other.rglob("*.png"):
        path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ConfigurationError, match="holds none of the pictures"):
        read_split(tmp_path / "out", find_pictures(other))
    with pytest.raises(ConfigurationError, match="name the --out of `inspectd side train`"):
        read_split(tmp_path, find_pictures(other))


def test_a_finished_training_is_not_overwritten(tmp_path: Path) -> None:
    _train(tmp_path)
    with pytest.raises(ConfigurationError, match="another or a finished training"):
        _train(tmp_path)


def test_what_was_cut_off_goes_on_only_with_the_same_question(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = _train(tmp_path)
    # As if it had been killed after the first fold.
    (out / "work").mkdir()
    (out / "work" / "fold-1.json").write_text("[1, 1, 1, 1, 1, 1]")
    with pytest.raises(ConfigurationError, match="another or a finished training"):
        _train(tmp_path, seed=2)
    again = _train(tmp_path)
    assert again.cross_validated is not None
    assert first.cross_validated is not None
    assert again.cross_validated.accuracy < first.cross_validated.accuracy == 1.0


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("x")
    with pytest.raises(ConfigurationError, match="is not empty; give a new folder"):
        _train(tmp_path)


def test_without_folds_the_test_part_alone_is_told(tmp_path: Path) -> None:
    done = _train(tmp_path, folds=0)
    assert done.cross_validated is None
    assert np.isclose(done.test.accuracy, 1.0)
