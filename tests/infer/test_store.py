from pathlib import Path

import numpy as np
import pytest
from support.models import write_model

from inspectd.core.errors import ConfigurationError
from inspectd.infer.store import ModelStore


def test_an_installed_model_gives_scores(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "made")
    store = ModelStore(tmp_path / "models")
    store.install(folder / "model.toml", lambda name: folder / name, "# Card\n")
    assert store.names() == ["mean-colour"]
    session = store.open("mean-colour", 1)
    red = np.zeros((30, 40, 3), np.uint8)
    red[..., 0] = 255
    scores = session.scores([red, red[:, :, ::-1].copy()])
    assert scores.shape == (2, 3)
    assert scores.argmax(axis=1).tolist() == [0, 2]
    assert scores.sum(axis=1) == pytest.approx(1.0)
    assert session.labels == ("red", "green", "blue")


@pytest.mark.parametrize("file", ["net.onnx", "labels.txt"])
def test_a_changed_file_is_refused_when_it_is_opened(tmp_path: Path, file: str) -> None:
    folder = write_model(tmp_path / "made")
    store = ModelStore(tmp_path / "models")
    store.install(folder / "model.toml", lambda name: folder / name)
    path = store.folder / "mean-colour" / file
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(ConfigurationError, match="refused: sha256 is"):
        store.open("mean-colour", 1)
    with pytest.raises(ConfigurationError, match="refused"):
        store.verify("mean-colour")


def test_a_wrong_file_is_not_installed_and_the_old_model_stays(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "made")
    store = ModelStore(tmp_path / "models")
    store.install(folder / "model.toml", lambda name: folder / name)
    (folder / "net.onnx").write_bytes(b"other")
    with pytest.raises(ConfigurationError, match="refused"):
        store.install(folder / "model.toml", lambda name: folder / name)
    store.verify("mean-colour")
    assert [path.name for path in store.folder.iterdir()] == ["mean-colour"]


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "made", data=b"this is no net")
    store = ModelStore(tmp_path / "models")
    store.install(folder / "model.toml", lambda name: folder / name)
    with pytest.raises(ConfigurationError, match="cannot be loaded"):
        store.open("mean-colour", 1)


def test_a_model_that_is_not_installed_is_named_with_those_that_are(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "models")
    with pytest.raises(ConfigurationError, match=r"not installed .*none yet.*models fetch x"):
        store.open("x", 1)
    with pytest.raises(ConfigurationError, match="not installed"):
        store.manifest("../../etc")


def test_labels_of_another_number_than_the_nets_are_told(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "made", labels="red\ngreen\n")
    store = ModelStore(tmp_path / "models")
    store.install(folder / "model.toml", lambda name: folder / name)
    with pytest.raises(ConfigurationError, match="gives 3 numbers for 2 labels"):
        store.open("mean-colour", 1).scores([np.zeros((4, 4, 3), np.uint8)])
